/* ui/editor.js -- a text with numbered lines, and the line that is wrong.
 *
 * The text is checked a moment after the last key; an older answer than the
 * newest question is thrown away. */
import { h } from './dom.js';

const WAIT_MS = 350;
const LINE_PX = 19;

/* check(text) gives what POST rules/check says; shown(text, answer) is told
 * of each.  say: where the words go. */
export function create_editor(app, { label, check, shown })
{
        const { t } = app;
        const numbers = h('pre.editor-numbers', { 'aria-hidden': 'true' });
        const bar = h('div.editor-bar', { hidden: true });
        const say = h('p.editor-say', { id: 'editor-say', role: 'status' });
        const area = h('textarea.editor-text', { id: 'editor-text',
                spellcheck: 'false', autocomplete: 'off', wrap: 'off',
                rows: '22', 'aria-label': label,
                'aria-describedby': 'editor-say', oninput: typed,
                onscroll: follow });
        let asked = 0;
        let timer = 0;

        function number_lines()
        {
                const n = area.value.split('\n').length;

                if (numbers.lines === n)
                        return;
                numbers.lines = n;
                numbers.textContent = Array.from({ length: n }, (_, i) =>
                        i + 1).join('\n');
        }

        function follow()
        {
                numbers.scrollTop = area.scrollTop;
                if (bar.line)
                        bar.style.top = `${(bar.line - 1) * LINE_PX + 6 -
                                area.scrollTop}px`;
        }

        function mark(line)
        {
                bar.line = line || 0;
                bar.hidden = !line;
                area.setAttribute('aria-invalid', String(Boolean(line)));
                follow();
        }

        /* Words of ours for the usual mistakes; the server's English says
         * which thing it is, behind the place that we say ourselves. */
        function bare(answer)
        {
                const key = `fault.${answer.fault}`;
                const said = answer.message.replace(
                        /^line \d+(, column \d+)?: /, '');

                return { ...answer, message: answer.fault && t.has(key) ?
                        t('edit.both', { words: t(key), said }) : said };
        }

        function tell(answer)
        {
                say.classList.toggle('bad', !answer.ok);
                if (answer.ok)
                        say.textContent = t('edit.right', {
                                n: answer.table.rules.length });
                else
                        say.textContent = answer.line ? t(answer.column ?
                                'edit.wrong_at' : 'edit.wrong_line', bare(answer)) :
                                t('edit.wrong', bare(answer));
                mark(answer.ok ? 0 : answer.line);
        }

        async function look()
        {
                const mine = ++asked;
                const text = area.value;

                try {
                        const answer = await check(text);

                        if (mine !== asked)
                                return;
                        tell(answer);
                        shown(text, answer);
                } catch (e) {
                        if (mine !== asked)
                                return;
                        say.classList.add('bad');
                        say.textContent = t('manage.failed',
                                { why: e.message });
                        shown(text, null);
                }
        }

        function typed()
        {
                number_lines();
                asked++;
                say.textContent = t('edit.looking');
                shown(area.value, null);
                clearTimeout(timer);
                timer = setTimeout(look, WAIT_MS);
        }

        return {
                el: h('div.editor', null, h('div.editor-page', null, numbers,
                        h('div.editor-field', null, bar, area)), say),
                text: () => area.value,
                put(text)
                {
                        area.value = text;
                        area.scrollTop = 0;
                        number_lines();
                        look();
                },
                /* The caret goes to the line. */
                go_to(line)
                {
                        const at = area.value.split('\n').slice(0, line - 1)
                                .join('\n').length + (line > 1 ? 1 : 0);

                        area.focus();
                        area.setSelectionRange(at, at);
                        area.scrollTop = Math.max(0, (line - 6) * LINE_PX);
                },
                close: () => clearTimeout(timer),
        };
}
