/* Unit tests of the small pure modules of the console. */
import test from 'node:test';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as f from '../../server/console/src/core/format.js';
import { create_alarm, SILENCE_MS }
        from '../../server/console/src/core/alarm.js';
import { agency_summary, build_groups, count_levels, waits_for }
        from '../../server/console/src/core/groups.js';
import { bars_of, lanes_of, moves_of, scores_of, worst_of }
        from '../../server/console/src/core/backtest.js';
import { asks_mark, asks_of } from '../../server/console/src/core/asks.js';
import { diff_tables } from '../../server/console/src/core/rule-diff.js';
import { blind_spans, curves_of, findings }
        from '../../server/console/src/core/trace.js';
import { made_up_result, made_up_trace } from './mock_rules.mjs';
import { create_clock } from '../../server/console/src/core/clock.js';
import { create_words } from '../../server/console/src/core/words.js';
import { create_api, Api_error }
        from '../../server/console/src/core/api.js';
import { by_source, layers } from '../../server/console/src/core/rain.js';
import { numeral, shape, worse, LEVELS }
        from '../../server/console/src/core/grade.js';

const read = (name) => JSON.parse(fs.readFileSync(new URL(
        `../../server/console/src/words/${name}.json`, import.meta.url)));

/* ---- levels ---- */

test('every level has a shape and a numeral of its own', () => {
        const levels = LEVELS.filter((l) => l !== 'none');

        assert.equal(new Set(levels.map(shape)).size, levels.length);
        assert.equal(new Set(levels.map(numeral)).size, levels.length);
        assert.equal(numeral('red'), 'Ⅰ');
        assert.equal(worse('yellow', 'orange'), 'orange');
        assert.equal(worse('none', 'blue'), 'blue');
});

/* ---- groups ---- */

const alert = (id, level, state, more) => ({ id, level, state, version: 1,
        hazard: 'flood', group: 'flood/river/小东江', changed_at:
                '2023-10-20T01:00:00+08:00', agencies: [], ...more });

test('what waits stands before what is answered, worst first', () => {
        const g = build_groups([
                alert('a', 'red', 'acknowledged', { group: 'x/river/甲' }),
                alert('b', 'yellow', 'open', { group: 'x/river/乙' }),
                alert('c', 'orange', 'open', { group: 'x/river/丙' }),
                alert('d', 'blue', 'ended', { group: 'x/river/丁' }),
        ]);

        assert.deepEqual(g.waiting.map((x) => x.key), ['x/river/丙',
                'x/river/乙']);
        assert.deepEqual(g.known.map((x) => x.key), ['x/river/甲']);
        assert.deepEqual(g.over.map((x) => x.key), ['x/river/丁']);
});

test('a group is as bad as its worst and due at its earliest', () => {
        const [g] = build_groups([
                alert('a', 'yellow', 'open', { escalates_at:
                        '2026-01-01T00:09:00+08:00', level_observed: 'none',
                level_forecast: 'yellow' }),
                alert('b', 'orange', 'open', { escalates_at:
                        '2026-01-01T00:04:00+08:00', level_observed: 'orange',
                level_forecast: 'none' }),
                alert('c', 'blue', 'acknowledged', { escalates_at: null }),
        ]).waiting;

        assert.equal(g.level, 'orange');
        assert.equal(g.observed, 'orange');
        assert.equal(g.forecast, 'yellow');
        assert.equal(g.unacknowledged, 2);
        assert.equal(g.escalates_at, '2026-01-01T00:04:00+08:00');
        assert.deepEqual(g.alerts.map((a) => a.id), ['b', 'a', 'c']);
});

test('an ended alert does not keep its river in the live list', () => {
        const g = build_groups([alert('a', 'red', 'ended'),
                alert('b', 'blue', 'open')]);

        assert.equal(g.waiting[0].level, 'blue');
        assert.equal(g.waiting[0].alerts.length, 1);
        assert.equal(g.over.length, 1);
});

test('an agency has answered a group only when it has on every alert', () => {
        const who = (given) => [{ agency: 'sanfang', required: true, given,
                intent: given ? 'acting' : null }];
        const [s] = agency_summary([alert('a', 'red', 'open', { agencies:
                who(true) }), alert('b', 'red', 'open', { agencies:
                who(false) })]);

        assert.equal(s.due, 2);
        assert.equal(s.given, 1);
        assert.equal(waits_for(alert('b', 'red', 'open', { agencies:
                who(false) }), 'sanfang'), true);
        assert.equal(waits_for(alert('b', 'red', 'ended', { agencies:
                who(false) }), 'sanfang'), false);
});

