/* test/layers/planted.mjs -- the watchman is awake.
 *
 * Builds a small house in a temporary folder, plants one breach at a time,
 * and looks that words.mjs turns red for it and for nothing else. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { ROOMS, finish, rule } from './house.mjs';

const words = path.join(import.meta.dirname ??
        path.dirname(new URL(import.meta.url).pathname), 'words.mjs');

const PLANTED = [
        ['gis/tile.c', '#include "alerts/engine.h"', 'gis/ includes only'],
        ['alerts/rise.c', '#include "sensors/sensors.h"',
                'alerts/ includes only'],
        ['schemas/time.c', '#include "server/app.h"',
                'schemas/ includes only'],
        ['sensors/topic.c', '#include <MQTTAsync.h>', 'Paho is known'],
        ['gis/raster.c', '#include <gdal.h>', 'GDAL is known'],
        ['server/hub.c', '#include <libwebsockets.h>', 'libwebsockets is'],
        ['server/archive.c', '#include <libpq-fe.h>', 'libpq is known'],
        ['alerts/rule.c', '#include <cjson/cJSON.h>', 'cJSON is known'],
        ['gis/zone.c', '#include <uv.h>', 'libuv is known'],
        ['alerts/window.c', '#include <pthread.h>', 'code outside server/'],
        ['alerts/cap.c', '#include "alerts/adapter/smtp.h"',
                'a sibling\'s adapter'],
        ['schemas/obs.c', '#include "schemas/wire/json.h"',
                'the words of schemas/'],
];

for (const [file, line, want] of PLANTED) {
        const root = fs.mkdtempSync(path.join(os.tmpdir(), 'sanfang-house-'));

        ROOMS.forEach((r) => fs.mkdirSync(path.join(root, r)));
        fs.writeFileSync(path.join(root, file),
                `/* ${file} -- planted. */\n${line}\n`);
        const out = spawnSync(process.execPath, [words, root],
                { encoding: 'utf8' });
        const red = out.stdout.split('\n').filter((l) => /^not ok/.test(l));

        rule(`${line} in ${file} is seen`,
                out.status !== 0 && red.length === 1 &&
                red[0].includes(want) ? [] :
                        [`status ${out.status}, said: ${red.join('; ')}`]);
        fs.rmSync(root, { recursive: true });
}
finish();
