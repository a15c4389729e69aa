/* ui/dom.js -- elements from calls; text only ever as text. */
const SVG = 'http://www.w3.org/2000/svg';

/* One listener per kind of event; what it does can be exchanged. */
function put_act(el, type, act)
{
        el.acts ??= {};
        if (!el.acts[type])
                el.addEventListener(type, (e) => el.acts[type](e));
        el.acts[type] = act;
}

function put_attributes(el, attributes)
{
        for (const [name, value] of Object.entries(attributes)) {
                if (value === null || value === undefined || value === false)
                        continue;
                if (name.startsWith('on'))
                        put_act(el, name.slice(2), value);
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

const acts_of = (el) => Object.keys(el.acts || {}).join();

/* May one stand for the other, with its text and attributes changed? */
function alike(a, b)
{
        if (a.nodeType !== b.nodeType)
                return false;
        if (a.nodeType === Node.TEXT_NODE)
                return true;
        return a.tagName === b.tagName && a.dataset?.fk === b.dataset?.fk &&
                a.signature === undefined && acts_of(a) === acts_of(b);
}

function patch_element(el, fresh)
{
        for (const name of el.getAttributeNames())
                if (!fresh.hasAttribute(name) && name !== 'open')
                        el.removeAttribute(name);
        for (const name of fresh.getAttributeNames())
                if (name !== 'open' && el.getAttribute(name) !==
                    fresh.getAttribute(name))
                        el.setAttribute(name, fresh.getAttribute(name));
        el.acts = fresh.acts;
        patch_children(el, [...fresh.childNodes]);
}

/* Changes what differs and leaves the rest, so that a button does not go
 * away under the finger while numbers beside it change. */
function patch_children(el, fresh)
{
        const old = [...el.childNodes];

        fresh.forEach((node, i) => {
                const was = old[i];

                if (!was)
                        el.append(node);
                else if (!alike(was, node))
                        was.replaceWith(node);
                else if (node.nodeType !== Node.TEXT_NODE)
                        patch_element(was, node);
                else if (was.data !== node.data)
                        was.data = node.data;
        });
        old.slice(fresh.length).forEach((node) => node.remove());
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
        patch_children(el, [build()].flat(Infinity).filter(Boolean));
        if (fk && document.activeElement?.dataset.fk !== fk)
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
