/* test/browser/desk.mjs -- what the browser's sentences have in common:
 * officers who sign in by the form, and what a page may complain about.
 *
 * Needs the packages of test/console (playwright-core, axe-core). */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { open_page } from '../console/browser.mjs';

/* Chromium puts refusals and lost lines into the console by itself. They
 * are allowed only where the test asks for them. */
export const UNSIGNED = [/status of 401/];
export const FORBIDDEN = [/status of 403/];
export const LOST = [/net::ERR_/, /WebSocket connection to/];

export async function sign_in_by_form(page, url, user, password)
{
        await page.goto(url);
        await page.fill('#user', user);
        await page.fill('#password', password);
        await page.keyboard.press('Enter');
        await page.waitForSelector('.page');
        await page.waitForSelector('.strip-ok');
}

export async function officer(browser, s, user, options = {})
{
        const { width = 1600, height = 900, ...more } = options;
        const page = await open_page(browser, width, height, more);

        await sign_in_by_form(page, s.url, user,
                s.env.SANFANG_DEMO_PASSWORD);
        return page;
}

/* Nothing was complained about but what is allowed. */
export function want_quiet(page, allowed = [])
{
        const bad = page.bad.splice(0).filter((text) =>
                ![...UNSIGNED, ...allowed].some((re) => re.test(text)));

        assert.deepEqual(bad, []);
}

/* The alert's row in the list, wherever its group stands. */
export const row = (id) => `.list [data-alert="${id}"]`;

/* Fetches as the page would, with its cookie; gives the status. */
export function status_of(page, method, where, body)
{
        return page.evaluate(async ([m, w, b]) => (await fetch(`/api/v1${w}`, {
                method: m, headers: b ? { 'content-type': 'application/json' } :
                        {}, body: b ? JSON.stringify(b) : undefined,
        })).status, [method, where, body]);
}

/* The text painted on canvases from now on, in window.painted. */
export function watch_paint(page)
{
        return page.addInitScript(() => {
                const real = CanvasRenderingContext2D.prototype.fillText;

                window.painted = [];
                CanvasRenderingContext2D.prototype.fillText = function paint(
                        text, ...rest) {
                        window.painted.push(text);
                        return real.call(this, text, ...rest);
                };
        });
}

/* How many pixels of a canvas are near a colour, of the tens of
 * thousands that it has. */
export function pixels_of(page, selector, [r, g, b])
{
        return page.$eval(selector, (canvas, want) => {
                const { data } = canvas.getContext('2d').getImageData(0, 0,
                        canvas.width, canvas.height);
                let n = 0;

                for (let i = 0; i < data.length; i += 4)
                        if (data[i + 3] > 200 && want.every((c, k) =>
                                Math.abs(data[i + k] - c) < 24))
                                n++;
                return n;
        }, [r, g, b]);
}

/* Presses Tab until the element is focused; a person would, too. */
export async function tab_to(page, selector, most = 600)
{
        for (let i = 0; i < most; i++) {
                await page.keyboard.press('Tab');
                if (await page.evaluate((sel) => document.activeElement
                        ?.matches(sel), selector))
                        return;
        }
        throw new Error(`${most} tabs do not reach ${selector}`);
}

/* Visible text smaller than px: [size, text] of each. */
export function small_text(page, px)
{
        return page.evaluate((limit) => {
                const found = [];
                const walk = document.createTreeWalker(document.body,
                        NodeFilter.SHOW_TEXT);

                while (walk.nextNode()) {
                        const text = walk.currentNode.data.trim();
                        const el = walk.currentNode.parentElement;

                        if (!text || !el.checkVisibility?.({
                                checkOpacity: true,
                                checkVisibilityCSS: true }) ||
                            el.closest('svg, noscript, script, ' +
                                '.off-screen'))
                                continue;

                        const box = el.getBoundingClientRect();
                        const size = parseFloat(
                                getComputedStyle(el).fontSize);

                        if (box.width > 1 && box.height > 1 &&
                            size < limit - 0.01)
                                found.push([size, text]);
                }
                return found;
        }, px);
}

export function read_secret(s, name)
{
        return fs.readFileSync(`${s.dir}/secret/${name}`, 'utf8').trim();
}
