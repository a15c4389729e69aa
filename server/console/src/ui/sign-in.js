/* ui/sign-in.js -- the form in front of everything. */
import { h } from './dom.js';

export function create_sign_in(app, notice, done)
{
        const { t } = app;
        const user = h('input', { id: 'user', name: 'user', required: true,
                autocomplete: 'username', autocapitalize: 'none',
                spellcheck: 'false' });
        const password = h('input', { id: 'password', name: 'password',
                type: 'password', required: true,
                autocomplete: 'current-password' });
        const message = h('p.form-message', { role: 'alert' }, notice || '');
        const button = h('button.primary', { type: 'submit' },
                t('sign.enter'));

        async function submit(e)
        {
                e.preventDefault();
                button.disabled = true;
                message.textContent = '';
                try {
                        done(await app.api.sign_in(user.value.trim(),
                                password.value));
                } catch (err) {
                        message.textContent = err.status === 401 ?
                                t('sign.wrong') : err.status === 429 ?
                                        t('sign.many', { s: err.retry_after ||
                                                60 }) :
                                        t('sign.unreachable', {
                                                why: err.message });
                        password.select();
                } finally {
                        button.disabled = false;
                }
        }

        const el = h('main.sign', null, h('form', { onsubmit: submit },
                h('div.sign-head', null, h('img', { src: '/favicon.svg',
                        alt: '', width: '44', height: '44' }),
                h('div', null, h('h1', null, t('app.title')),
                        h('p', null, t('sign.title')))),
                h('label', { for: 'user' }, t('sign.user')), user,
                h('label', { for: 'password' }, t('sign.password')), password,
                message, button,
                h('p.quiet', null, t('sign.note')),
                h('button.link', { type: 'button', 'aria-label':
                        t('app.lang_label'), onclick: app.switch_language },
                t('app.lang'))));

        setTimeout(() => user.focus());
        return el;
}
