/* ui/ack.js -- the dialog in which an officer answers for an agency. */
import { h } from './dom.js';
import { level_mark } from './badge.js';
import { is_ahead } from '../core/groups.js';
import { alert_title } from './describe.js';

const INTENTS = ['seen', 'verifying', 'acting', 'refused'];
export const AGENCIES = ['sanfang', 'hydrology', 'weather', 'health120',
        'county'];

export function why(t, e)
{
        return t.has(`error.${e.status}`) ? t(`error.${e.status}`) +
                (e.problem?.detail ? `（${e.problem.detail}）` : '') :
                e.status === 0 ? t('error.network') : e.message;
}

async function send(app, ids, body)
{
        if (ids.length === 1) {
                app.store.learn(await app.api.ack(ids[0], body));
                return { done: 1, failed: [] };
        }

        const { results } = await app.api.ack_many({ alerts: ids, ...body });
        const failed = results.filter((r) => r.status !== 200);

        return { done: results.length - failed.length, failed };
}

export function open_answer(app, ids)
{
        const { t } = app;
        const alerts = ids.map((id) => app.store.alerts.get(id))
                .filter(Boolean);
        const note = h('textarea', { rows: '2', maxlength: '60', id: 'note' });
        const message = h('p.form-message', { role: 'alert' });
        const pick = app.session.agency ? null : h('select', { id: 'agency' },
                h('option', { value: '' }, t('ack.agency_choose')),
                AGENCIES.map((a) => h('option', { value: a },
                        t(`agency.${a}`))));

        async function answer(intent)
        {
                const body = { intent };

                if (pick && !pick.value) {
                        message.textContent = t('ack.need_agency');
                        pick.focus();
                        return;
                }
                if (intent === 'refused' && !note.value.trim()) {
                        message.textContent = t('ack.need_note');
                        note.focus();
                        return;
                }
                if (pick)
                        body.agency = pick.value;
                if (note.value.trim())
                        body.note = note.value.trim();
                message.textContent = t('ack.sending');
                try {
                        const { done, failed } = await send(app, ids, body);

                        if (failed.length) {
                                message.textContent = t('ack.failed', {
                                        n: failed.length,
                                        why: why(t, failed[0]),
                                });
                                return;
                        }
                        dialog.close();
                        app.say(t('ack.done', { n: done }));
                } catch (e) {
                        message.textContent = t('ack.failed', {
                                n: ids.length, why: why(t, e),
                        });
                        if (e.status === 401)
                                app.signed_out();
                }
        }

        const dialog = h('dialog.answer', {
                'aria-labelledby': 'answer-title',
                onclose: () => dialog.remove(),
                onkeydown: (e) => {
                        const n = Number(e.key);

                        if (e.target !== note && n >= 1 && n <= 4)
                                answer(INTENTS[n - 1]);
                },
        },
        h('h2', { id: 'answer-title' }, ids.length > 1 ?
                t('ack.title_group', { n: ids.length }) : t('ack.title')),
        h('ul.answer-list', null, alerts.slice(0, 6).map((a) => h('li', null,
                level_mark(a.level, is_ahead(a)), h('span', null,
                        alert_title(app, a)))),
        alerts.length > 6 && h('li', null, t('list.more',
                { n: alerts.length - 6 }))),
        pick && h('label', { for: 'agency' }, t('ack.agency')), pick,
        h('div.intents', null, INTENTS.map((intent, i) => h(
                `button.intent.intent-${intent}`, {
                        type: 'button', autofocus: i === 0,
                        onclick: () => answer(intent),
                },
                h('span.intent-name', null, h('kbd', { 'aria-hidden': 'true' },
                        i + 1), t(`intent.${intent}`)),
                h('span.intent-hint', null, t(`intent.hint.${intent}`))))),
        h('label', { for: 'note' }, t('ack.note')), note, message,
        h('div.dialog-foot', null, h('button', {
                type: 'button', onclick: () => dialog.close(),
        }, t('ack.cancel'))));

        document.body.append(dialog);
        dialog.showModal();
        dialog.querySelector('.intent').focus();
}

export function open_close(app, id)
{
        const { t } = app;
        const a = app.store.alerts.get(id);
        const note = h('textarea', { rows: '2', maxlength: '60',
                id: 'close-why' });
        const message = h('p.form-message', { role: 'alert' });
        const dialog = h('dialog.answer', {
                'aria-labelledby': 'close-title',
                onclose: () => dialog.remove(),
        },
        h('h2', { id: 'close-title' }, t('ack.close')),
        h('p', null, a ? alert_title(app, a) : id),
        h('label', { for: 'close-why' }, t('ack.close_why')), note, message,
        h('div.dialog-foot', null,
                h('button.primary', { type: 'button', onclick: async () => {
                        if (!note.value.trim()) {
                                message.textContent = t('ack.close_need');
                                return;
                        }
                        try {
                                await app.api.close(id, note.value.trim());
                                dialog.close();
                        } catch (e) {
                                message.textContent = why(t, e);
                        }
                } }, t('ack.close_do')),
                h('button', { type: 'button',
                        onclick: () => dialog.close() }, t('ack.cancel'))));

        document.body.append(dialog);
        dialog.showModal();
}
