/* The view of rule tables in Debian's Chromium against the mock: a mistake
 * is shown at its line as one types; a draft is back-tested, confirmed by a
 * second person, put in force. */
import test, { after, before } from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { axe_findings, launch, open_page, sign_in } from './browser.mjs';
import { create_mock } from './mock.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const site = process.env.CONSOLE_SITE ||
        path.join(here, '../../build/console');
/* Of the table that the mock has in force. */
const V = JSON.parse(fs.readFileSync(path.join(here,
        '../../alerts/rules/guangdong.json'), 'utf8')).version;
let browser, mock, url;

before(async () => {
        mock = create_mock({ site, at: 1640, rate: 10 });
        url = `http://127.0.0.1:${await mock.listen(0)}`;
        browser = await launch(['--disable-gpu', '--disable-3d-apis']);
});

after(async () => {
        await browser?.close();
        await mock?.close();
});

async function rules(user, options = {})
{
        const page = await open_page(browser, 1500, 1000, options);

        await sign_in(page, url, user, 'mock');
        await page.goto(`${url}/#view=rules`);
        await page.waitForSelector('.rules .rules-who');
        return page;
}

const done = async (page) => {
        const bad = page.bad.filter((text) => !/status of 40[39]/.test(text));

        await page.context().close();
        assert.deepEqual(bad, []);
};

const change = (page, from, to) => page.$eval('#editor-text', (area, [a, b]) => {
        area.value = area.value.replace(a, b);
        area.dispatchEvent(new Event('input', { bubbles: true }));
}, [from, to]);

test('a mistake is shown at its line, and no wrong table is kept', async () => {
        const page = await rules('admin');

        await page.waitForSelector('.editor-say:text("没有错误")');
        assert.ok(await page.isDisabled('.draft-keep')); /* nothing new */
        await page.click('#editor-text');
        await page.keyboard.press('Control+Home');
        await page.keyboard.press('End');
        await page.keyboard.type('\n  "wrong": 1,');
        await page.waitForSelector('.editor-say.bad:text("第 2 行")');
        assert.match(await page.textContent('.editor-say'),
                /没有这个字段.*（unknown field "wrong"/);
        assert.ok(await page.isVisible('.editor-bar'));
        assert.equal(await page.getAttribute('#editor-text', 'aria-invalid'),
                'true');
        assert.ok(await page.isDisabled('.draft-keep'));
        assert.deepEqual(await axe_findings(page), [], 'editor');
        await change(page, '  "wrong": 1,', '');
        await page.waitForSelector('.editor-say:not(.bad):text("没有错误")');
        assert.ok(!await page.isVisible('.editor-bar'));
        assert.ok(await page.isEnabled('.draft-keep'));
        await done(page);
});

test('what differs is said line by line', async () => {
        const page = await rules('operator');

        await page.waitForSelector('.editor-say:text("没有错误")');
        await change(page, `"version": ${V}`, `"version": ${V + 1}`);
        await change(page, '"value": 50', '"value": 45');
        await page.waitForSelector('.diff');
        assert.ok((await page.textContent('.diff'))
                .includes(`guangdong v${V} → guangdong v${V + 1}`));
        assert.match(await page.textContent('.diff li[data-fate=changed]'),
                /改动.*≥ 50 mm.*≥ 45 mm/);
        assert.equal(await page.$$eval('.diff li[data-fate]', (l) => l.length),
                1);
        assert.equal(await page.$('.draft-keep'), null); /* no administrator */
        await done(page);
});

