/* test/browser/test_page.mjs -- Debian's Chromium against the real server,
 * broker and PostGIS, while the storm runs.
 *
 * One line is started for all sentences; each opens the windows it needs.
 * Pictures go to build/pictures; with SANFANG_PICTURES=FOLDER there too
 * (docs/pictures when the README's shall be new). */
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { axe_findings, launch, open_page } from '../console/browser.mjs';
import { ROOT, Stack, free_ports, pause, until } from
        '../stack/stack.mjs';
import { FORBIDDEN, LOST, officer, pixels_of, read_secret, row, small_text,
        status_of, tab_to, want_quiet, watch_paint } from './desk.mjs';
import { SHOWN, take_picture } from './pictures.mjs';

/* The test station: WRZ 10 m, GRZ 12 m, OBHTZ 14 m. */
const CODE = 'DEMO-ZZ-01';
const HOSTILE = '<img src=x onerror="window.hacked=1">';
let s, browser, plain, duty, alert, worst;

const of_station = (code) => (a) => a.station === code &&
        a.hazard === 'flood' && a.state !== 'ended';

async function alert_of(code, test_of = () => true)
{
        const session = await s.signIn('viewer');

        return until(`an alert of ${code}`, 10000, async () =>
                (await session.alerts()).find((a) => of_station(code)(a) &&
                        test_of(a)));
}

/* Three hours of water under the warning level, so that there is a line. */
async function publish_rise()
{
        const clock = await (await fetch(`${s.url}/api/v1/clock`)).json();
        const now = Date.parse(clock.now);

        s.publish(Array.from({ length: 18 }, (_, i) => ({
                time: new Date(now - (18 - i) * 600000).toISOString()
                        .replace('Z', '+00:00'),
                element: 'Z', value: Number((8.2 + i * 0.08).toFixed(2)),
        })));
}

/* On a slow machine the storm would be over before its pictures. */
async function hold_the_worst()
{
        let session;

        await until('three rivers are red', 15 * 60000, async () => {
                await pause(1000);
                session ??= await s.signIn('viewer');
                try {
                        return new Set((await session.alerts()).filter((a) =>
                                a.hazard === 'flood' && a.level === 'red')
                                .map((a) => a.river)).size >= 3;
                } catch (error) {
                        session = undefined; /* the server was killed */
                        throw error;
                }
        });
        await (await s.signIn('admin')).post('/clock', { rate: 10 });
}

before(async () => {
        s = new Stack('browser', await free_ports());
        s.start('--fresh', '--speed', '150');
        worst = hold_the_worst();
        worst.catch(() => {}); /* told where it is awaited */
        browser = await launch();
        /* Most windows need no map: it is drawn by the processor here. */
        plain = await launch(['--disable-gpu', '--disable-3d-apis']);
});

after(async () => {
        await browser?.close();
        await plain?.close();
        s?.stop();
});

test('a wrong password is refused in words', async () => {
        const page = await open_page(plain, 1280, 800);

        await page.goto(s.url);
        await page.fill('#user', 'duty');
        await page.fill('#password', 'not the password');
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.querySelector(
                '.form-message')?.textContent.includes('不对'));
        assert.deepEqual(await axe_findings(page), []);
        want_quiet(page);
        await page.context().close();
});

test('scripts come from the server alone', async () => {
        for (const where of ['/', '/wall', '/bulletin']) {
                const csp = (await fetch(s.url + where)).headers
                        .get('content-security-policy');
                const script = /script-src ([^;]*)/.exec(csp)?.[1] ??
                        /default-src ([^;]*)/.exec(csp)[1];

                assert.equal(script.trim(), "'self'", where);
        }
});

test('duty signs in and the map is drawn', async () => {
        duty = await officer(browser, s, 'duty');
        await duty.waitForSelector('.map-ready', { timeout: 30000 });
        want_quiet(duty);
});

test('a level above the warning level is an alert without reload',
        async () => {
                await duty.evaluate(() => {
                        window.not_reloaded = true;
                });
                await publish_rise();
                s.publish([{ element: 'Z', value: 10.62 }]);
                alert = await alert_of(CODE);
                await duty.waitForSelector(row(alert.id),
                        { state: 'attached', timeout: 5000 });
                assert.equal(alert.level, 'yellow');
                assert.match(await duty.textContent(row(alert.id)),
                        /试验站.*10\.62 m.*黄色/);
                assert.ok(await duty.evaluate(() => window.not_reloaded));
        });

