/* ui/dom.js -- elements from calls; text only ever as text. */
const SVG = 'http://www.w3.org/2000/svg';

function put_attributes(el, attributes)
{
        for (const [name, value] of Object.entries(attributes)) {
                if (value === null || value === undefined || value === false)
                        continue;
                if (name.startsWith('on'))
                        el.addEventListener(name.slice(2), value);
                else if (name === 'data')
                        Object.assign(el.dataset, value);
                else
                        el.setAttribute(name, value === true ? '' : value);
        }
}

function put_children(el, children)
{
        for (const child of children.flat(Infinity)) {
                if (child === null || child === undefined || child === false)
                        continue;
                el.append(child instanceof Node ? child : String(child));
        }
}

/* h('button.big.red', {type, onclick, data: {}}, child, ...) */
export function h(what, attributes, ...children)
{
        const [tag, ...classes] = what.split('.');
        const el = document.createElement(tag || 'div');

        if (classes.length)
                el.className = classes.join(' ');
        if (attributes)
                put_attributes(el, attributes);
        put_children(el, children);
        return el;
}

export function svg(tag, attributes, ...children)
{
        const el = document.createElementNS(SVG, tag);

        put_attributes(el, attributes || {});
        put_children(el, children);
        return el;
}

/* Builds el's content anew when the signature differs, and gives the focus
 * back to the element with the same data-fk. */
export function redraw(el, signature, build)
{
        if (el.signature === signature)
                return false;

        const active = document.activeElement;
        const fk = active && el.contains(active) ? active.dataset.fk : null;

        el.signature = signature;
        el.replaceChildren(...[build()].flat(Infinity).filter(Boolean));
        if (fk)
                el.querySelector(`[data-fk="${CSS.escape(fk)}"]`)?.focus();
        return true;
}

/* One child per key, in order; existing children are kept and moved only
 * when they must, so that focus and scroll survive. */
export function keyed(parent, items, key_of, create, update)
{
        const old = new Map([...parent.children].map((c) => [c.key, c]));
        let at = parent.firstElementChild;

        for (const item of items) {
                const key = key_of(item);
                let el = old.get(key);

                if (!el) {
                        el = create(item);
                        el.key = key;
                }
                old.delete(key);
                update(el, item);
                if (el === at)
                        at = at.nextElementSibling;
                else
                        parent.insertBefore(el, at);
        }
        for (const el of old.values())
                el.remove();
}

export function table(columns, rows, empty)
{
        if (!rows.length)
                return h('p.quiet', null, empty);
        return h('div.scroll-x', { tabindex: '0', role: 'group' },
                h('table', null,
                        h('thead', null, h('tr', null, columns.map((c) =>
                                h('th', { scope: 'col' }, c)))),
                        h('tbody', null, rows.map((r) => h('tr', null,
                                r.map((c) => h('td', null, c)))))));
}
