/* mock_rules.mjs -- the doors of rule tables, as far as the page needs them:
 * a table is right when it is JSON with rules and no "wrong" in it.  Proves
 * nothing about the server. */
import { createHash } from 'node:crypto';

const hash_of = (text) => createHash('sha256').update(text).digest('hex');

/* The line that a message of JSON.parse names, or that a word stands in. */
function line_of(text, at)
{
        return text.slice(0, at).split('\n').length;
}

export function check_text(text, now_hash)
{
        const bad = text.indexOf('"wrong"');
        let table;

        try {
                table = JSON.parse(text);
        } catch (e) {
                const at = Number(/position (\d+)/.exec(e.message)?.[1] ??
                        text.length);

                return { ok: false, code: 'syntax', fault: 'json',
                        message: e.message,
                        line: line_of(text, at), column: null };
        }
        if (bad >= 0 || !Array.isArray(table.rules))
                return { ok: false, code: 'unknown', fault: 'unknown_field',
                        message:
                        'unknown field "wrong": remove it', line:
                        line_of(text, Math.max(bad, 0)), column: 3 };
        return { ok: true, hash: hash_of(text), in_force: hash_of(text) ===
                now_hash, table };
}

/* Two runs over half a day, made up. */
export function made_up_result(was, is)
{
        const at = (h, m = 0) => `2023-10-20T${String(h).padStart(2, '0')}:` +
                `${String(m).padStart(2, '0')}:00+08:00`;
        const side = (h, to, level, observed) => ({ raised_at: at(h),
                ended_at: to ? at(to) : null, level, late: false,
                observed: observed || { [level]: at(h) }, forecast: {} });
        const alert = (fate, subject, county, hazard, a, b) => ({ fate,
                subject, zone: county, county, hazard, is_zone: false,
                was: a, is: b });
        const score = (hits, misses, alarms, lead) => ({ hazard: 'flood',
                level: 'yellow', observed: hits + misses, hits, misses,
                false_alarms: alarms, open: 0, pod: hits + misses < 10 ? null :
                        hits / (hits + misses), far: null, csi: null,
                lead_least_s: lead, lead_median_s: lead });

        return { was, is, from: at(2), to: at(16),
                summary: { same: 1, moved: 1, gone: 1, new: 2 },
                counts: [{ hazard: 'flood', level: 'red', was: 1, is: 1 },
                        { hazard: 'flood', level: 'yellow', was: 3, is: 2 },
                        { hazard: 'rainstorm', level: 'orange', was: 2,
                                is: 5 }],
                alerts: [
                        alert('moved', 'MM-ZZ-XDJ01', '440981', 'flood',
                                side(5, 12, 'yellow', { yellow: at(5) }),
                                side(4, 12, 'yellow', { yellow: at(4, 40) })),
                        alert('gone', 'MM-ZZ-XDJ02', '440982', 'flood',
                                side(7, 9, 'yellow'), null),
                        alert('new', 'MM-PP-0001', '440981', 'rainstorm', null,
                                side(6, 0, 'orange')),
                        alert('new', 'MM-PP-0002', '440983', 'rainstorm', null,
                                side(8, 11, 'orange')),
                        alert('same', 'MM-ZZ-XDJ03', '440902', 'flood',
                                side(3, 15, 'red'), side(3, 15, 'red')),
                ],
                left_out: 0,
                scores: { was: [score(6, 8, 1, 3600)],
                        is: [score(9, 5, 2, 4800)] } };
}

/* A day of rain sums that come near 50 mm, with a hole in it. */
export function made_up_trace(rule, station, now_ms)
{
        const end = Math.floor(now_ms / 300000) * 300;
        const at_s = Array.from({ length: 289 }, (_, i) => end - (288 - i) *
                300);
        const value = at_s.map((_, i) => (i < 20 ? null :
                Math.round(415 * Math.sin(i / 92)) / 10));
        const line = (level, limit) => ({ level, when: null, element: 'P3',
                unit: 'mm', window_s: 10800, value,
                threshold: at_s.map(() => limit),
                answer: value.map((v, i) => (v === null || i > 136 &&
                        i < 148 ? 'cannot_say' : v >= limit ? 'yes' : 'no')),
                missing_s: value.map((v, i) => (i > 136 && i < 148 ? 600 :
                        0)), on: value.map((v) => v >= limit) });

        return { rule, kind: 'rain_sum', text: '雨量', text_en: 'rain', station,
                interval_s: 300, step_s: 300, hold_s: 1800, hysteresis: 2,
                at_s, lines: [line('yellow', 30), line('orange', 50)],
                alerts: [{ id: 'x', level: 'yellow', observed_at: new Date(
                        at_s[75] * 1000).toISOString(), raised_at: new Date(
                        at_s[75] * 1000).toISOString(), ended_at: null,
                late: false }] };
}