test('the server is killed: cut off in 5 s, then back with the same alerts',
        async () => {
                const rows = () => duty.$$eval('.list [data-alert]', (l) =>
                        l.map((x) => x.dataset.alert));

                s.hold('sanfangd', true);
                process.kill(s.pid('sanfangd'), 'SIGKILL');
                await duty.waitForSelector('.banner-lost:not([hidden])',
                        { timeout: 5000 });
                assert.match(await duty.textContent('.banner'), /已断开/);
                assert.match(await duty.$eval('.map-box', (el) =>
                        getComputedStyle(el).filter), /grayscale/);
                s.hold('sanfangd', false);
                await duty.waitForSelector('.page:not(.lost)',
                        { timeout: 20000 });
                await duty.waitForSelector('.strip-ok');
                assert.ok(await duty.evaluate(() => window.not_reloaded));

                const again = await rows();

                assert.equal(new Set(again).size, again.length, 'doubles');
                assert.ok(again.includes(alert.id));
                want_quiet(duty, LOST);
                await duty.context().close();
                duty = await officer(plain, s, 'duty');
        });


test('its station opens with the hydrograph and the named line', async () => {
        const page = await officer(plain, s, 'hydro');

        await watch_paint(page);
        await page.goto(`${s.url}/#station=${CODE}`);
        await page.reload();
        await page.waitForSelector('.side .uplot canvas');
        await page.waitForFunction(() => window.painted.some((text) =>
                text === '警戒 10.00'));
        /* The line of the observations, and that of the warning level. */
        assert.ok(await pixels_of(page, '.side .uplot canvas',
                [0x0f, 0x3d, 0x48]) > 20);
        assert.ok(await pixels_of(page, '.side .uplot canvas',
                [0x8a, 0x6a, 0x00]) > 100);

        const text = await page.textContent('.side');

        assert.match(text, /超警戒 0\.62/);
        assert.match(text, /距保证 1\.38/);
        assert.match(text, /最近报文.*接收/);
        want_quiet(page);
        await page.context().close();
});

test('the alert says why, and what PostGIS knows nearby', async () => {
        await duty.click(`${row(alert.id)} .alert-title`);
        await duty.waitForSelector('.side .rule-text');
        await duty.waitForSelector('.side .distance');

        const text = await duty.textContent('.side');

        assert.match(text, /警戒/);
        assert.match(text, /river-level/);
        assert.match(text, /10\.62/);
        assert.match(text, /周边（5 km 内）/);

        const near = s.sql(`select name from sanfang.facility
                where st_dwithin(geom::geography, (select geom from
                sanfang.station where code = '${CODE}')::geography, 5000)`)
                .split('\n');

        assert.ok(near.length > 0 && near[0]);
        for (const name of near)
                assert.ok(text.includes(name), name);
        want_quiet(duty);
});

test('acknowledged with an intent and a note, seen in another window',
        async () => {
                const other = await officer(plain, s, 'operator');

                await other.waitForSelector(row(alert.id),
                        { state: 'attached' });
                assert.equal(await other.locator(
                        `${row(alert.id)} button.small`).count(), 0,
                'an operator may not answer');
                await duty.click(`${row(alert.id)} button.small`);
                await duty.fill('#note', '<b>巡堤</b> 已派');
                await duty.click('.intent-acting');
                for (const page of [duty, other])
                        await page.waitForFunction((sel) => document
                                .querySelector(sel)?.closest(
                                        '.section-known'),
                        row(alert.id), { timeout: 5000 });
                await other.click(`${row(alert.id)} .alert-title`);
                await other.waitForFunction(() => document.querySelector(
                        '.side')?.textContent.includes('<b>巡堤</b> 已派'));
                assert.match(await other.textContent('.side'),
                        /三防办\s*✓ 处置中/);
                want_quiet(duty);
                want_quiet(other);
                await other.context().close();
        });

test('a viewer has no button and is refused', async () => {
        const page = await officer(plain, s, 'viewer');

        await page.waitForSelector(row(alert.id), { state: 'attached' });
        assert.equal(await page.$$eval('.list button.small, .group-ack',
                (l) => l.length), 0);
        assert.equal(await status_of(page, 'POST', `/alerts/${alert.id}/ack`,
                { intent: 'seen' }), 403);
        want_quiet(page, FORBIDDEN);
        await page.context().close();
});

