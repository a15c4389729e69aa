/* ui/admit.js -- two forms of the station book: an unknown station becomes
 * one of ours, and a value is put right. */
import { h } from './dom.js';
import { why } from './ack.js';

const KINDS = ['PP', 'ZZ', 'RR', 'MM', 'SS'];

/* A dialog with fields and one button; act(values) may throw. */
function open_form(app, title, intro, fields, action, act)
{
        const { t } = app;
        const message = h('p.form-message', { role: 'alert' });
        const dialog = h('dialog.answer', { 'aria-labelledby': 'form-title',
                onclose: () => dialog.remove() },
        h('form', { onsubmit: async (e) => {
                e.preventDefault();
                message.textContent = t('ack.sending');
                try {
                        await act(Object.fromEntries(fields.map((x) =>
                                [x.key, x.input.value.trim()])));
                        dialog.close();
                } catch (err) {
                        message.textContent = why(t, err);
                        if (err.status === 401)
                                app.signed_out();
                }
        } },
        h('h2', { id: 'form-title' }, title), intro && h('p', null, intro),
        fields.map((x) => [h('label', { for: x.input.id }, x.label),
                x.input]), message,
        h('div.dialog-foot', null,
                h('button.primary', { type: 'submit' }, action),
                h('button', { type: 'button', onclick: () =>
                        dialog.close() }, t('ack.cancel')))));

        document.body.append(dialog);
        dialog.showModal();
        fields[0].input.focus();
}

const text_field = (key, label, more) => ({ key, label,
        input: h('input', { id: `form-${key}`, ...more }) });

const choice_field = (key, label, options) => ({ key, label,
        input: h('select', { id: `form-${key}` }, options.map(([value, text]) =>
                h('option', { value }, text))) });

export function open_admit(app, applicant, done)
{
        const { t } = app;
        const number = { required: true, inputmode: 'decimal',
                pattern: '-?[0-9]+([.][0-9]+)?' };
        const is_address = /^[0-9A-Fa-f]{10}$/.test(applicant.name);

        open_form(app, t('book.admit_title', { name: applicant.name }),
                t('book.admit_intro', { n: applicant.waiting }), [
                        text_field('code', t('station.code'), {
                                required: true, maxlength: '32',
                                value: applicant.name,
                                pattern: '[A-Za-z0-9_\\-]+' }),
                        text_field('name', t('table.name'), {
                                required: true, maxlength: '40' }),
                        choice_field('kind', t('station.kind'), KINDS.map((k) =>
                                [k, t(`kind.${k}`)])),
                        text_field('lon', t('book.lon'), number),
                        text_field('lat', t('book.lat'), number),
                ], t('book.admit'), async (v) => {
                        await app.api.admit(applicant.name, { code: v.code,
                                name: v.name, kind: v.kind, lon: Number(v.lon),
                                lat: Number(v.lat), ...(is_address &&
                                        { sl651: applicant.name }) });
                        app.say(t('book.admitted', { name: v.code }));
                        done();
                });
}

export function open_amend(app, code, elements, done)
{
        const { t } = app;

        open_form(app, t('amend.title'), t('amend.intro'), [
                choice_field('element', t('alert.element'), elements.map((e) =>
                        [e, t.has(`element.${e}`) ?
                                `${t(`element.${e}`)} (${e})` : e])),
                text_field('time', t('amend.time'), { required: true,
                        placeholder: '2023-10-20T03:00:00+08:00' }),
                text_field('value', t('amend.value'), { required: true,
                        inputmode: 'decimal',
                        pattern: '-?[0-9]+([.][0-9]+)?' }),
                text_field('reason', t('amend.reason'), { required: true,
                        maxlength: '60' }),
        ], t('amend.do'), async (v) => {
                await app.api.amend(code, { element: v.element, time: v.time,
                        value: Number(v.value), reason: v.reason });
                app.say(t('amend.done'));
                done();
        });
}
