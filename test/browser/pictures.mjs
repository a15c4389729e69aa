/* test/browser/pictures.mjs -- the console at work, as the README shows it.
 *
 * Usage: node pictures.mjs URL PASSWORD FOLDER [name...]
 * takes the pictures of a line that runs (./run demo) into FOLDER; for
 * docs/pictures let the storm be at 06:00 to 10:00. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch, open_page, sign_in } from '../console/browser.mjs';
import { small_png } from './png.mjs';

/* The worst group that has been measured, not only forecast. */
const WORST = '.section-waiting .group.level-red, .section-waiting .group';

const settled = (page) => page.waitForFunction(() =>
        document.querySelector('.map-ready'), null, { timeout: 30000 });

/* One flight of the map, or one redraw of a chart. */
const rest = (page) => page.waitForTimeout(1500);

async function desk(page, url, hash = '')
{
        await page.goto(`${url}/${hash}`);
        await page.waitForSelector('.group');
        await settled(page);
}

/* The alert that stands first: red before orange. */
const worst_alert = (page) => page.getAttribute(
        `${WORST} >> nth=0 >> .alert`, 'data-alert');

async function worst_station(page)
{
        return page.evaluate(async () => {
                const answer = await fetch('/api/v1/alerts?state=open');
                const { alerts } = await answer.json();
                const order = ['white', 'blue', 'yellow', 'orange', 'red'];

                return alerts.filter((a) => a.hazard === 'flood' && a.river)
                        .sort((a, b) => order.indexOf(b.level_observed) -
                                order.indexOf(a.level_observed))[0].station;
        });
}

/* name -> {width, height, user, lang, options, show(page, url)} */
const PICTURES = {
        console: { width: 1600, height: 900, show: desk },
        alert: { width: 1600, height: 900, async show(page, url)
        {
                await desk(page, url);
                await page.evaluate((id) => {
                        location.hash = `alert=${id}`;
                }, await worst_alert(page));
                await page.reload();
                await page.waitForSelector('.side .rule-text');
                await settled(page);
        } },
        station: { width: 1600, height: 900, async show(page, url)
        {
                await desk(page, url);

                const code = await worst_station(page);

                await page.goto(`${url}/#station=${code}`);
                await page.reload();
                await page.waitForSelector('.side .uplot canvas');
                await settled(page);
        } },
        table: { width: 1600, height: 900, async show(page, url)
        {
                await page.goto(`${url}/#view=table`);
                await page.waitForSelector('.tables tbody tr');
        } },
        'console-en': { width: 1600, height: 900, lang: 'en', show: desk },
        manage: { width: 1600, height: 900, user: 'admin',
                async show(page, url)
                {
                        await page.goto(`${url}/#view=manage`);
                        await page.waitForSelector('.manage table');
                } },
        wall: { width: 3840, height: 2160, user: 'viewer',
                async show(page, url)
                {
                        await page.goto(`${url}/wall`);
                        await page.waitForSelector('.wall-group');
                        await settled(page);
                } },
        phone: { width: 390, height: 844, options: { hasTouch: true,
                isMobile: true, deviceScaleFactor: 2 },
        async show(page, url)
        {
                await page.goto(url);
                await page.waitForSelector('.group');
        } },
        'phone-map': { width: 390, height: 844, options: { hasTouch: true,
                isMobile: true, deviceScaleFactor: 2 },
        async show(page, url)
        {
                await page.goto(url);
                await page.waitForSelector('.group');
                await page.tap('.phone-tabs [data-tab="map"]');
                await settled(page);
        } },
        bulletin: { width: 1000, height: 1300, async show(page, url)
        {
                await page.goto(`${url}/bulletin`);
                await page.waitForSelector('.paper');
        } },
};

for (const name of ['alert', 'station', 'table', 'wall', 'phone'])
        PICTURES[`${name}-en`] = { ...PICTURES[name], lang: 'en' };

/* What the README and the documents show; the others are for eyes. */
export const SHOWN = ['console', 'station', 'wall', 'phone', 'console-en'];

/* Writes FOLDER/name.png and gives the complaints of the browser. */
export async function take_picture(browser, url, password, folder, name)
{
        const p = PICTURES[name];
        const page = await open_page(browser, p.width, p.height,
                { lang: p.lang ?? 'zh-CN', ...p.options });

        fs.mkdirSync(folder, { recursive: true });
        try {
                await sign_in(page, url, p.user ?? 'duty', password);
                await p.show(page, url);
                await rest(page);
                fs.writeFileSync(path.join(folder, `${name}.png`),
                        small_png(await page.screenshot()));
        } finally {
                await page.context().close();
        }
        return page.bad;
}

async function main([url, password, folder, ...names])
{
        const browser = await launch();

        for (const name of names.length ? names : Object.keys(PICTURES)) {
                const bad = await take_picture(browser, url, password,
                        folder, name);

                console.log(`${name}.png`);
                bad.forEach((text) => console.log(`  ! ${text}`));
        }
        await browser.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url))
        await main(process.argv.slice(2));