test('what my agency has answered no longer waits for me', () => {
        const a = alert('a', 'red', 'open', { agencies: [
                { agency: 'hydrology', required: true, given: true },
                { agency: 'sanfang', required: true, given: false }] });
        const see = (agency) => build_groups([a], () => true, (x) =>
                waits_for(x, agency));

        assert.equal(see('hydrology').known.length, 1);
        assert.equal(see('sanfang').waiting.length, 1);
        assert.equal(see('weather').waiting.length, 1);
        assert.equal(see(null).waiting.length, 1);
});

test('ended alerts are not counted', () => {
        const n = count_levels([alert('a', 'red', 'open'),
                alert('b', 'red', 'withdrawn'), alert('c', 'blue',
                        'acknowledged')]);

        assert.equal(n.red, 1);
        assert.equal(n.blue, 1);
});

/* ---- sound ---- */

test('orange and red ring until acknowledged, and only once armed', () => {
        const a = create_alarm();

        a.take(alert('a', 'red', 'open'));
        assert.equal(a.due(0), null);
        a.arm(true);
        assert.deepEqual(a.due(1000), { level: 'red' });
        assert.equal(a.due(2000), null);
        assert.deepEqual(a.due(11001), { level: 'red' });
        a.take(alert('a', 'red', 'acknowledged'));
        assert.equal(a.due(30000), null);
        a.take(alert('b', 'yellow', 'open'));
        assert.equal(a.due(60000), null);
});

test('silence is not an acknowledgement and a worse grade breaks it', () => {
        const a = create_alarm();

        a.arm(true);
        a.take(alert('a', 'orange', 'open'));
        a.due(0);
        a.silence(1000);
        assert.equal(a.due(1000 + SILENCE_MS - 1), null);
        assert.deepEqual(a.due(1000 + SILENCE_MS), { level: 'orange' });
        a.silence(200000);
        assert.equal(a.take(alert('a', 'red', 'open')), true);
        assert.deepEqual(a.due(200001), { level: 'red' });
});

test('what came late does not ring', () => {
        const a = create_alarm();

        a.arm(true);
        assert.equal(a.take(alert('a', 'red', 'open', { late: true })), false);
        assert.equal(a.due(0), null);
});

/* ---- clock ---- */

test('the storm clock runs at its rate, the real one at one', () => {
        const c = create_clock();

        c.set({ engine: '2023-10-20T03:00:00+08:00', real:
                '2026-11-24T15:00:00+08:00', rate: 60 }, 1000);
        assert.equal(c.engine(2000) - c.engine(1000), 60000);
        assert.equal(c.real(2000) - c.real(1000), 1000);
        c.set({ engine: '2023-10-20T03:00:00+08:00', real:
                '2026-11-24T15:00:00+08:00', rate: 60, paused: true }, 1000);
        assert.equal(c.engine(9000), c.engine(1000));
});

/* ---- text ---- */

test('times are Beijing times, midnight is 00:00', () => {
        assert.equal(f.hhmm('2023-10-19T16:00:00Z'), '00:00');
        assert.equal(f.day('2023-10-19T16:00:00Z'), '2023-10-20');
        assert.equal(f.rfc3339(Date.parse('2023-10-20T00:00:00Z')),
                '2023-10-20T08:00:00+08:00');
        assert.equal(f.hhmm(null), '–');
});

test('a countdown says when it is past', () => {
        assert.equal(f.countdown(125000), '02:05');
        assert.equal(f.countdown(3725000), '1:02:05');
        assert.equal(f.countdown(-5000), '−00:05');
        assert.equal(f.countdown(NaN), '–');
});

test('a missing number is a dash, never 0', () => {
        assert.equal(f.number(null, 'm'), '–');
        assert.equal(f.number(0, 'm'), '0.00');
        assert.equal(f.signed(-0.5, 'm'), '−0.50');
        assert.equal(f.signed(null, 'm'), '');
});

test('the hydrological day begins at 08:00 and owns its last instant', () => {
        const at = (s) => Date.parse(s);

        assert.equal(f.hydro_day_begin(at('2023-10-20T08:00:00+08:00')),
                at('2023-10-19T08:00:00+08:00'));
        assert.equal(f.hydro_day_begin(at('2023-10-20T09:00:00+08:00')),
                at('2023-10-20T08:00:00+08:00'));
        assert.equal(f.hydro_day_begin(at('2023-10-20T04:00:00+08:00')),
                at('2023-10-19T08:00:00+08:00'));
});

