/* ui/map-icons.js -- the map's symbols, drawn once each on a canvas.
 *
 * Shape says the kind of station, colour and numeral the level, filling the
 * standing (hatched: stale; hollow with a cross: silent; hollow: no data;
 * "?": no threshold; "…": cannot say), a dashed ring the forecast. */
import { numeral, rank } from '../core/grade.js';

const RATIO = 2;
const FILL = { white: '#ffffff', blue: '#1f5fd0', yellow: '#f7c600',
        orange: '#f28a00', red: '#d01025' };
const INK = { white: '#1b2326', blue: '#ffffff', yellow: '#1b2326',
        orange: '#1b2326', red: '#ffffff' };
const THEMES = {
        light: { calm: '#51646b', edge: '#ffffff', paper: '#ffffff',
                ink: '#24343a', rim: '#1b2326' },
        dark: { calm: '#8fa6ad', edge: '#10191c', paper: '#10191c',
                ink: '#d6e2e5', rim: '#ffffff' },
};

/* Outlines in a box of -1..1. */
const KIND = {
        PP: (c) => {
                c.moveTo(0, -1.05);
                c.bezierCurveTo(0.35, -0.45, 0.85, 0, 0.85, 0.4);
                c.bezierCurveTo(0.85, 0.8, 0.5, 1.05, 0, 1.05);
                c.bezierCurveTo(-0.5, 1.05, -0.85, 0.8, -0.85, 0.4);
                c.bezierCurveTo(-0.85, 0, -0.35, -0.45, 0, -1.05);
        },
        ZZ: (c) => poly(c, [[-1.05, -0.85], [1.05, -0.85], [0, 1.05]]),
        RR: (c) => poly(c, [[-0.55, -0.85], [0.55, -0.85], [1.1, 0.85],
                [-1.1, 0.85]]),
        MM: (c) => poly(c, [[-0.9, -1], [1.1, -0.15], [-0.3, 0.4],
                [-0.3, 1.05], [-0.9, 1.05]]),
        SS: (c) => poly(c, [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85],
                [-0.85, 0.85]]),
};
/* Where the numeral sits inside each outline. */
const TEXT_Y = { PP: 0.35, ZZ: -0.3, RR: 0.12, MM: -0.12, SS: 0 };

export const LEVEL_SHAPE = {
        blue: (c) => c.arc(0, 0, 1, 0, 2 * Math.PI),
        yellow: (c) => poly(c, [[0, -1.05], [1.1, 0.9], [-1.1, 0.9]]),
        orange: (c) => poly(c, [[0, -1.1], [1.1, 0], [0, 1.1], [-1.1, 0]]),
        red: (c) => poly(c, [[-0.42, -1], [0.42, -1], [1, -0.42], [1, 0.42],
                [0.42, 1], [-0.42, 1], [-1, 0.42], [-1, -0.42]]),
        white: (c) => poly(c, [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9],
                [-0.9, 0.9]]),
};

function poly(c, points)
{
        points.forEach(([x, y], i) => (i ? c.lineTo(x, y) : c.moveTo(x, y)));
        c.closePath();
}

function canvas(size)
{
        const el = document.createElement('canvas');

        el.width = el.height = size * RATIO;

        const c = el.getContext('2d');

        c.scale(RATIO, RATIO);
        c.translate(size / 2, size / 2);
        c.lineJoin = 'round';
        return c;
}

function image(c)
{
        const { width, height } = c.canvas;

        return c.getImageData(0, 0, width, height);
}

function trace(c, outline, r)
{
        c.save();
        c.scale(r, r);
        c.beginPath();
        outline(c);
        c.restore();
}

function letter(c, text, y, size, colour)
{
        c.fillStyle = colour;
        c.font = `700 ${size}px "Noto Sans CJK SC","Noto Sans SC",sans-serif`;
        c.textAlign = 'center';
        c.textBaseline = 'middle';
        c.fillText(text, 0, y);
}

function hatch(c, outline, r, colour)
{
        c.save();
        trace(c, outline, r);
        c.clip();
        c.strokeStyle = colour;
        c.lineWidth = 1.6;
        for (let x = -2 * r; x < 2 * r; x += 3.6) {
                c.beginPath();
                c.moveTo(x, r * 1.2);
                c.lineTo(x + 2.4 * r, -r * 1.2);
                c.stroke();
        }
        c.restore();
}

function ring(c, r, level, theme)
{
        c.beginPath();
        c.arc(0, 0, r, 0, 2 * Math.PI);
        c.strokeStyle = theme.rim;
        c.lineWidth = 4.2;
        c.setLineDash([5, 3]);
        c.stroke();
        c.strokeStyle = FILL[level];
        c.lineWidth = 2.6;
        c.stroke();
        c.setLineDash([]);
}

const HOLLOW = new Set(['no_data', 'silent', 'no_threshold', 'cannot_say']);
const SIGN = { no_threshold: '?', silent: '×', cannot_say: '…' };

