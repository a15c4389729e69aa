/* ui/badge.js -- a level as colour, shape and numeral at once. */
import { numeral, shape } from '../core/grade.js';
import { h, svg } from './dom.js';

const OUTLINE = {
        circle: 'M12 1.6a10.4 10.4 0 1 1 0 20.8a10.4 10.4 0 1 1 0-20.8z',
        triangle: 'M12 1.4L23.4 22H.6z',
        diamond: 'M12 .6L23.4 12L12 23.4L.6 12z',
        octagon: 'M7.4 1.2h9.2l6.2 6.2v9.2l-6.2 6.2H7.4L1.2 16.6V7.4z',
        square: 'M2.5 2.5h19v19h-19z',
};

/* dashed: a forecast that has not been observed. */
export function level_mark(level, dashed)
{
        const kind = shape(level);

        if (kind === 'none')
                return h('span.mark.mark-none', { 'aria-hidden': 'true' }, '—');
        return svg('svg', {
                viewBox: '0 0 24 24', 'aria-hidden': 'true',
                class: `mark mark-${level}${dashed ? ' dashed' : ''}`,
        },
        svg('path', { d: OUTLINE[kind] }),
        svg('text', {
                x: 12, y: kind === 'triangle' ? 19.6 : 16.4,
                class: `mark-in-${kind}`,
                'text-anchor': 'middle',
        }, numeral(level)));
}

export function level_text(t, level)
{
        return level && level !== 'none' ?
                `${t(`level.${level}`)} ${numeral(level)}` : t('level.none');
}

export function badge(t, level, dashed)
{
        return h('span.badge', null, level_mark(level, dashed),
                h('span', null, level_text(t, level)));
}