test('health120 answers for itself', async () => {
        const page = await officer(plain, s, 'health120');

        await page.goto(`${s.url}/#alert=${alert.id}`);
        await page.reload();
        await page.click('.side .primary');
        await page.click('.intent-seen');
        await page.waitForFunction(() => /120\s*✓ 已知悉/.test(document
                .querySelector('.side')?.textContent));
        want_quiet(page);
        await page.context().close();
});

test('the audit names them all, the refused one too', async () => {
        await duty.click('.view-manage');
        await duty.waitForSelector('.manage table');

        const lines = await until('the audit', 8000, async () => {
                const found = (await duty.$$eval('.manage tbody tr', (l) =>
                        l.map((r) => r.innerText.replace(/\s+/g, ' '))))
                        .filter((text) => text.includes(alert.id));

                if (['duty', 'health120', 'viewer'].every((u) => found.some(
                        (text) => text.includes(` ${u} `))))
                        return found;
                await duty.click('.manage .block:last-child button.small');
                return null;
        });

        assert.ok(lines.some((l) => / viewer 被拒绝 /.test(l)),
                lines.join('\n'));
        await duty.click('.view-table');
});

test('one grade worse opens it again; the tables answer by keyboard alone',
        async () => {
                const page = await open_page(plain, 1400, 900);

                s.publish([{ element: 'Z', value: 12.31 }]);
                alert = await alert_of(CODE, (a) => a.level === 'orange' &&
                        a.state === 'open');
                await page.goto(s.url);
                await page.waitForSelector('#user');
                await page.keyboard.type('hydro');
                await page.keyboard.press('Tab');
                await page.keyboard.type(s.env.SANFANG_DEMO_PASSWORD);
                await page.keyboard.press('Enter');
                await page.waitForSelector('.strip-ok');
                await page.keyboard.press('t');
                await page.waitForSelector('.tables tbody tr');
                await tab_to(page, `[data-fk="ta ${alert.id}"]`);
                await page.keyboard.press('Enter');
                await page.waitForSelector('dialog[open]');
                await tab_to(page, '#note', 8);
                await page.keyboard.type('测流队出发');
                await page.keyboard.press('Shift+Tab');
                await page.keyboard.press('Shift+Tab');
                assert.ok(await page.evaluate(() => document.activeElement
                        .matches('.intent-acting')));
                await page.keyboard.press('Enter');
                await page.waitForSelector('dialog', { state: 'detached' });

                const now = (await (await s.signIn('viewer')).get(
                        `/alerts/${alert.id}`)).json;
                const mine = now.agencies.find((x) => x.agency ===
                        'hydrology');

                assert.equal(mine.intent, 'acting');
                assert.equal(mine.note, '测流队出发');
                want_quiet(page);
                await page.context().close();
        });

test('without WebGL the tables come by themselves and work', async () => {
        const page = await officer(plain, s, 'health120',
                { width: 1400 });

        await page.waitForSelector('.tables tbody tr');
        assert.ok(await page.isVisible('.tables .warn-note'));
        await page.focus(`[data-fk="ta ${alert.id}"]`);
        await page.keyboard.press('Enter');
        await page.waitForSelector('dialog[open]');
        await page.keyboard.press('2');
        await page.waitForSelector('dialog', { state: 'detached' });
        await until('the 120 centre has answered', 5000, async () =>
                (await (await s.signIn('viewer')).get(`/alerts/${alert.id}`))
                        .json.agencies.find((x) => x.agency === 'health120')
                        .intent === 'verifying');
        want_quiet(page);
        await page.context().close();
});

