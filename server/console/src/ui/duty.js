/* ui/duty.js -- of one station: how it keeps its duty, how its frames
 * depart from the standard, what people and cameras there sent. */
import * as f from '../core/format.js';
import { h, table } from './dom.js';
import { block, facts } from './facts.js';
import { fill } from './fill.js';

const PICTURES_MAX = 6;

const report_path = (app, code) => `/api/v1/stations/${encodeURIComponent(
        code)}/conformance?format=text&lang=${
        app.t.lang === 'en' ? 'en' : 'zh'}`;

/* How often it departs from SL 651-2014, as the way to the report; a dash
 * when it has no terminal. */
export function deviation_count(app, code, b)
{
        if (b.deviations === null || b.deviations === undefined)
                return '–';
        if (!b.frames)
                return app.t('duty.no_frames');
        return h('a.plain-link', { href: report_path(app, code),
                target: '_blank', title: app.t('duty.report') },
        app.t('duty.deviations', { n: b.deviations, frames: b.frames }));
}

function duty_facts(app, code, b)
{
        const { t } = app;
        const share = b.expected_24h ? b.heard_24h / b.expected_24h : null;

        return [facts([
                [t('book.loss'), share === null ? '–' :
                        t('duty.heard', { n: b.heard_24h, all: b.expected_24h,
                                p: (100 * (1 - share)).toFixed(1) })],
                b.numbered > 0 && [t('duty.numbers'), t('duty.lost', {
                        n: b.lost, all: b.numbered })],
                b.clock_offset_s !== null && b.clock_offset_s !== undefined &&
                        [t('book.clock'), `${f.span(Math.abs(
                                b.clock_offset_s), t.span)} ${
                                b.clock_offset_s ? t(b.clock_offset_s > 0 ?
                                        'duty.ahead' : 'duty.behind') : ''}`],
                b.battery_v !== null && b.battery_v !== undefined &&
                        [t('book.battery'), `${f.number(b.battery_v,
                                'V')} V`],
                [t('duty.messages'), t('duty.counts', { n: b.messages,
                        again: b.repeated, no: b.refused })],
                b.babbles && [t('duty.babbles'),
                        t('duty.needless', { n: b.needless })],
                (b.gaps_open > 0 || b.holes > 0) && [t('book.gaps'),
                        `${b.gaps_open} (${t('book.holes',
                                { n: b.holes })})`],
                b.amended > 0 && [t('duty.amended'), String(b.amended)],
                b.deviations !== null && b.deviations !== undefined &&
                        [t('book.deviations'), deviation_count(app, code, b)],
        ]), b.conflict && h('p.next', null, t('duty.conflict', {
                element: b.conflict.element, at: f.stamp(b.conflict.time) }))];
}

function deviation_list(app, code, answer)
{
        const { t } = app;
        const rows = answer.deviations || [];

        if (!rows.length)
                return h('p.quiet', null, t('duty.conforms'));
        return [table([t('duty.deviation'), t('duty.clause'),
                t('manage.count'), t('manage.last')], rows.map((d) => [
                t.pick(d.zh, d.en), d.clause || '', String(d.count),
                f.stamp(d.last_at)]), ''),
        h('a.plain-link', { href: report_path(app, code), target: '_blank' },
                t('duty.report'))];
}

function text_list(app, answer)
{
        const texts = answer.texts || [];

        if (!texts.length)
                return h('p.quiet', null, app.t('duty.no_texts'));
        return h('ol.messages', null, texts.slice(0, 12).map((x) =>
                h('li', null, h('span.message-time', null,
                        f.stamp(x.time)), h('span', null, x.words || ''))));
}

function picture_list(app, answer)
{
        const pictures = (answer.pictures || []).slice(0, PICTURES_MAX);

        if (!pictures.length)
                return h('p.quiet', null, app.t('duty.no_pictures'));
        return h('div.pictures', null, pictures.map((x) => h('a', {
                href: `/api/v1/pictures/${encodeURIComponent(x.id)}`,
                target: '_blank' }, h('img', { loading: 'lazy',
                src: `/api/v1/pictures/${encodeURIComponent(x.id)}`,
                alt: app.t('duty.picture_of', { at: f.stamp(x.time) }) }),
        h('span', null, f.stamp(x.time)))));
}

/* {el, load}; s is the station as the store knows it. */
export function create_duty(app, s)
{
        const { t } = app;
        const book = h('div');
        const meter = h('div');
        const texts = h('div');
        const pictures = h('div');
        const terminal = h('details', { ontoggle: () => terminal.open &&
                load_terminal() }, h('summary', null, t('duty.terminal')),
        h('h4', null, t('duty.meter')), meter,
        h('h4', null, t('duty.texts')), texts,
        h('h4', null, t('duty.pictures')), pictures);

        function load_terminal()
        {
                fill(app, meter, () => app.api.conformance(s.code), (x) =>
                        deviation_list(app, s.code, x));
                fill(app, texts, () => app.api.texts(s.code), (x) =>
                        text_list(app, x));
                fill(app, pictures, () => app.api.pictures(s.code), (x) =>
                        picture_list(app, x));
        }

        return {
                el: h('div', null, block(t('duty.title'), book,
                        s.sl651 && terminal)),
                load: () => fill(app, book, () => app.api.station_book(s.code),
                        (b) => duty_facts(app, s.code, b)),
        };
}
