/* browser.mjs -- Debian's Chromium through playwright-core, with WebGL in
 * software, so that it works where there is no graphics card. */
import { chromium } from 'playwright-core';
import fs from 'node:fs';
import { createRequire } from 'node:module';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export const launch = (more = []) => chromium.launch({
        executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
        args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader',
                '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist',
                '--disable-quic', '--no-first-run',
                '--disable-background-networking',
                '--disable-component-update', '--disable-sync', ...more],
});

/* A page of a context of its own. What the browser complains about
 * (errors, refusals of the content security policy) is kept in page.bad. */
export async function open_page(browser, width, height, options = {})
{
        const { lang = 'zh-CN', ...more } = options;
        const context = await browser.newContext({ viewport:
                { width, height }, ...more });
        const page = await context.newPage();

        page.bad = [];
        page.on('console', (m) => {
                if (m.type() === 'error')
                        page.bad.push(m.text());
        });
        page.on('pageerror', (e) => page.bad.push(e.stack));
        await context.addInitScript((l) => {
                if (!localStorage.getItem('sanfang.lang'))
                        localStorage.setItem('sanfang.lang', l);
        }, lang);
        return page;
}

export async function sign_in(page, url, user, password)
{
        const answer = await page.context().request.post(
                `${url}/api/v1/session`, { data: { user, password } });

        if (!answer.ok())
                throw new Error(`sign-in of ${user}: ${answer.status()}`);
}

/* Serious and critical findings, as short lines. axe-core is put in by the
 * debugger, which the page's content security policy does not bind. */
export async function axe_findings(page)
{
        await page.evaluate(fs.readFileSync(AXE, 'utf8') + ';0');

        const result = await page.evaluate(() => globalThis.axe.run(document, {
                resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa',
                        'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        }));

        return result.violations.filter((v) => v.impact === 'serious' ||
                v.impact === 'critical').flatMap((v) => v.nodes.slice(0, 4)
                .map((n) => `${v.id}: ${n.html.slice(0, 140)} ` +
                        n.failureSummary.split('\n').slice(1, 2).join('')));
}