test('hostile words are shown as they are', async () => {
        const code = 'HOSTILE-ZZ-01';
        const file = path.join(s.dir, 'hostile.csv');
        const [head, mine] = fs.readFileSync(path.join(s.dir,
                'test-station.csv'), 'utf8').split('\n');
        const names = head.split(',');
        const cells = mine.split(',');

        cells[names.indexOf('code')] = code;
        cells[names.indexOf('name')] = `"${HOSTILE.replaceAll('"', '""')}"`;
        cells[names.indexOf('name_en')] = cells[names.indexOf('name')];
        fs.writeFileSync(file, `${head}\n${cells.join(',')}\n`);

        const put = spawnSync(path.join(s.env.SANFANG_BIN, 'sanfang'),
                ['import', 'stations', file, '--state-dir', s.dir],
                { encoding: 'utf8' });

        assert.equal(put.status, 0, put.stderr);

        const sent = s.mqtt('mosquitto_pub', 'simulator',
                read_secret(s, 'mqtt-simulator'), ['-q', '1', '-t',
                        `sanfang/v1/st/${code}/up/obs`, '-s'],
                JSON.stringify({ station: code, obs: [
                        { element: 'Z', value: 12.4 }] }));

        assert.equal(sent.status, 0, sent.stderr);

        const bad = await alert_of(code);

        await duty.waitForSelector(row(bad.id), { state: 'attached' });
        assert.ok((await duty.textContent(row(bad.id))).includes(HOSTILE));
        await duty.click(`${row(bad.id)} .alert-title`);
        await duty.waitForFunction((text) => document.querySelector(
                '.side h2')?.textContent.includes(text), HOSTILE);
        await duty.evaluate((c) => {
                location.hash = `station=${c}`;
        }, code);
        await duty.reload();
        await duty.waitForFunction((text) => document.querySelector(
                '.side h2')?.textContent.includes(text), HOSTILE);
        await duty.keyboard.press('t');
        await duty.waitForFunction((text) => document.querySelector(
                '.tables')?.textContent.includes(text), HOSTILE);
        assert.equal(await duty.locator('img[src="x"]').count(), 0);
        assert.equal(await duty.evaluate(() => window.hacked), undefined);
        want_quiet(duty);
});

test('axe-core finds nothing serious in any view, in both languages',
        async () => {
                for (const lang of ['zh-CN', 'en']) {
                        const page = await officer(lang === 'en' ? plain :
                                browser, s, 'duty', { lang });
                        const look = async (what) => assert.deepEqual(
                                await axe_findings(page), [],
                                `${what}, ${lang}`);

                        await page.waitForSelector('.group');
                        assert.equal(await page.getAttribute('html', 'lang'),
                                lang);
                        await look('console');
                        await page.goto(`${s.url}/#alert=${alert.id}`);
                        await page.reload();
                        await page.waitForSelector('.side .rule-text');
                        await look('alert');
                        await page.keyboard.press('t');
                        await page.waitForSelector('.tables tbody tr');
                        await look('tables');
                        await page.goto(`${s.url}/wall`);
                        await page.waitForSelector('.wall-group');
                        await look('wall');
                        await page.goto(`${s.url}/bulletin`);
                        await page.waitForSelector('.paper');
                        await look('bulletin');
                        want_quiet(page);
                        await page.context().close();

                        const phone = await officer(plain, s, 'duty',
                                { lang, width: 390, height: 844,
                                        hasTouch: true, isMobile: true });

                        await phone.waitForSelector('.group');
                        assert.deepEqual(await axe_findings(phone), [],
                                `phone, ${lang}`);
                        assert.ok(await phone.evaluate(() =>
                                document.documentElement.scrollWidth <=
                                innerWidth), 'the phone scrolls sideways');
                        want_quiet(phone);
                        await phone.context().close();
                }
        });

test('the language is switched, and remembered', async () => {
        const page = await officer(plain, s, 'viewer');
        const in_english = () => page.waitForFunction(() => /New/.test(
                document.querySelector('.section-waiting h2')?.textContent));

        await page.click('.who [aria-label*="English"]');
        await in_english();
        await page.reload();
        await in_english();
        assert.equal(await page.getAttribute('html', 'lang'), 'en');
        want_quiet(page);
        await page.context().close();
});

test('a wall has a key: it reads, cannot act, and can be revoked',
        async () => {
                await duty.click('.view-manage');
                await duty.click('.manage .block .acts button');

                const url = await duty.getAttribute(
                        '.manage a[href*="/wall?key="]', 'href');
                const wall = await open_page(plain, 3840, 2160);

                await wall.goto(new URL(url, s.url).href);
                await wall.waitForSelector('.wall-group');
                assert.ok(!wall.url().includes('key='),
                        'the key stays in the address');
                assert.deepEqual(await small_text(wall, 32), []);
                assert.equal(await status_of(wall, 'GET', '/situation'), 200);
                assert.equal(await status_of(wall, 'POST',
                        `/alerts/${alert.id}/ack`, { intent: 'seen' }), 403);
                want_quiet(wall, FORBIDDEN);

                const admin = await officer(plain, s, 'admin');

                await admin.click('.view-manage');
                await admin.click('.manage tr:has-text("大屏") button');
                await wall.waitForFunction(() => document.querySelector(
                        '.wall-state')?.textContent.includes('失效'),
                null, { timeout: 10000 });
                assert.equal(await status_of(wall, 'GET', '/situation'), 401);
                want_quiet(admin);
                await admin.context().close();
                await wall.context().close();
                await duty.click('.view-table');
        });