export function create_rule_doors(first, now_text)
{
        const versions = [];
        const drafts = new Map();
        let text = now_text;
        let run = null;

        const object = () => JSON.parse(text);

        function put(by)
        {
                const t = object();

                versions.unshift({ seq: 100 + versions.length, hash:
                        hash_of(text), name: t.name, version: t.version, by,
                put_at: new Date().toISOString(), text });
        }

        function word(x)
        {
                return x && { ...x, stands: x.against === hash_of(text) };
        }

        function draft(d)
        {
                const in_force = d.hash === hash_of(text);
                const tested = word(d.tested);
                const confirmed = word(d.confirmed);

                return { ...d, tested, confirmed, in_force, ready: !in_force &&
                        Boolean(tested?.stands || confirmed?.stands), run };
        }

        const brief = ({ text: _, result: __, run: ___, ...rest }) => rest;
        const now = () => new Date().toISOString();

        function get(p)
        {
                const [, what, id] = p.split('/');

                if (!what)
                        return { ...object(), hash: hash_of(text),
                                by: versions[0].by,
                                put_at: versions[0].put_at };
                if (what === 'versions')
                        return { versions: id ? versions.filter((v) =>
                                String(v.seq) === id) : versions };
                if (what === 'drafts' && id)
                        return drafts.has(id) ? draft(drafts.get(id)) : null;
                return { drafts: [...drafts.values()].map((d) =>
                        brief(draft(d))).reverse(), run };
        }

        function act(d, verb, user)
        {
                const mark = { by: user.user, at: now(),
                        against: hash_of(text) };

                if (verb === 'backtest') {
                        const t = object();

                        run = { hash: d.hash, running: true, percent: 40,
                                failed: null };
                        setTimeout(() => {
                                run = { ...run, running: false, percent: 100 };
                                d.tested = mark;
                                d.result = made_up_result({ name: t.name,
                                        version: t.version }, { name: d.name,
                                        version: d.version });
                        }, 1200);
                } else if (verb === 'confirm') {
                        if (d.author === user.user)
                                return [403, { detail: 'a second person' }];
                        d.confirmed = mark;
                } else if (!draft(d).ready) {
                        return [409, { code: 'not_backtested' }];
                } else {
                        text = d.text;
                        put(user.user);
                }
                return [200, draft(d)];
        }

        /* [status, body] */
        function post(p, body, user)
        {
                const [, what, id, verb] = p.split('/');
                const answer = what === 'check' || !id ?
                        check_text(body, hash_of(text)) : null;

                if (what === 'check')
                        return [200, answer];
                if (user.role !== 'admin' && verb !== 'confirm')
                        return [403, { detail: 'only an administrator' }];
                if (id)
                        return drafts.has(id) ? act(drafts.get(id), verb,
                                user) : [404, {}];
                if (!answer.ok)
                        return [400, { detail: answer.message }];
                drafts.set(answer.hash, { hash: answer.hash, name:
                        answer.table.name, version: answer.table.version,
                author: user.user, drafted_at: now(), tested: null,
                confirmed: null, text: body, result: null });
                return [200, draft(drafts.get(answer.hash))];
        }

        /* As system.drafts of the feed. */
        function asks()
        {
                return [...drafts.values()].map(draft).filter((d) =>
                        !d.in_force && d.drafted_at >= versions[0].put_at &&
                        (!d.tested || d.confirmed)).map((d) => ({
                        hash: d.hash, name: d.name, version: d.version,
                        author: d.author, drafted_at: d.drafted_at,
                        confirmed_by: d.confirmed?.by || null }));
        }

        put(first);
        return { get, post, text: () => text, asks };
}
