/* build.mjs -- puts the console together into one folder.
 *
 * Usage: node build.mjs [OUTDIR]      (default ../../build/console)
 * In:    src/, maplibre-gl and uplot from node_modules.
 * Out:   index.html, wall.html, bulletin.html, favicon.svg, app/*.js,
 *        app/*.css, app/maplibre-worker.js, app/licenses.txt, and a .gz
 *        twin of each, so that the server need not compress.
 * Needs: Node 18 and esbuild; no network. */
import { build } from 'esbuild';
import { gzipSync } from 'node:zlib';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const src = path.join(here, 'src');
const modules = path.join(here, 'node_modules');
const out = path.resolve(process.argv[2] || process.env.CONSOLE_OUT ||
        path.join(here, '../../build/console'));

function list_files(dir)
{
        return fs.readdirSync(dir, { withFileTypes: true }).flatMap((d) => {
                const p = path.join(dir, d.name);

                return d.isDirectory() ? list_files(p) : [p];
        });
}

function write_licenses()
{
        const parts = ['maplibre-gl', 'uplot'].map((name) => {
                const dir = path.join(modules, name);
                const file = fs.readdirSync(dir)
                        .find((f) => /^licen[cs]e/i.test(f));
                const pkg = JSON.parse(
                        fs.readFileSync(path.join(dir, 'package.json')));

                return `${name} ${pkg.version}\n\n` +
                        fs.readFileSync(path.join(dir, file), 'utf8');
        });

        fs.writeFileSync(path.join(out, 'app/licenses.txt'),
                parts.join('\n\n----\n\n'));
}

fs.rmSync(out, { recursive: true, force: true });
fs.mkdirSync(path.join(out, 'app'), { recursive: true });

await build({
        entryPoints: ['console', 'wall', 'bulletin']
                .map((name) => path.join(src, `${name}.js`)),
        outdir: path.join(out, 'app'),
        bundle: true,
        splitting: true,
        format: 'esm',
        target: 'es2022',
        minify: true,
        legalComments: 'none',
        entryNames: '[name]',
        chunkNames: 'part-[hash]',
        logLevel: 'warning',
});

for (const page of ['index.html', 'wall.html', 'bulletin.html', 'favicon.svg'])
        fs.copyFileSync(path.join(src, page), path.join(out, page));
fs.copyFileSync(path.join(modules, 'maplibre-gl/dist/maplibre-gl-worker.mjs'),
        path.join(out, 'app/maplibre-worker.js'));
write_licenses();

let bytes = 0;
for (const file of list_files(out)) {
        const zipped = gzipSync(fs.readFileSync(file), { level: 9 });

        fs.writeFileSync(`${file}.gz`, zipped);
        bytes += zipped.length;
}
console.log(`console: ${out} (${Math.round(bytes / 1024)} kB compressed)`);
