/* ui/rules-view.js -- rule tables: the one in force, earlier ones, drafts
 * and the way of a draft into force. */
import { diff_tables } from '../core/rule-diff.js';
import * as f from '../core/format.js';
import { why } from './ack.js';
import { backtest_view } from './backtest.js';
import { h, table } from './dom.js';
import { create_editor } from './editor.js';
import { block } from './facts.js';
import { fill } from './fill.js';
import { line_words, rule_rows } from './rules.js';

const LOOK_MS = 1000;

/* ---- what is different ---- */

const value_words = (x) => (x === undefined ? '–' : typeof x === 'object' ?
        Object.entries(x).map(([k, v]) => `${k} ${v}`).join(', ') : String(x));

const field_words = (t, key) => (t.has(`field.${key}`) ? t(`field.${key}`) :
        key);

function was_is(t, name, was, is)
{
        return h('li', null, h('span.diff-name', null, name), ' ',
                was !== undefined && h('del', null, was), ' ',
                is !== undefined && h('ins', null, is));
}

function change_item(app, c)
{
        const { t } = app;
        const rule = c.is || c.was;
        const line = (side, l) => (l ? line_words(t, side, l) : undefined);

        return h('li', { data: { fate: c.fate } },
                h('b', null, t(`diff.${c.fate}`)), ' ',
                h('code', null, c.id), ' ', t.pick(rule.text, rule.text_en),
                h('ul', null,
                        c.lines.map((l) => was_is(t, t(`level.${l.level}`),
                                line(c.was, l.was), line(c.is, l.is))),
                        c.fields.map((x) => was_is(t, field_words(t, x.key),
                                value_words(x.was), value_words(x.is)))));
}

function diff_view(app, was, is)
{
        const { t } = app;
        const d = diff_tables(was, is);

        return h('div.diff', null,
                h('p', null, t('diff.title', {
                        was: `${was.name} v${was.version}`,
                        is: `${is.name} v${is.version}` })),
                h('ul', null,
                        d.head.map((x) => was_is(t, field_words(t, x.key),
                                value_words(x.was), value_words(x.is))),
                        d.rules.map((c) => change_item(app, c))),
                h('p.quiet', null, d.rules.length || d.head.length ?
                        t('diff.same', { n: d.same }) : t('diff.none')));
}

/* ---- how a draft stands, in words ---- */

function word(t, key, x)
{
        if (!x)
                return null;
        return h('li', null, t(key, { user: x.by, at: f.stamp(x.at) }),
                !x.stands && ` ${t('draft.stale')}`);
}

function state_words(app, d, run)
{
        const { t } = app;
        const mine = run?.hash === d.hash;

        return h('ul.draft-state', null,
                h('li', null, t('draft.by', { user: d.author,
                        at: f.stamp(d.drafted_at) })),
                mine && run.running && h('li', null, t('draft.running',
                        { n: run.percent }), ' ',
                h('progress', { max: '100', value: String(run.percent),
                        'aria-label': t('draft.backtest') })),
                mine && run.failed && h('li.bad', null, t('draft.failed',
                        { why: run.failed })),
                word(t, 'draft.tested', d.tested),
                word(t, 'draft.confirmed', d.confirmed),
                h('li.draft-verdict', null, d.in_force ? t('draft.in_force') :
                        d.ready ? t('draft.ready') : t('draft.waits')));
}

/* The exact text in force, its object, and its hash. */
async function read_now(app)
{
        const text = await app.api.rules_text();

        return { text, object: JSON.parse(text) };
}

