/* core/grade.js -- levels in order, and how each is drawn without colour.
 *
 * A colour never stands alone: each level has a shape and a numeral, those
 * of the national signals (red is I).  White is Guangdong's own.
 * Pure. */
export const LEVELS = ['none', 'white', 'blue', 'yellow', 'orange', 'red'];

const NUMERAL = { white: 'Ⅴ', blue: 'Ⅳ', yellow: 'Ⅲ', orange: 'Ⅱ', red: 'Ⅰ' };
const SHAPE = {
        white: 'square', blue: 'circle', yellow: 'triangle',
        orange: 'diamond', red: 'octagon',
};

export function rank(level)
{
        const at = LEVELS.indexOf(level);

        return at < 0 ? 0 : at;
}

export function worse(a, b)
{
        return rank(a) >= rank(b) ? a : b;
}

export function numeral(level)
{
        return NUMERAL[level] || '';
}

export function shape(level)
{
        return SHAPE[level] || 'none';
}

/* New and loud: what the sound and the assertive live region are for. */
export function is_urgent(level)
{
        return rank(level) >= rank('orange');
}