test('a draft is back-tested: bars, lanes and numbers, and may then pass',
        async () => {
                const page = await rules('admin');

                await page.waitForSelector('.editor-say:text("没有错误")');
                await change(page, `"version": ${V}`, `"version": ${V + 2}`);
                await page.waitForSelector('.draft-keep:enabled');
                await page.click('.draft-keep');
                await page.waitForSelector('.draft-state:has-text("先回算")');
                assert.ok(await page.isDisabled('.draft-activate'));
                assert.equal(await page.$('.draft-confirm'), null); /* own */
                await page.click('.draft-backtest');
                await page.waitForSelector('progress');
                await page.waitForSelector('.backtest');
                assert.match(await page.textContent('.bt-sum'), /新增 2 条/);
                assert.match(await page.textContent('.bt-row:last-child'),
                        /暴雨橙色25 \(\+3\)/);
                assert.equal(await page.$$eval('.bt-picture rect', (l) =>
                        l.length), 6 + 7);
                assert.match(await page.textContent('.backtest'),
                        /黄色实测早 20 分钟/);
                assert.deepEqual(await axe_findings(page), [], 'back-test');
                await page.click('.draft-activate');
                await page.waitForSelector(
                        '.draft-verdict:text("就是现行规则")');
                await page.waitForSelector('.rules-who:text("由 admin")');
                assert.ok((await page.textContent('.rules'))
                        .includes(`第 ${V + 2} 版`));
                await done(page);
        });

test('a rule at a station: the curve, its lines, and why not in words',
        async () => {
                const page = await rules('viewer');

                await page.goto(`${url}/#station=MM-ZZ-XDJ01`);
                await page.reload();
                await page.click('.trace summary');
                await page.waitForSelector('.trace .uplot canvas');

                const words = await page.textContent('.trace-words');

                assert.match(words, /达到黄色：3 小时雨量 30/);
                assert.match(words, /橙色无法判断.*41\.5 mm，界限 50\.0 mm/);
                assert.match(words, /36 个时段缺 2 个/);
                assert.deepEqual(await axe_findings(page), [], 'trace');
                await done(page);
        });

test('without a back-test a second person has the last word', async () => {
        const page = await rules('admin');
        const other = await rules('duty', { lang: 'en' });

        await page.click('.editor-now');
        await page.waitForSelector('.editor-say:text("没有错误")');
        await change(page, `"version": ${V + 2}`,
                `"version": ${V + 3}`);
        await page.waitForSelector('.draft-keep:enabled');
        await page.click('.draft-keep');
        await page.waitForSelector('.draft-detail:has-text("请另一位管理员")');
        /* The other is told, who it is of and what it changes. */
        await other.waitForSelector('.view-rules .asked:text("1")');
        await other.waitForSelector(`.ask:has-text("version ${V + 3} by ` +
                'admin waits for you")');
        assert.match(await other.textContent('.ask'), /since .*version/);
        assert.ok(await page.isHidden('.asked')); /* not its author */
        assert.deepEqual(await axe_findings(other), [], 'asks');
        await other.click('.ask-open');
        await other.waitForSelector(`.draft-detail:has-text("version ${V + 3}")`);
        assert.equal(await other.$('.draft-activate'), null);
        await other.click('.draft-confirm');
        await other.waitForSelector('.draft-state:has-text("Confirmed by duty")');
        await other.waitForSelector('.asked', { state: 'hidden' });
        await other.waitForSelector('.ask', { state: 'detached' });
        await page.waitForSelector('.asked:text("1")');
        await page.waitForSelector('.ask:has-text("duty 已复核同意")');
        await page.click('.ask-open');
        await page.waitForSelector('.draft-activate:enabled');
        await page.click('.draft-activate');
        await page.waitForSelector('.rules-who:text("admin")');
        await page.waitForSelector(`.rules p:text("第 ${V + 3} 版")`);
        await page.waitForSelector('.asked', { state: 'hidden' });
        /* All versions are there, and two can be compared. */
        await page.click('.version-diff >> nth=-1');
        await page.waitForSelector('.diff:has-text(' +
                `"guangdong v${V} → guangdong v${V + 3}")`);
        await done(other);
        await done(page);
});

test('a viewer, who has no editor, switches the language', async () => {
        const page = await rules('viewer');

        await page.click('.who [aria-label*="English"]');
        await page.waitForSelector('html[lang=en] .rules .rules-who');
        await done(page);
});