test('an hour of rain is exact, and an hour without slots is not 0', () => {
        const slot = (time, value) => ({ time, value });
        const list = [];

        for (let m = 5; m <= 60; m += 5)
                list.push(slot(`2023-10-20T0${m === 60 ? '1:00' : `0:${
                        String(m).padStart(2, '0')}`}:00+08:00`, 0.1));
        list.push(slot('2023-10-20T03:00:00+08:00', 2));

        const { hours } = by_source(list);

        assert.equal(hours.length, 3);
        assert.deepEqual(hours[0][1], { '': 1.2 });
        assert.equal(hours[1][1], null);
        assert.deepEqual(hours[2][1], { '': 2 });
});

test('rain is told apart by its source, and the layers add up', () => {
        const slot = (time, value, source) => ({ time, value, source });
        const rain = by_source([
                slot('2023-10-20T00:05:00+08:00', 0.1, 'PN05'),
                slot('2023-10-20T00:10:00+08:00', 0.2, 'PN05'),
                slot('2023-10-20T01:00:00+08:00', 7.4, 'PT'),
                slot('2023-10-20T03:00:00+08:00', 1, 'PN05'),
                slot('2023-10-20T03:00:00+08:00', null, 'PN05'),
        ]);

        assert.deepEqual(rain.sources, ['PT', 'PN05']);
        assert.deepEqual(rain.hours.map((h) => h[1]),
                [{ PN05: 0.3, PT: 7.4 }, null, { PN05: 1 }]);
        assert.deepEqual(layers(rain), [[7.4, null, 0], [7.7, null, 1]]);
        assert.deepEqual(by_source([]), { sources: [], hours: [] });
});

test('two rule tables: what was added, removed, changed, and nothing else',
        () => {
                const rule = (id, more = {}) => ({ id, kind: 'rain_sum',
                        lines: [{ level: 'red', value: 100, window_s: 3600 }],
                        deadlines_s: { sanfang: 600 }, ...more });
                const was = { name: 't', version: 1, rules: [rule('a'),
                        rule('b'), rule('c')] };
                const is = { name: 't', version: 2, rules: [
                        rule('c', { hysteresis: 0 }), /* as when left out */
                        rule('a', { lines: [{ level: 'red', value: 90,
                                window_s: 3600 }, { level: 'blue', value: 10,
                                window_s: 3600 }], hold_s: 60 }),
                        rule('d')] };
                const d = diff_tables(was, is);

                assert.deepEqual(d.head, [{ key: 'version', was: 1, is: 2 }]);
                assert.equal(d.same, 1);
                assert.deepEqual(d.rules.map((r) => [r.id, r.fate]), [
                        ['a', 'changed'], ['d', 'added'], ['b', 'removed']]);
                assert.deepEqual(d.rules[0].fields, [{ key: 'hold_s',
                        was: undefined, is: 60 }]);
                assert.deepEqual(d.rules[0].lines.map((l) => [l.level,
                        l.was?.value, l.is?.value]), [['red', 100, 90],
                        ['blue', undefined, 10]]);
                assert.deepEqual(diff_tables(was, was).rules, []);
        });

test('two runs: bars by grade, lanes by county, moves in minutes', () => {
        const result = made_up_result({ name: 'a', version: 1 },
                { name: 'a', version: 2 });
        const lanes = lanes_of(result);

        assert.deepEqual(bars_of(result).map((b) => [b.hazard, b.level,
                b.was, b.is]), [['flood', 'red', 1, 1],
                ['flood', 'yellow', 3, 2], ['rainstorm', 'orange', 2, 5]]);
        assert.deepEqual(lanes.map((l) => [l.county, l.was.length,
                l.is.length]), [['440981', 1, 2], ['440902', 1, 1],
                ['440982', 1, 0], ['440983', 0, 1]]);
        /* What still stands reaches to the end. */
        assert.equal(lanes[0].is.find((s) => s.level === 'orange').end,
                Date.parse(result.to));
        assert.equal(lanes_of(result, 'wind').length, 0);
        assert.deepEqual(moves_of(result.alerts[0]), [{ what: 'observed',
                level: 'yellow', gone: false, minutes: -20 }]);
        assert.equal(scores_of(result)[0].is.hits, 9);
        assert.deepEqual(worst_of(lanes[0].is).map((s) => [s.level, s.n]),
                [['yellow', 1], ['orange', 2]]);
        assert.deepEqual(worst_of([]), []);
});