/* look: a station's standing; level and forecast may be "none". */
export function station_icon(kind, look, level, forecast, dark)
{
        const theme = THEMES[dark ? 'dark' : 'light'];
        const outline = KIND[kind] || KIND.SS;
        const hot = level !== 'none' && FILL[level];
        const ringed = rank(forecast) > rank(level);
        const r = hot ? 12 : HOLLOW.has(look) ? 7.5 : 6;
        const size = ringed ? 46 : hot ? 36 : 24;
        const c = canvas(size);

        if (ringed)
                ring(c, 19, forecast, theme);
        trace(c, outline, r);
        c.lineWidth = hot ? 4 : 3;
        c.strokeStyle = theme.edge;
        c.stroke();
        c.fillStyle = hot ? FILL[level] : HOLLOW.has(look) ||
                look === 'stale' ? theme.paper : theme.calm;
        c.fill();
        if (look === 'stale' && !hot)
                hatch(c, outline, r, theme.calm);
        if (look === 'no_data')
                c.setLineDash([2.5, 2]);
        trace(c, outline, r);
        c.lineWidth = hot ? 1.6 : 1.5;
        c.strokeStyle = hot ? theme.rim : theme.calm;
        c.stroke();
        c.setLineDash([]);
        if (hot) {
                letter(c, numeral(level), TEXT_Y[kind] * r, 11.5, INK[level]);
                if (look === 'stale' || look === 'silent') {
                        c.beginPath();
                        c.arc(r, -r, 5.5, 0, 2 * Math.PI);
                        c.fillStyle = theme.paper;
                        c.fill();
                        c.strokeStyle = theme.rim;
                        c.lineWidth = 1.2;
                        c.stroke();
                        c.translate(r, -r);
                        letter(c, '×', 0.4, 9, theme.ink);
                }
        } else if (SIGN[look]) {
                letter(c, SIGN[look], TEXT_Y[kind] * r, 9.5, theme.ink);
        }
        return image(c);
}

/* A zone's own alert: the national shape. */
export function level_icon(level, forecast, dark)
{
        const theme = THEMES[dark ? 'dark' : 'light'];
        const c = canvas(44);

        trace(c, LEVEL_SHAPE[level] || LEVEL_SHAPE.white, 15);
        c.fillStyle = forecast ? theme.paper : FILL[level];
        c.fill();
        c.lineWidth = 5;
        c.strokeStyle = forecast ? theme.rim : theme.edge;
        if (forecast) {
                c.setLineDash([5, 3]);
                c.stroke();
                c.lineWidth = 3;
                c.strokeStyle = FILL[level];
        }
        c.stroke();
        c.setLineDash([]);
        if (!forecast) {
                c.lineWidth = 1.6;
                c.strokeStyle = theme.rim;
                c.stroke();
        }
        letter(c, numeral(level), level === 'yellow' ? 4 : 0.5, 13,
                forecast ? theme.ink : INK[level]);
        return image(c);
}

export function incident_icon(open, dark)
{
        const c = canvas(34);

        c.beginPath();
        c.roundRect(-15, -9, 30, 16, 4);
        c.moveTo(-4, 7);
        c.lineTo(0, 13);
        c.lineTo(4, 7);
        c.fillStyle = open ? '#6b2a9b' : dark ? '#3c4a50' : '#c9cfd1';
        c.fill();
        c.lineWidth = 1.4;
        c.strokeStyle = dark ? '#ffffff' : '#ffffff';
        c.stroke();
        letter(c, '120', -0.6, 10.5, open ? '#ffffff' : dark ? '#d6e2e5' :
                '#24343a');
        return image(c);
}

export function unit_icon(look, dark)
{
        const theme = THEMES[dark ? 'dark' : 'light'];
        const c = canvas(26);
        const busy = look === 'busy';

        c.beginPath();
        c.roundRect(-9, -7.5, 18, 15, 3.5);
        c.fillStyle = busy ? '#6b2a9b' : theme.paper;
        c.fill();
        c.lineWidth = 1.8;
        c.strokeStyle = busy ? '#ffffff' : dark ? '#c9a6ee' : '#6b2a9b';
        if (look === 'lost')
                c.setLineDash([3, 2]);
        c.stroke();
        c.setLineDash([]);
        if (look === 'lost') {
                letter(c, '?', 0.5, 12, theme.ink);
        } else {
                c.fillStyle = busy ? '#ffffff' : dark ? '#c9a6ee' : '#6b2a9b';
                c.fillRect(-1.5, -5, 3, 10);
                c.fillRect(-5, -1.5, 10, 3);
        }
        return image(c);
}

const PLACE = { hospital: 'H', shelter: '⌂', ambulance_station: '✚',
        reservoir: '≋' };

export function facility_icon(kind, dark)
{
        const theme = THEMES[dark ? 'dark' : 'light'];
        const c = canvas(20);

        c.beginPath();
        c.roundRect(-7.5, -7.5, 15, 15, 2);
        c.fillStyle = theme.paper;
        c.fill();
        c.lineWidth = 1.2;
        c.strokeStyle = theme.calm;
        c.stroke();
        letter(c, PLACE[kind] || '·', 0.5, 10.5, theme.ink);
        return image(c);
}

export const ICON_RATIO = RATIO;
