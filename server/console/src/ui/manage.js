/* ui/manage.js -- the clock, sessions, wall links, quarantine, audit. */
import * as f from '../core/format.js';
import { h, table } from './dom.js';
import { block } from './facts.js';
import { fill } from './fill.js';
import { score_tables } from './scores.js';
import { why } from './ack.js';

const RATES = [0, 1, 10, 60, 150];

function clock_block(app, message)
{
        const { t } = app;
        const row = h('div.acts', { role: 'group',
                'aria-label': t('manage.clock') });

        const rate_now = () => (app.store.system?.paused ? 0 :
                app.store.system?.rate ?? app.clock.rate());
        let drawn = null;

        function draw()
        {
                const now = rate_now();

                drawn = now;
                row.replaceChildren(...RATES.map((rate) => h('button', {
                        type: 'button', 'aria-pressed': String(now === rate),
                        onclick: async () => {
                                try {
                                        const c = await app.api.set_rate(rate);

                                        app.clock.set({ ...c, engine: c.now },
                                                performance.now());
                                        setTimeout(draw, 1200);
                                } catch (e) {
                                        message.textContent =
                                                t('manage.failed',
                                                        { why: why(t, e) });
                                }
                        },
                }, rate ? `${rate}×` : t('manage.pause'))));
        }

        draw();
        return {
                row, draw,
                tick()
                {
                        if (rate_now() !== drawn)
                                draw();
                },
        };
}

function session_rows(app, list, again)
{
        const { t } = app;

        return table([t('manage.user'), t('manage.kind'), t('manage.opened'),
                t('manage.expires'), ''], list.map((s) => [
                s.shown || s.user,
                s.wall ? t('manage.wall') : t('manage.person'),
                f.stamp(s.opened_at), s.expires_at ? f.stamp(s.expires_at) :
                        '–',
                h('button.small', { type: 'button', onclick: async () => {
                        await app.api.revoke(s.token_hash).catch(() => {});
                        again();
                } }, t('manage.revoke')),
        ]), t('manage.empty'));
}

function quarantine_rows(app, list)
{
        const { t } = app;

        return table([t('manage.last'), t('manage.reason'), t('manage.detail'),
                t('manage.topic'), t('manage.count'), t('manage.bytes')],
        list.slice(0, 200).map((q) => [
                f.stamp(q.last_at || q.at || q.time), q.reason || '',
                q.detail || '', q.topic || '', String(q.count ?? 1),
                h('code', null, String(q.head ?? q.bytes ?? '')
                        .slice(0, 160)),
        ]), t('manage.empty'));
}

function audit_rows(app, list)
{
        const { t } = app;

        return table([t('manage.when'), t('manage.user'), t('manage.action'),
                t('manage.subject'), t('manage.detail')], list.map((x) => [
                f.stamp(x.real_at || x.at || x.time), x.user || '–',
                t.has(`act.${x.action}`) ? t(`act.${x.action}`) :
                        x.action || '', x.subject || '',
                typeof x.detail === 'object' && x.detail ?
                        JSON.stringify(x.detail) :
                        t.has(`intent.${x.detail}`) ? t(`intent.${x.detail}`) :
                                t.has(`act.${x.detail}`) ?
                                        t(`act.${x.detail}`) :
                                        x.detail || x.note || '',
        ]), t('manage.empty'));
}

export function create_manage(app)
{
        const { t } = app;
        const role = app.session.role;
        const admin = role === 'admin';
        const duty = admin || role === 'duty';
        const message = h('p.form-message', { role: 'alert' });
        const clock = clock_block(app, message);
        const sessions = h('div');
        const scores = h('div');
        const quarantine = h('div');
        const audit = h('div');
        const link = h('p');

        const load = {
                sessions: () => fill(app, sessions, app.api.sessions, (x) =>
                        session_rows(app, x.sessions || [], load.sessions)),
                scores: () => fill(app, scores, app.api.scores, (x) =>
                        score_tables(app, x)),
                quarantine: () => fill(app, quarantine, app.api.quarantine,
                        (x) => quarantine_rows(app, x.quarantine ||
                                x.messages || [])),
                audit: () => fill(app, audit, () => app.api.audit(100), (x) =>
                        audit_rows(app, x.audit || x.entries || [])),
        };

        async function make_wall()
        {
                try {
                        const { token_url } = await app.api.make_wall();

                        link.replaceChildren(`${t('manage.wall_made')}: `,
                                h('a', { href: token_url, target: '_blank',
                                        rel: 'noopener' },
                                new URL(token_url, location.href).href));
                        if (admin)
                                load.sessions();
                } catch (e) {
                        message.textContent = t('manage.failed',
                                { why: why(t, e) });
                }
        }

        const refresh = (fn) => h('button.small', { type: 'button',
                onclick: fn }, t('manage.refresh'));
        const el = h('div.manage', null, h('h2', null, t('manage.title')),
                message,
                admin && block(t('manage.clock'), clock.row,
                        h('p.quiet', null, t('manage.clock_note'))),
                duty && block(t('manage.sessions'), h('div.acts', null,
                        h('button', { type: 'button', onclick: make_wall },
                                t('manage.wall_make'))), link,
                admin && sessions),
                block(t('score.title'), refresh(load.scores), scores),
                block(t('manage.quarantine'), refresh(load.quarantine),
                        quarantine),
                duty && block(t('manage.audit'), refresh(load.audit), audit));

        return {
                el,
                tick: clock.tick,
                open()
                {
                        clock.draw();
                        load.scores();
                        load.quarantine();
                        if (duty)
                                load.audit();
                        if (admin)
                                load.sessions();
                },
        };
}
