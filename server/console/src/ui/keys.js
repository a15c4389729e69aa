/* ui/keys.js -- the keyboard, and the page that lists it. */
import { h } from './dom.js';

const KEYS = [
        ['j k ↑ ↓', 'move'], ['Enter', 'open'], ['a', 'ack'], ['m', 'map'],
        ['t', 'table'], ['/', 'filter'], ['s', 'silence'], ['?', 'help'],
        ['Esc', 'escape'],
];

export function open_help(app)
{
        const { t } = app;
        const dialog = h('dialog.help', { 'aria-labelledby': 'help-title',
                onclose: () => dialog.remove() },
        h('h2', { id: 'help-title' }, t('help.title')),
        h('dl.keys', null, KEYS.map(([keys, what]) => h('div', null,
                h('dt', null, keys.split(' ').map((k) => h('kbd', null, k))),
                h('dd', null, t(`help.${what}`))))),
        h('div.dialog-foot', null, h('button.primary', { type: 'button',
                onclick: () => dialog.close() }, t('help.close'))));

        document.body.append(dialog);
        dialog.showModal();
}

/* acts: {move(step), ack(), view(name), filter(), silence(), help(),
 * escape()} */
export function listen_keys(acts)
{
        const table = {
                j: () => acts.move(1), k: () => acts.move(-1),
                ArrowDown: () => acts.move(1), ArrowUp: () => acts.move(-1),
                a: acts.ack, m: () => acts.view('map'),
                t: () => acts.view('table'), '/': acts.filter,
                s: acts.silence, '?': acts.help, Escape: acts.escape,
        };

        function on_key(e)
        {
                const typing = /^(INPUT|TEXTAREA|SELECT)$/
                        .test(e.target.tagName);

                if (e.ctrlKey || e.metaKey || e.altKey ||
                    document.querySelector('dialog[open]'))
                        return;
                if (typing) {
                        if (e.key === 'Escape')
                                e.target.blur();
                        return;
                }
                if (e.key.startsWith('Arrow') && e.target !== document.body &&
                    !e.target.closest('.list'))
                        return;
                if (table[e.key]) {
                        e.preventDefault();
                        table[e.key]();
                }
        }

        document.addEventListener('keydown', on_key);
        return () => document.removeEventListener('keydown', on_key);
}