test('the bulletin counts, and each number leads to its rows', async () => {
        const page = await officer(plain, s, 'duty');

        await page.goto(`${s.url}/bulletin`);
        await page.waitForSelector('.paper');

        const counties = await page.$$eval('#max tbody tr', (l) =>
                l.map((r) => r.cells[0].textContent));

        assert.equal(new Set(counties).size, 5);

        const links = await page.$$eval('.figure', (l) => l.map((a) => ({
                to: a.getAttribute('href'), text: a.textContent })));

        assert.ok(links.length >= 8);
        for (const { to, text } of links) {
                assert.ok(await page.$(to), to);

                const n = /^(\d+) [站座]$/.exec(text);

                if (n)
                        assert.equal(await page.$$eval(`${to} tbody tr`,
                                (l) => l.length), Number(n[1]),
                        `${text} leads to ${to}`);
        }
        await page.click('.figure[href="#rivers"]');
        assert.ok(page.url().endsWith('#rivers'));
        want_quiet(page);
        await page.context().close();
});

test('pictures of the storm, for people', async () => {
        const folder = path.join(ROOT, 'build/pictures');
        const also = process.env.SANFANG_PICTURES;

        want_quiet(duty);
        await duty.context().close();
        await worst;
        for (const name of SHOWN) {
                const bad = await take_picture(browser, s.url,
                        s.env.SANFANG_DEMO_PASSWORD, folder, name);
                const file = path.join(folder, `${name}.png`);

                assert.deepEqual(bad, [], name);
                if (name === 'console')
                        assert.ok(fs.statSync(file).size <= 400 * 1024,
                                `${fs.statSync(file).size} bytes`);
                if (also)
                        fs.copyFileSync(file, path.resolve(ROOT, also,
                                `${name}.png`));
        }
});

/* Of the table that the demo has in force. */
const V = JSON.parse(fs.readFileSync(path.join(ROOT,
        'alerts/rules/guangdong.json'), 'utf8')).version;

/* What an administrator types: the first of a text becomes another. */
const edit = (page, from, to) => page.$eval('#editor-text', (area, [a, b]) => {
        if (!area.value.includes(a))
                throw new Error(`no ${a}`);
        area.value = area.value.replace(a, b);
        area.dispatchEvent(new Event('input', { bubbles: true }));
}, [from, to]);

test('a number is changed: error, back-test, a second person, in force',
        async () => {
                const admin = await officer(plain, s, 'admin');
                const other = await officer(plain, s, 'duty');

                await admin.click('.view-rules');
                await admin.waitForSelector('.editor-say:text("没有错误")');
                await edit(admin, '"value": 50, "window_s": 21600',
                        '"value": 500, "window_s": 108000');
                await admin.waitForSelector('.editor-say.bad:text("window_s")');
                assert.ok(await admin.isVisible('.editor-bar'));
                await edit(admin, '"value": 500, "window_s": 108000',
                        '"value": 40, "window_s": 21600');
                await edit(admin, `"version": ${V}`,
                        `"version": ${V + 1}`);
                await admin.waitForSelector('.draft-keep:enabled');
                await admin.click('.draft-keep');
                await admin.waitForSelector('.draft-activate:disabled');
                await admin.click('.draft-backtest');
                await admin.waitForSelector('.backtest .bt-picture',
                        { timeout: 240000 });
                assert.ok((await admin.textContent('.bt-sum')).includes(
                        `guangdong v${V} 换成 guangdong v${V + 1}`));
                assert.ok(!/ 变动 0 条、消失 0 条、新增 0 条/.test(
                        await admin.textContent('.bt-sum')));
                await other.click('.view-rules');
                await other.click('.draft-open');
                await other.click('.draft-confirm');
                await other.waitForSelector('.draft-state:has-text("duty")');
                await admin.click('.draft-open');
                await admin.waitForSelector('.draft-state:has-text("duty")');
                await admin.click('.draft-activate');
                await admin.waitForSelector('.rules-who:text("由 admin")');
                await admin.waitForSelector(`.rules p:text("第 ${V + 1} 版")`);
                assert.deepEqual(await axe_findings(admin), []);
                await until('both versions are kept', 10000, async () => {
                        await other.click('.rules > button.small');
                        await pause(300);
                        return (await other.$$('.version-diff')).length === 1;
                });
                want_quiet(admin);
                want_quiet(other);
                await admin.context().close();
                await other.context().close();
        });
