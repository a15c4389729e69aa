/* ui/book.js -- the station book: who wants in, what is missing, how each
 * station keeps its duty. */
import * as f from '../core/format.js';
import { h, table } from './dom.js';
import { block } from './facts.js';
import { fill } from './fill.js';
import { deviation_count } from './duty.js';
import { open_admit } from './admit.js';
import { why } from './ack.js';

const SORTS = ['loss', 'gaps', 'seen', 'clock', 'refused', 'conflicts',
        'needless', 'deviations'];
const ROWS_MAX = 200;

const percent = (x) => (x === null || x === undefined ? '–' :
        `${(100 * x).toFixed(x < 0.1 ? 1 : 0)}%`);

function seconds(t, s)
{
        if (s === null || s === undefined)
                return '–';
        return `${s > 0 ? '+' : s < 0 ? '−' : ''}${f.span(Math.abs(s),
                t.span)}`;
}

function station_link(app, code)
{
        const s = app.store.stations.get(code);

        return h('button.link', { type: 'button',
                onclick: () => app.select('station', code) },
        s ? app.t.pick(s.name, s.name_en) : code);
}

/* ---- who wants in ---- */

function applicant_acts(app, x, again)
{
        const { t } = app;

        if (app.session.role !== 'admin')
                return '';
        return h('div.acts', null,
                h('button.small', { type: 'button', onclick: () =>
                        open_admit(app, x, again) }, t('book.admit')),
                x.state === 'waiting' && h('button.small', { type: 'button',
                        onclick: async () => {
                                try {
                                        await app.api.dismiss(x.name);
                                } catch (e) {
                                        app.say(why(t, e));
                                }
                                again();
                        } }, t('book.dismiss')));
}

function newest_text(x)
{
        const m = x.newest?.at(-1);

        return m?.payload || m?.hex || '';
}

function applicant_rows(app, list, again)
{
        const { t } = app;

        return table([t('book.name'), t('manage.kind'), t('manage.count'),
                t('manage.first'), t('manage.last'), t('book.sent'), ''],
        list.map((x) => [
                h('code', null, x.name), t(`applicant.${x.state}`),
                `${x.messages} (${t('book.at_hand', { n: x.waiting })})`,
                f.stamp(x.first_at), f.stamp(x.last_at),
                h('code', null, newest_text(x).slice(0, 120)),
                applicant_acts(app, x, again),
        ]), t('book.nobody'));
}

/* ---- what is missing ---- */

function gap_rows(app, list)
{
        const { t } = app;

        return table([t('table.name'), t('table.state'), t('book.numbers'),
                t('book.missing'), t('book.noticed'), t('book.asked'),
                t('book.owner')], list.slice(0, ROWS_MAX).map((g) => [
                station_link(app, g.subject), t(`gap.${g.state}`),
                g.since ? `${f.stamp(g.since)}–${f.stamp(g.until)}` :
                        `${g.boot} / ${g.first_number}–${g.last_number}`,
                String(g.missing),
                f.stamp(g.noticed_at), String(g.asked ?? 0),
                t(`gap_owner.${g.owner}`),
        ]), t('book.no_gaps'));
}

/* ---- how each keeps its duty ---- */

function duty_rows(app, list)
{
        const { t } = app;

        return table([t('table.name'), t('station.interval'),
                t('table.last_seen'), t('book.loss'), t('book.clock'),
                t('book.battery'), t('book.gaps'), t('book.conflicts'),
                t('book.refused'), t('book.deviations')], list.slice(0, ROWS_MAX).map((b) => [
                h('span', null, station_link(app, b.station),
                        b.babbles && h('span.tag', null, t('duty.babbles'))),
                f.span(b.interval_s, t.span),
                b.last_seen ? f.stamp(b.last_seen) : '–',
                percent(b.loss),
                seconds(t, b.clock_offset_s),
                b.battery_v === null || b.battery_v === undefined ? '–' :
                        `${f.number(b.battery_v, 'V')} V`,
                String(b.gaps_open ?? 0) + (b.holes ?
                        ` (${t('book.holes', { n: b.holes })})` : ''),
                String(b.conflicts ?? 0), String(b.refused ?? 0),
                deviation_count(app, b.station, b),
        ]), t('manage.empty'));
}

export function create_book(app)
{
        const { t } = app;
        const applicants = h('div');
        const gaps = h('div');
        const duty = h('div');
        const sort = h('select', { id: 'book-sort', onchange: () =>
                load.duty() }, SORTS.map((key) => h('option', { value: key },
                t(`book.sort.${key}`))));
        const load = {
                applicants: () => fill(app, applicants, app.api.applicants,
                        (x) => applicant_rows(app, x.applicants || [],
                                load.applicants)),
                gaps: () => fill(app, gaps, app.api.gaps, (x) =>
                        gap_rows(app, x.gaps || [])),
                duty: () => fill(app, duty, () => app.api.book(
                        { sort: sort.value, limit: ROWS_MAX }),
                (x) => duty_rows(app, x.book || [])),
        };

        function open()
        {
                if (app.session.role !== 'viewer')
                        load.applicants();
                load.gaps();
                load.duty();
        }

        return {
                open,
                el: h('div.manage', null, h('h2', null, t('book.title')),
                        h('button.small', { type: 'button', onclick: open },
                                t('manage.refresh')),
                        app.session.role !== 'viewer' &&
                                block(t('book.applicants'), applicants),
                        block(t('book.gap_list'), gaps),
                        block(t('book.duty'), h('div.acts', null,
                                h('label', { for: 'book-sort' },
                                        t('book.sort_by')), sort), duty)),
        };
}
