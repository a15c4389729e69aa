/* look.mjs -- pictures of the console at work, for eyes.
 *
 * Usage: node look.mjs [--site DIR] [--url URL --password P] [--out DIR]
 *        [name...]
 * With no --url it starts the mock.  Prints console errors and refusals of
 * the content security policy: both should be none. */
import path from 'node:path';
import fs from 'node:fs';
import { launch, open_page, sign_in } from './browser.mjs';
import { create_mock } from './mock.mjs';

const args = process.argv.slice(2);
const take = (name, other) => {
        const i = args.indexOf(`--${name}`);

        return i < 0 ? other : args.splice(i, 2)[1];
};
const site = path.resolve(take('site', '../../build/console'));
const out = take('out', '/tmp/console');
let url = take('url', null);
const password = take('password', 'mock');
const at = Number(take('at', 1640));
const wanted = args;
const mock = url ? null : create_mock({ site, at });

if (mock)
        url = `http://127.0.0.1:${await mock.listen(0)}`;
fs.mkdirSync(out, { recursive: true });

const browser = await launch();

async function open(width, height, user, lang = 'zh-CN', extra = {})
{
        const page = await open_page(browser, width, height,
                { lang, ...extra });

        if (user)
                await sign_in(page, url, user, password);
        return page;
}

async function shot(page, name)
{
        await page.waitForTimeout(600);
        await page.screenshot({ path: path.join(out, `${name}.png`) });
        console.log(`${name}.png`);
        page.bad.splice(0).forEach((text) => console.log(`  ! ${text}`));
}

async function ready(page)
{
        await page.waitForSelector('.group', { timeout: 120000 });
        await page.waitForSelector('.map-ready').catch(() => {});
        await page.waitForTimeout(1500);
}

const pictures = {
        async sign()
        {
                const page = await open(1280, 800, null);

                await page.goto(url);
                await page.waitForSelector('form');
                await shot(page, 'sign');
        },
        async desk()
        {
                const page = await open(1920, 1080, 'duty');

                await page.goto(url);
                await ready(page);
                await shot(page, 'desk');
                await page.click('.section-waiting .alert-title');
                await page.waitForTimeout(1500);
                await shot(page, 'alert');
                await page.keyboard.press('a');
                await shot(page, 'answer');
                await page.keyboard.press('Escape');
                await page.keyboard.press('t');
                await shot(page, 'table');
        },
        async station()
        {
                const page = await open(1920, 1080, 'duty');

                await page.goto(`${url}/#station=MM-ZZ-XDJ01`);
                await ready(page);
                await page.waitForSelector('.uplot').catch(() => {});
                await shot(page, 'station');
                await page.goto(`${url}/#station=MM-PP-MN01`);
                await page.reload();
                await ready(page);
                await page.waitForSelector('.uplot').catch(() => {});
                await shot(page, 'rain');
        },
        async cluster()
        {
                const page = await open(1920, 1080, 'duty');
                const a = mock?.raise_cluster();

                await page.goto(`${url}/#alert=${a?.id}`);
                await ready(page);
                await page.click('.legend summary');
                await shot(page, 'cluster');
        },
        async manage()
        {
                const page = await open(1600, 900, 'admin', 'en');

                await page.goto(`${url}/#view=manage`);
                await ready(page);
                await shot(page, 'manage');
        },
        async book()
        {
                const page = await open(1600, 900, 'admin');

                await page.goto(`${url}/#view=book&station=MM-ZZ-XDJ01`);
                await ready(page);
                await page.click('text=SL 651 终端');
                await page.locator('text=给厂家的报告')
                        .scrollIntoViewIfNeeded();
                await shot(page, 'book');
                await page.click('button:text-is("接纳")');
                await shot(page, 'admit');
        },
        async english()
        {
                const page = await open(1440, 900, 'duty', 'en');

                await page.goto(url);
                await ready(page);
                await page.click('.legend summary');
                await shot(page, 'english');
        },
        async lost()
        {
                const page = await open(1600, 900, 'duty');

                await page.goto(url);
                await ready(page);
                await page.context().setOffline(true);
                if (mock)
                        mock.drop();
                await page.waitForTimeout(6500);
                await shot(page, 'lost');
        },
        async phone()
        {
                const page = await open(390, 844, 'duty', 'zh-CN',
                        { deviceScaleFactor: 2, hasTouch: true,
                                isMobile: true });

                await page.goto(url);
                await ready(page);
                await shot(page, 'phone-list');
                await page.click('.phone-tabs [data-tab="map"]');
                await page.waitForTimeout(1500);
                await shot(page, 'phone-map');
                await page.click('.phone-tabs [data-tab="list"]');
                await page.click('.alert-title');
                await shot(page, 'phone-alert');
        },
        async wall()
        {
                const page = await open(3840, 2160, 'viewer');

                await page.goto(`${url}/wall`);
                await page.waitForSelector('.wall-group');
                await page.waitForTimeout(6000);
                await shot(page, 'wall');
        },
        async bulletin()
        {
                const page = await open(1000, 1400, 'duty');

                await page.goto(`${url}/bulletin`);
                await page.waitForSelector('table');
                await shot(page, 'bulletin');
                await page.emulateMedia({ media: 'print' });
                await page.pdf({ path: path.join(out, 'bulletin.pdf'),
                        format: 'A4' }).catch(() => {});
        },
};

for (const name of wanted.length ? wanted : Object.keys(pictures)) {
        console.log(name);
        await pictures[name]();
        for (const context of browser.contexts())
                await context.close();
}
await browser.close();
await mock?.close();
