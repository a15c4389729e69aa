/* core/rule-diff.js -- what is different between two rule tables.
 *
 * In:  two tables as GET /api/v1/rules or a file has them.
 * Out: {head: [{key, was, is}], rules: [{id, fate, was, is, fields, lines}],
 *      same}; fate added, removed or changed; a field or a line has was and
 *      is, one of them undefined where it was not there.
 * Pure. */
const HEAD = ['name', 'version', 'text'];

/* Members that a table may leave out, and what that means. */
const USUAL = { hysteresis: 0, hold_s: 0, unverified: false, base: 'value' };

const text_of = (x) => (x !== null && typeof x === 'object' ?
        JSON.stringify(Object.entries(x).sort()) : JSON.stringify(x));

const usual = (key, x) => (x === undefined ? USUAL[key] : x);

function fields_of(was, is, skip)
{
        const keys = new Set([...Object.keys(was), ...Object.keys(is)]);

        return [...keys].filter((key) => !skip.includes(key) &&
                text_of(usual(key, was[key])) !== text_of(usual(key, is[key])))
                .map((key) => ({ key, was: was[key], is: is[key] }));
}

/* A line is known by its level: a rule has one of each. */
function lines_of(was, is)
{
        const old = new Map((was.lines || []).map((l) => [l.level, l]));
        const out = [];

        for (const line of is.lines || []) {
                const before = old.get(line.level);

                old.delete(line.level);
                if (!before || fields_of(before, line, []).length)
                        out.push({ level: line.level, was: before, is: line });
        }
        for (const [level, line] of old)
                out.push({ level, was: line, is: undefined });
        return out;
}

function change_of(was, is)
{
        const fields = fields_of(was, is, ['id', 'lines']);
        const lines = lines_of(was, is);

        return fields.length || lines.length ?
                { id: is.id, fate: 'changed', was, is, fields, lines } : null;
}

export function diff_tables(was, is)
{
        const old = new Map((was.rules || []).map((r) => [r.id, r]));
        const rules = [];
        let same = 0;

        for (const rule of is.rules || []) {
                const before = old.get(rule.id);
                const change = before ? change_of(before, rule) : { id: rule.id,
                        fate: 'added', is: rule, fields: [], lines: [] };

                old.delete(rule.id);
                if (change)
                        rules.push(change);
                else
                        same++;
        }
        for (const rule of old.values())
                rules.push({ id: rule.id, fate: 'removed', was: rule,
                        fields: [], lines: [] });
        return { head: HEAD.filter((key) => was[key] !== is[key])
                .map((key) => ({ key, was: was[key], is: is[key] })),
        rules, same };
}
