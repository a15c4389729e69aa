/* ui/facts.js -- small pieces that panels share. */
import { h } from './dom.js';

export function facts(pairs)
{
        return h('dl.facts', null, pairs.filter(Boolean).map(([k, v]) =>
                h('div', null, h('dt', null, k), h('dd', null, v))));
}

export function block(title, ...children)
{
        return h('section.block', null, h('h3', null, title), children);
}

export function panel_head(app, mark, title, under)
{
        return h('header.panel-head', null,
                h('span.panel-mark', null, mark),
                h('div', null, h('h2', { tabindex: '-1' }, title),
                        under && h('p.panel-under', null, under)),
                h('button.icon', {
                        type: 'button', 'aria-label': app.t('panel.close'),
                        title: app.t('panel.close'),
                        onclick: () => app.select(null),
                }, '×'));
}