test('a trace says when a line was reached, how near it came, what lacks',
        () => {
                const now = Date.parse('2023-10-20T08:00:00+08:00');
                const trace = made_up_trace('rain-sum', 'P1', now);
                const [yellow, orange] = findings(trace);

                assert.equal(yellow.what, 'reached');
                assert.equal(yellow.at_ms / 1000, trace.at_s[trace.lines[0]
                        .value.findIndex((v) => v >= 30)]);
                assert.equal(orange.what, 'unsure'); /* highest in the hole */
                assert.equal(orange.value, 41.5);
                assert.equal(orange.missing, 2);
                assert.equal(orange.slots, 36);
                assert.equal(curves_of(trace).length, 1);
                assert.deepEqual(blind_spans(trace).map(([a, b]) =>
                        (b - a) / 300), [19, 10]);
                trace.lines[1].answer.fill('not_set');
                trace.lines[1].threshold.fill(null);
                assert.equal(findings(trace)[1].what, 'not_set');
                trace.kind = 'soil_moisture'; /* dangerous downwards */
                trace.lines[0].value = trace.at_s.map((_, i) => i);
                trace.lines[0].answer.fill('no');
                assert.equal(findings(trace)[0].value, 0);
        });

test('both dictionaries say the same things', () => {
        const zh = read('zh-CN');
        const en = read('en');
        const holes = (text) => (text.match(/\{\w+\}/g) || []).sort().join();

        assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
        for (const key in zh)
                assert.equal(holes(zh[key]), holes(en[key]), key);
});

test('a word that is missing shows its key', () => {
        const t = create_words('en', { a: 'n = {n}' });

        assert.equal(t('a', { n: 3 }), 'n = 3');
        assert.equal(t('b'), 'b');
        assert.equal(t.pick('甲', ''), '甲');
});

/* ---- the server's doors ---- */

const answer = (status, body, headers = {}) => async () => ({ status,
        ok: status < 300, json: async () => JSON.parse(body),
        headers: { get: (n) => headers[n] ?? null } });

test('a refusal carries the problem document', async () => {
        const api = create_api(answer(409, '{"title":"x","detail":"ended"}'));

        await assert.rejects(api.ack('a', { intent: 'seen' }), (e) =>
                e instanceof Api_error && e.status === 409 &&
                e.message === 'ended');
});

test('no network is status 0; 204 has no body', async () => {
        const dead = create_api(async () => {
                throw new TypeError('failed');
        });

        await assert.rejects(dead.session(), (e) => e.status === 0);
        assert.equal(await create_api(answer(204, '')).sign_out(), null);
});

/* ---- the house's rule ---- */

test('text only ever as text: no innerHTML and its kin in the source', () => {
        const root = new URL('../../server/console/src/', import.meta.url);
        const bad = /innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\(|new Function|setAttribute\('style'/;
        const files = fs.readdirSync(root, { withFileTypes: true })
                .flatMap((d) => (d.isDirectory() ? fs.readdirSync(new URL(
                        `${d.name}/`, root)).map((n) => `${d.name}/${n}`) :
                        [d.name])).filter((n) => /\.(js|html)$/.test(n));

        assert.ok(files.length > 20);
        for (const name of files) {
                const text = fs.readFileSync(new URL(name, root), 'utf8');

                assert.doesNotMatch(text, bad, name);
                assert.doesNotMatch(text, /https?:\/\/(?!www\.w3\.org)/, name);
                if (name.endsWith('.html'))
                        assert.doesNotMatch(text, /<script(?![^>]*src=)|\son\w+=|style=/,
                                name);
        }
});

test('a draft waits for a second person, and its answer for its author', () => {
        const drafts = [
                { hash: 'a', author: 'wang', confirmed_by: null },
                { hash: 'b', author: 'li', confirmed_by: null },
                { hash: 'c', author: 'wang', confirmed_by: 'li' }];
        const of = (user, role) => {
                const x = asks_of(drafts, { user, role });

                return [x.mine, x.answered].map((l) => l.map((d) => d.hash)
                        .join('')).join('|');
        };

        assert.equal(of('li', 'duty'), 'a|');
        assert.equal(of('wang', 'admin'), 'b|c');
        assert.equal(of('zhao', 'operator'), '|');
        assert.equal(asks_of(undefined, { role: 'admin' }).mine.length, 0);
        assert.notEqual(asks_mark(asks_of(drafts, { user: 'wang',
                role: 'admin' })), asks_mark(asks_of(drafts.slice(0, 2),
                { user: 'wang', role: 'admin' })));
});
