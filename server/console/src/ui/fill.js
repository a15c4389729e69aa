/* ui/fill.js -- an element that shows what the server says, or why not. */
import { h } from './dom.js';
import { why } from './ack.js';

export async function fill(app, el, load, show)
{
        const { t } = app;

        el.replaceChildren(h('p.quiet', null, t('chart.loading')));
        try {
                el.replaceChildren(h('div', null, show(await load())));
        } catch (e) {
                el.replaceChildren(h('p.quiet', null, e.status === 403 ?
                        t('manage.no_right') : t('manage.failed',
                        { why: why(t, e) })));
        }
}
