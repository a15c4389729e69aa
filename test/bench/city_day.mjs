/* test/bench/city_day.mjs -- a day of as many stations as a big city has.
 *
 * Takes a day of test/days and gives each station so many twins, a few
 * hundred metres apart, which send the same curve some minutes later.
 * Holds: the first of each are the day's own, under their own code. */
import fs from 'node:fs';
import path from 'node:path';

const twin = (code, k) => (k ? `${code}-${k}` : code);

/* Around the original on a spiral: 300 m a step. */
function beside(lon, lat, k)
{
        const far = 0.003 * Math.sqrt(k), turn = k * 2.4;

        return [(lon + far * Math.cos(turn)).toFixed(5),
                (lat + far * Math.sin(turn)).toFixed(5)];
}

function stations_csv(text, n)
{
        const [head, ...rows] = text.trim().split(/\r?\n/);
        const names = head.split(',');
        const at = (name) => names.indexOf(name);
        const all = [];

        for (let k = 0; all.length < n; k++)
                for (const row of rows.slice(0, n - all.length)) {
                        const f = row.split(',');

                        [f[at('lon')], f[at('lat')]] = beside(
                                Number(f[at('lon')]), Number(f[at('lat')]), k);
                        f[at('code')] = twin(f[at('code')], k);
                        if (k)
                                f[at('sl651')] = '';
                        all.push(f.join(','));
                }
        return { codes: new Set(all.map((r) => r.split(',')[at('code')])),
                text: [head, ...all].join('\n') + '\n' };
}

function twins(list, codes, change)
{
        const out = [];
        let more = list;

        for (let k = 0; more.length; k++) {
                more = list.filter((x) => codes.has(twin(x.station, k)));
                out.push(...more.map((x) => ({ ...change(x, k),
                        station: twin(x.station, k) })));
        }
        return out;
}

/* A level that comes k minutes later, for ever the same before. */
function later(series, k)
{
        const [first, ...rest] = series.knots;

        return { ...series, knots: [first, ...rest.map(([m, v]) =>
                [m + k, v])] };
}

/* Writes the folder `to`: `from` with n stations. */
export function make_city_day(from, to, n)
{
        const stations = stations_csv(fs.readFileSync(
                path.join(from, 'stations.csv'), 'utf8'), n);
        const day = JSON.parse(fs.readFileSync(
                path.join(from, 'storm.json'), 'utf8'));

        fs.rmSync(to, { recursive: true, force: true });
        fs.cpSync(from, to, { recursive: true });
        fs.writeFileSync(path.join(to, 'stations.csv'), stations.text);
        day.series = twins(day.series, stations.codes, later);
        day.rain = twins(day.rain, stations.codes, (x) => x);
        fs.writeFileSync(path.join(to, 'storm.json'), JSON.stringify(day));
        return stations.codes.size;
}
