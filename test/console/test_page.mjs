/* The page in Debian's Chromium against the mock: what the officer does,
 * and what happens when the line breaks.  That the real server says the
 * same things is proved by the tests in which it runs. */
import test, { after, afterEach, before } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { axe_findings, launch, open_page, sign_in } from './browser.mjs';
import { create_mock } from './mock.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const site = process.env.CONSOLE_SITE ||
        path.join(here, '../../build/console');
const ready = fs.existsSync(path.join(site, 'app/console.js'));
let browser, mock, url;

before(async () => {
        assert.ok(ready, `${site}: build the console first`);
        mock = create_mock({ site, at: 1640, rate: 10 });
        url = `http://127.0.0.1:${await mock.listen(0)}`;
        browser = await launch();
});

/* A test that failed leaves its pages; they would slow the next one. */
afterEach(async () => {
        for (const context of browser.contexts())
                await context.close();
});

after(async () => {
        await browser?.close();
        await mock?.close();
});

async function desk(user = 'duty', options = {})
{
        const page = await open_page(browser, 1600, 950, options);

        await sign_in(page, url, user, 'mock');
        await page.goto(`${url}/${options.hash || ''}`);
        await page.waitForSelector('.group');
        return page;
}

const done = async (page) => {
        const bad = page.bad;

        await page.context().close();
        assert.deepEqual(bad, []);
};

test('a wrong password is said, the right one opens the desk', async () => {
        const page = await open_page(browser, 1280, 800);

        await page.goto(url);
        await page.fill('#user', 'duty');
        await page.fill('#password', 'nonsense');
        await page.keyboard.press('Enter');
        await page.waitForFunction(() => document.querySelector(
                '.form-message').textContent.includes('不对'));
        await page.fill('#password', 'mock');
        await page.keyboard.press('Enter');
        await page.waitForSelector('.section-waiting .group');
        await page.context().close();
});

test('the map draws, and no policy of the server is broken', async () => {
        const page = await desk();

        await page.waitForSelector('.map-ready');
        await done(page);
});

test('worst first; each group says level, answers and deadline', async () => {
        const page = await desk();
        const order = await page.$$eval('.section-waiting .group', (list) =>
                list.map((g) => ['none', 'white', 'blue', 'yellow', 'orange',
                        'red'].findIndex((l) => g.classList.contains(
                        `level-${l}`))));

        assert.deepEqual(order, [...order].sort((a, b) => b - a));

        const first = await page.textContent('.section-waiting .group');

        assert.match(first, /Ⅱ|Ⅰ/);
        assert.match(first, /三防办/);
        await page.waitForFunction(() => /\d\d:\d\d/.test(document
                .querySelector('.section-waiting .countdown-time')
                .textContent));
        await done(page);
});

test('an alert is acknowledged, and a second browser sees it', async () => {
        const one = await desk('duty');
        const two = await desk('health120');
        const id = await one.getAttribute('.section-waiting .alert ' +
                'button.small >> xpath=..', 'data-alert');

        await one.click(`[data-alert="${id}"] button.small`);
        await one.fill('#note', '已电话核实');
        await one.click('.intent-acting');
        for (const page of [one, two])
                await page.waitForFunction((a) => {
                        const row = document.querySelector(
                                `[data-alert="${a}"]`);

                        return !row || row.textContent.includes('已确认');
                }, id);
        assert.equal(mock.alerts.get(id).state, 'acknowledged');
        assert.equal(mock.alerts.get(id).agencies.find((x) =>
                x.agency === 'sanfang').note, '已电话核实');
        await done(one);
        await done(two);
});