export function create_rules(app)
{
        const { t } = app;
        const admin = app.session.role === 'admin';
        const duty = admin || app.session.role === 'duty';
        const may_check = duty || app.session.role === 'operator';
        const message = h('p.form-message', { role: 'alert' });
        const words = h('div');
        const versions = h('div');
        const drafts = h('div');
        const waiting = h('div.asks', { role: 'status' });
        const compare = h('div');
        const detail = h('div.draft-detail');
        let now = null;         /* the table in force */
        let open_hash = null;   /* the draft that is shown */
        let checked = null;     /* {text, answer} of the editor */
        let timer = 0;

        const failed = (e) => {
                const key = `problem.${e.problem?.code}`;

                message.textContent = t('manage.failed', { why: t.has(key) ?
                        t(key) : e.problem?.detail || why(t, e) });
        };
        const act = (fn) => async () => {
                message.textContent = '';
                try {
                        await fn();
                } catch (e) {
                        failed(e);
                }
        };

        /* ---- the editor ---- */

        const keep = h('button.primary.draft-keep', { type: 'button',
                disabled: true, onclick: act(async () => {
                        const d = await app.api.rules_draft(editor.text());

                        await show_draft(d.hash);
                        await load_drafts();
                        app.say(t('draft.kept'));
                }) }, t('draft.keep'));
        const editor = !may_check ? null : create_editor(app, {
                label: t('edit.title'),
                check: (text) => app.api.rules_check(text),
                shown(text, answer)
                {
                        checked = answer?.ok ? { text, answer } : null;
                        keep.disabled = !checked || answer.in_force;
                        show_compare();
                },
        });

        function show_compare()
        {
                if (!checked || !now)
                        compare.replaceChildren();
                else if (checked.answer.in_force)
                        compare.replaceChildren(h('p.quiet', null,
                                t('edit.is_now')));
                else
                        compare.replaceChildren(diff_view(app, now.object,
                                JSON.parse(checked.text)));
        }

        /* ---- drafts ---- */

        const post = (verb, hash) => act(async () => {
                await app.api[verb](hash);
                await refresh();
        });

        function draft_buttons(d, run)
        {
                const waits = d.author !== app.session.user && duty &&
                        !d.confirmed?.stands && !d.in_force;

                return h('div.acts', null,
                        admin && h('button.draft-backtest', { type: 'button',
                                disabled: d.in_force || run?.running,
                                onclick: post('rules_backtest', d.hash) },
                        t('draft.backtest')),
                        waits && h('button.draft-confirm', { type: 'button',
                                onclick: post('rules_confirm', d.hash) },
                        t('draft.confirm')),
                        admin && h('button.primary.draft-activate', {
                                type: 'button', disabled: !d.ready,
                                onclick: post('rules_activate', d.hash) },
                        t('draft.activate')),
                        may_check && h('button', { type: 'button', onclick:
                                () => editor.put(d.text) }, t('draft.edit')));
        }

        function draft_view(d)
        {
                return h('div', null,
                        h('h4', { tabindex: '-1' }, t('draft.title', {
                                name: d.name, version: d.version }), ' ',
                        h('code', null, d.hash.slice(0, 8))),
                        state_words(app, d, d.run),
                        draft_buttons(d, d.run),
                        !d.in_force && !d.ready && d.author ===
                                app.session.user && h('p.quiet', null,
                                t('draft.ask', { link: location.href })),
                        now && diff_view(app, now.object, JSON.parse(d.text)),
                        d.result && backtest_view(app, d.result));
        }

        /* Drawn again only when something changed: a picture is not taken
         * away under the eye. */
        async function show_draft(hash)
        {
                const d = await app.api.rules_draft_of(hash);
                const { run, text, result, ...rest } = d;
                const mark = JSON.stringify([rest, run, now?.object.version]);

                open_hash = hash;
                if (detail.mark !== mark)
                        detail.replaceChildren(draft_view(d));
                detail.mark = mark;
                if (run?.running)
                        watch();
                return d;
        }

        function watch()
        {
                clearTimeout(timer);
                timer = setTimeout(() => {
                        if (detail.isConnected && !detail.closest('[hidden]'))
                                act(async () => {
                                        const d = await show_draft(open_hash);

                                        if (!d.run?.running)
                                                await load_drafts();
                                })();
                }, LOOK_MS);
        }

        function draft_rows(x)
        {
                return table([t('draft.name'), t('draft.author'),
                        t('draft.when'), t('draft.state'), ''],
                x.drafts.map((d) => [`${d.name} v${d.version}`, d.author,
                        f.stamp(d.drafted_at), t(d.in_force ?
                                'draft.short.in_force' : d.ready ?
                                'draft.short.ready' : d.tested || d.confirmed ?
                                'draft.short.stale' : 'draft.short.waits'),
                        h('button.small.draft-open', { type: 'button',
                                onclick: act(() => show_draft(d.hash)) },
                        t('draft.open'))]), t('draft.none'));
        }

        const load_drafts = () => fill(app, drafts, app.api.rules_drafts,
                draft_rows);

        /* ---- what waits for this user ---- */

        let asks = { mine: [], answered: [] };

        /* In a few words; the whole is in the draft. */
        function change_words(d)
        {
                const c = diff_tables(now.object, JSON.parse(d.text));

                return [...c.rules.map((x) => `${t(`diff.${x.fate}`)} ${x.id}`),
                        ...c.head.map((x) => field_words(t, x.key))]
                        .slice(0, 6).join(t('list.comma'));
        }

        function ask_row(d, key)
        {
                return h('p.ask', { data: { hash: d.hash } },
                        h('b', null, t(key, { user: key === 'draft.for_you' ?
                                d.author : d.confirmed.by, name: d.name,
                        version: d.version })), ' ',
                        t('draft.since', { at: f.stamp(key === 'draft.for_you' ?
                                d.drafted_at : d.confirmed.at),
                        what: change_words(d) }), ' ',
                        h('button.small.ask-open', { type: 'button',
                                onclick: act(() => show_draft(d.hash)) },
                        t('draft.open')));
        }

        async function show_asks()
        {
                const of = (list) => Promise.all(list.map((d) =>
                        app.api.rules_draft_of(d.hash)));
                const mine = await of(asks.mine);
                const answered = await of(asks.answered);

                waiting.replaceChildren(
                        ...mine.map((d) => ask_row(d, 'draft.for_you')),
                        ...answered.filter((d) => d.confirmed).map((d) =>
                                ask_row(d, 'draft.answered')));
        }

        /* ---- versions ---- */

        async function text_of(v)
        {
                const x = await app.api.rules_version(v.seq);

                return x.versions[0]?.text || '{}';
        }

        function version_rows(x)
        {
                return table([t('draft.name'), t('version.by'),
                        t('version.at'), 'SHA-256', ''],
                x.versions.map((v, i) => [`${v.name} v${v.version}`,
                        v.by || '–', f.stamp(v.put_at),
                        h('code', null, v.hash.slice(0, 8)),
                        h('div.acts', null,
                                i > 0 && h('button.small.version-diff', {
                                        type: 'button', onclick: act(
                                                async () => show_between(v,
                                                        x.versions[0])) },
                                t('version.diff')),
                                x.versions[i + 1] && h('button.small', {
                                        type: 'button', onclick: act(
                                                async () => show_between(
                                                        x.versions[i + 1],
                                                        v)) },
                                t('version.before')),
                                may_check && h('button.small', {
                                        type: 'button', onclick: act(
                                                async () => editor.put(
                                                        await text_of(v))) },
                                t('version.edit')))]), t('manage.empty'));
        }

        async function show_between(was, is)
        {
                between.replaceChildren(diff_view(app,
                        JSON.parse(await text_of(was)),
                        JSON.parse(await text_of(is))));
                between.scrollIntoView({ block: 'nearest' });
        }

        const between = h('div');

        /* ---- all of it ---- */

        async function refresh()
        {
                now = await read_now(app).catch(() => null);
                await Promise.all([
                        fill(app, words, app.api.rules, (x) =>
                                rule_rows(app, x)),
                        fill(app, versions, app.api.rules_versions,
                                version_rows),
                        load_drafts(), now && show_asks(),
                        open_hash && show_draft(open_hash)]);
                show_compare();
        }

        const el = h('div.rules', null, h('h2', null, t('rules.view')),
                h('button.small', { type: 'button', onclick: act(refresh) },
                        t('manage.refresh')), message, waiting,
                block(t('rules.title'), words),
                block(t('version.title'), versions, between),
                block(t('draft.list'), drafts, detail),
                editor && block(t('edit.title'), h('p.quiet', null,
                        t('edit.hint')),
                h('div.acts', null, h('button.editor-now', { type: 'button',
                        onclick: () => now && editor.put(now.text) },
                t('edit.take_now')), admin && keep), editor.el, compare));

        return {
                el,
                open: () => act(async () => {
                        await refresh();
                        if (editor && !editor.text() && now)
                                editor.put(now.text);
                })(),
                /* Said by the feed; drawn when it is looked at. */
                asked(next)
                {
                        asks = next;
                        if (el.isConnected && !el.closest('[hidden]'))
                                act(refresh)();
                },
                close()
                {
                        clearTimeout(timer);
                        editor?.close();
                },
        };
}
