/* ui/strip.js -- is the system itself alive; and the two clocks.
 *
 * Calm while all is well; a broken part is loud in words, sign and colour. */
import * as f from '../core/format.js';
import { h } from './dom.js';

function cell(name)
{
        const label = h('span.strip-name', null, name);
        const sign = h('span.strip-sign', { 'aria-hidden': 'true' });
        const text = h('span.strip-text');

        return { el: h('li.strip-cell', null, sign, label, text), sign, text };
}

function set(c, text, look)
{
        if (c.text.textContent !== text)
                c.text.textContent = text;
        if (c.look === look)
                return;
        c.look = look;
        c.el.className = `strip-cell strip-${look}`;
        c.sign.textContent = { ok: '●', warn: '▲', bad: '✕', idle: '○' }[look];
}

function link_text(app, link)
{
        const { t } = app;

        if (link.up)
                return t('strip.up');
        if (!link.since)
                return t('strip.down_now');
        return t('strip.down', { t: f.span(
                (app.real() - Date.parse(link.since)) / 1000, t.span) });
}

function draw_links(app, cells, y)
{
        const { t } = app;

        for (const name of ['broker', 'database'])
                set(cells[name], link_text(app, y.links[name]),
                        y.links[name].up ? 'ok' : 'bad');
        set(cells.archive, t('strip.archive_n', { n: y.archive.lag_records }),
                !y.archive.up ? 'bad' : y.archive.lag_records > 5000 ?
                        'warn' : 'ok');
        set(cells.source, y.last_message_age_s === null ||
                y.last_message_age_s === undefined ? t('strip.source_none') :
                t('station.age', { t: f.span(y.last_message_age_s, t.span) }),
        y.last_message_age_s === null ? 'warn' :
                y.last_message_age_s > 120 ? 'bad' : 'ok');
}

/* From "critical" on it is loud. */
function journal_bad(y)
{
        return ['critical', 'held', 'broken'].includes(y.journal.level);
}

function draw_counts(app, cells, y)
{
        const { t } = app;
        const n = y.silent_stations;
        const waiting = y.journal.seq - y.journal.synced;

        set(cells.silent, t('strip.silent_n', { n, all: y.stations }) +
                (y.stale_stations ? ` · ${t('strip.stale_n',
                        { n: y.stale_stations })}` : ''),
        n > y.stations / 4 ? 'bad' : n ? 'warn' : 'ok');
        set(cells.journal, journal_bad(y) || y.journal.level === 'low' ?
                t(`strip.journal_${y.journal.level}`, {
                        n: Math.floor(y.journal.room_bytes / 1048576) }) :
                waiting > 1000 ? t('strip.journal_wait', { n: waiting }) :
                        t('strip.journal_ok'),
        journal_bad(y) ? 'bad' :
                y.journal.level === 'low' || waiting > 1000 ? 'warn' : 'ok');
        set(cells.quarantine, String(y.quarantine.count),
                y.quarantine.count ? 'warn' : 'ok');
}

export function create_strip(app)
{
        const { t } = app;
        const cells = {};
        const list = h('ul.strip-cells');
        const storm = h('b.clock-time');
        const storm_day = h('span.clock-day');
        const rate = h('span.clock-rate');
        const real = h('span.clock-time');
        const banner = h('div.banner', { role: 'alert', hidden: true });
        let feed = { state: 'connecting', lost_real: NaN };

        for (const name of ['feed', 'source', 'broker', 'database', 'archive',
                'silent', 'journal', 'quarantine']) {
                cells[name] = cell(t(`strip.${name}`));
                set(cells[name], '–', 'idle');
                list.append(cells[name].el);
        }

        const el = h('section.strip', { tabindex: '0', 'aria-label':
                t('strip.title') },
                list);
        const clocks = h('div.clocks', { role: 'group',
                'aria-label': t('strip.storm_clock') },
        h('span.clock.clock-storm', null, h('span.clock-name', null,
                t('strip.storm_clock')), storm_day, storm, rate),
        h('span.clock', null, h('span.clock-name', null,
                t('strip.real_clock')), real));

        function draw_feed(now_ms)
        {
                const heard = app.feed_heard_ms();

                if (feed.state === 'live' && heard !== null)
                        set(cells.feed, t('strip.feed_ok', {
                                s: Math.max(0, Math.round(
                                        (now_ms - heard) / 1000)),
                        }), now_ms - heard > 3000 ? 'warn' : 'ok');
                else if (feed.state === 'down')
                        set(cells.feed, t('strip.feed_down', {
                                at: f.hhmmss(feed.lost_real) }), 'bad');
                else
                        set(cells.feed, t('strip.feed_wait'), 'idle');
        }

        function banner_text(y)
        {
                if (feed.state === 'down')
                        return t('strip.lost_banner', {
                                at: f.hhmmss(feed.lost_real) });
                if (!y)
                        return '';
                if (y.journal.level === 'broken')
                        return t('strip.journal_broken_banner');
                if (y.journal.level === 'held' || y.journal.full)
                        return t('strip.journal_banner');
                if (y.journal.level === 'critical')
                        return t('strip.journal_critical_banner');
                if (!y.links.broker.up)
                        return t('strip.broker_banner');
                return y.links.database.up ? '' : t('strip.db_banner');
        }

        return {
                el, clocks, banner,
                set_feed(status)
                {
                        feed = { state: status.state, lost_real: status.heard_ms
                                === null ? app.real() :
                                app.clock.real(status.heard_ms) };
                },
                tick(now_ms)
                {
                        const y = app.store.system;
                        const engine = app.clock.engine(now_ms);
                        const text = banner_text(y);

                        draw_feed(now_ms);
                        if (banner.textContent !== text)
                                banner.textContent = text;
                        banner.hidden = !text;
                        banner.className = feed.state === 'down' ?
                                'banner banner-lost' : 'banner';
                        storm_day.textContent = f.day(engine);
                        storm.textContent = f.hhmmss(engine);
                        real.textContent = f.hhmmss(app.clock.real(now_ms));
                        if (feed.state === 'down') {
                                for (const name in cells)
                                        if (name !== 'feed')
                                                set(cells[name], '?', 'idle');
                                return;
                        }
                        if (!y)
                                return;
                        rate.textContent = y.paused ? t('strip.paused') :
                                t('strip.rate', { n: y.rate });
                        draw_links(app, cells, y);
                        draw_counts(app, cells, y);
                },
        };
}