test('a group is acknowledged at once, by keyboard alone', async () => {
        const page = await desk();

        await page.keyboard.press('j');
        const key = await page.evaluate(() =>
                document.activeElement.dataset.id);

        assert.match(key, /\//);
        await page.keyboard.press('a');
        await page.waitForSelector('dialog[open]');
        await page.keyboard.press('1');
        await page.waitForSelector('dialog', { state: 'detached' });

        const left = [...mock.alerts.values()].filter((a) => a.group === key &&
                a.state === 'open');

        assert.deepEqual(left.map((a) => a.id), []);
        await done(page);
});

test('refusing needs a reason', async () => {
        const page = await desk();

        await page.click('.section-waiting .alert button.small');
        await page.click('.intent-refused');
        await page.waitForFunction(() => document.querySelector(
                'dialog .form-message').textContent.includes('原因'));
        await done(page);
});

test('a viewer sees everything and can answer nothing', async () => {
        const page = await desk('viewer');

        assert.equal(await page.$$eval('.list button.small, .group-ack',
                (l) => l.length), 0);
        await page.keyboard.press('j');
        await page.keyboard.press('a');
        assert.equal(await page.$('dialog'), null);
        await done(page);
});

test('a station opens its hydrograph with the warning line', async () => {
        const page = await desk('duty', { hash: '#station=MM-ZZ-XDJ01' });

        await page.waitForSelector('.side .uplot canvas');
        assert.match(await page.textContent('.side'), /警戒/);
        assert.match(await page.textContent('.side'), /拒收/);
        await page.click('.data-table summary');
        assert.ok(await page.$$eval('.data-table tbody tr', (l) =>
                l.length) > 20);
        await done(page);
});

test('a broken line is said within five seconds, and heals', async () => {
        const page = await desk();

        await page.context().setOffline(true);
        mock.drop();
        await page.waitForSelector('.banner-lost:not([hidden])',
                { timeout: 5500 });
        assert.match(await page.textContent('.banner'), /断开/);
        assert.ok(await page.$('.page.lost'));
        await page.context().setOffline(false);
        await page.waitForSelector('.page:not(.lost)', { timeout: 9000 });
        await page.context().close();
});

test('without WebGL the tables carry the whole work', async () => {
        const page = await open_page(browser, 1400, 900);

        await page.context().addInitScript(() => {
                const real = HTMLCanvasElement.prototype.getContext;

                HTMLCanvasElement.prototype.getContext = function get(kind,
                        ...rest) {
                        return /webgl/.test(kind) ? null :
                                real.call(this, kind, ...rest);
                };
        });
        await sign_in(page, url, 'hydro', 'mock');
        await page.goto(url);
        await page.waitForSelector('.tables tbody tr');
        assert.ok(await page.isVisible('.tables .warn-note'));

        /* The storm goes on and raises others: this alert's row, by name. */
        const fk = await page.getAttribute('.tables tr.waiting button.small',
                'data-fk');

        await page.click(`.tables tr.waiting [data-fk="${fk}"]`);
        await page.click('.intent-verifying');
        await page.waitForFunction((k) => {
                const button = document.querySelector(
                        `.tables [data-fk="${k}"]`);

                return button && !button.closest('tr.waiting');
        }, fk);
        await done(page);
});

test('stations silent together are outlined, ringed and listed', async () => {
        const page = await desk();
        const seen = (layer) => page.evaluate((l) => document
                .querySelector('.map').seen(l), layer);
        const wait_for = (layer, n) => page.waitForFunction(([l, k]) =>
                document.querySelector('.map').seen(l).length >= k,
        [layer, n]);

        await page.waitForSelector('.map-ready');
        assert.equal((await seen('cluster-line')).length, 0);

        const a = mock.raise_cluster();

        await wait_for('cluster-line', 1);
        await wait_for('cluster-words', 1);
        assert.equal((await seen('cluster-words'))[0].shown, '6 站成片失联');
        assert.deepEqual((await seen('cluster-members')).map((x) => x.station)
                .sort(), [...a.members].sort());
        await page.goto(`${url}/#alert=${a.id}`);
        await page.reload();
        await page.waitForSelector('.members button.link');
        assert.equal(await page.$$eval('.members button.link', (l) =>
                l.length), a.members.length);
        assert.match(await page.textContent('.members'), /另有 2 站/);
        await page.waitForSelector('.map-ready');
        await wait_for('cluster-line', 1);
        mock.end_cluster();
        await page.waitForFunction(() => !document.querySelector('.map')
                .seen('cluster-line').length);
        await done(page);
});

test('the book tells departures and leads to the report', async () => {
        const page = await desk('duty', { hash: '#view=book' });
        const link = '.manage a[href*="/conformance?format=text"]';

        await page.waitForSelector(link);
        assert.match(await page.textContent(link), /^\d+ 帧中 \d+ 次$/);
        assert.match(await page.getAttribute(link, 'href'), /lang=zh$/);
        await page.selectOption('#book-sort', 'deviations');
        await page.goto(`${url}/#station=MM-ZZ-XDJ01`);
        await page.reload();
        await page.waitForSelector('.side .facts a[href*="conformance"]');
        await done(page);
});

test('the language switch is remembered', async () => {
        const page = await desk();

        const in_english = () => page.waitForFunction(() => /New/.test(document
                .querySelector('.section-waiting h2')?.textContent));

        await page.click('.who [aria-label*="English"]');
        await in_english();
        await page.reload();
        await in_english();
        assert.equal(await page.getAttribute('html', 'lang'), 'en');
        await done(page);
});

test('sound is locked until armed', async () => {
        const page = await desk();

        assert.match(await page.textContent('.sound'), /未启用/);
        await page.click('.sound');
        await page.waitForFunction(() => document.querySelector('.sound')
                .classList.contains('sound-armed'));
        await done(page);
});

test('the wall is large, dark and without buttons', async () => {
        const page = await open_page(browser, 3840, 2160);

        await sign_in(page, url, 'viewer', 'mock');
        await page.goto(`${url}/wall`);
        await page.waitForSelector('.wall-group');

        const small = await page.evaluate(() => [...document.querySelectorAll(
                '.wall *')].filter((el) => [...el.childNodes].some((n) =>
                n.nodeType === 3 && n.data.trim()) && el.tagName !== 'text' &&
                !el.closest('.map-box, .off-screen') && el.offsetParent &&
                parseFloat(getComputedStyle(el).fontSize) < 32)
                .map((el) => el.textContent));

        assert.deepEqual(small, []);
        assert.equal(await page.$$eval('button', (l) => l.length), 0);
        assert.match(await page.textContent('.wall-source'), /示意/);
        await done(page);
});

test('each number of the bulletin leads to its rows', async () => {
        const page = await open_page(browser, 1000, 1300);

        await sign_in(page, url, 'duty', 'mock');
        await page.goto(`${url}/bulletin`);
        await page.waitForSelector('.paper');

        const links = await page.$$eval('.figure', (l) => l.map((a) =>
                a.getAttribute('href')));

        assert.ok(links.length >= 8);
        for (const href of links)
                assert.ok(await page.$(href), href);
        await done(page);
});

test('axe-core finds nothing serious', async () => {
        const page = await desk('admin');

        await page.waitForSelector('.map-ready');
        assert.deepEqual(await axe_findings(page), [], 'map');
        await page.click('.section-waiting .alert-title');
        await page.waitForSelector('.side .rule-text');
        await page.waitForTimeout(800);
        assert.deepEqual(await axe_findings(page), [], 'alert');
        await page.goto(`${url}/#station=MM-ZZ-XDJ01`);
        await page.reload();
        await page.waitForSelector('.side .uplot');
        assert.deepEqual(await axe_findings(page), [], 'station');
        await page.keyboard.press('t');
        await page.waitForSelector('.tables tbody tr');
        assert.deepEqual(await axe_findings(page), [], 'tables');
        await page.click('.view-manage');
        await page.waitForSelector('.manage table');
        /* Scores: persistence beside, synthetic data said, no shares. */
        await page.waitForSelector('.scores .score-synthetic');
        assert.match(await page.textContent('.scores'),
                /0\.12.*0\.31/s, 'persistence beside the error');
        assert.doesNotMatch(await page.textContent('.scores'), /POD/);
        assert.match(await page.textContent('.scores'), /待核|not verified/);
        assert.deepEqual(await axe_findings(page), [], 'manage');
        await page.click('.view-rules');
        await page.waitForSelector('.rules code:text-is("≥ 50 mm / 3 h")');
        await page.waitForSelector('.editor-say:not(.bad):text("没有错误")');
        assert.deepEqual(await axe_findings(page), [], 'rules');
        await page.click('.section-waiting .alert button.small');
        assert.deepEqual(await axe_findings(page), [], 'answer');
        await page.goto(`${url}/bulletin`);
        await page.waitForSelector('.paper');
        assert.deepEqual(await axe_findings(page), [], 'bulletin');
        await page.goto(`${url}/wall`);
        await page.waitForSelector('.wall-group');
        assert.deepEqual(await axe_findings(page), [], 'wall');
        await page.context().close();
});

test('on a phone the list comes first, and nothing is cut off', async () => {
        const page = await open_page(browser, 390, 844, { hasTouch: true,
                isMobile: true });

        await sign_in(page, url, 'duty', 'mock');
        await page.goto(url);
        await page.waitForSelector('.group');
        assert.ok(await page.isVisible('.list'));
        assert.ok(!await page.isVisible('.main'));
        assert.ok(await page.evaluate(() => document.documentElement
                .scrollWidth <= innerWidth && document.querySelector('.top')
                .scrollWidth <= innerWidth));

        const low = await page.$$eval('.list button.small, .group-ack, ' +
                '.phone-tabs button', (l) => l.filter((b) =>
                b.offsetParent && b.offsetHeight < 44).length);

        assert.equal(low, 0);
        assert.deepEqual(await axe_findings(page), [], 'phone');
        await page.tap('.phone-tabs [data-tab="map"]');
        await page.waitForSelector('.map-ready');
        assert.ok(await page.isVisible('.map'));
        await done(page);
});
