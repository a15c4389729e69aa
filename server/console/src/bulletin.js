/* bulletin.js -- the hourly 雨水情快报, for paper.
 *
 * In:    ?from=&to= (RFC 3339); without them the hydrological day since
 *        08:00, to the last full hour of the engine's clock.
 * Out:   one Chinese page; each number links to the rows it counts. */
import './css/base.css';
import './css/bulletin.css';
import { create_api } from './core/api.js';
import * as f from './core/format.js';
import { h } from './ui/dom.js';

const root = document.getElementById('root');
const api = create_api((path, init) => fetch(path, init));
const HOUR = 3600000;

const chinese = (time) => {
        const p = f.parts(time);

        return p ? `${Number(p.month)}月${Number(p.day)}日${p.hour}:` +
                p.minute : '–';
};
const mm = (v) => f.number(Number(v), 'mm');
const m = (v) => f.number(Number(v), 'm');
const link = (id, n, unit) => h('a.figure', { href: `#${id}` }, h('b', null,
        n), ` ${unit}`);

async function period()
{
        const q = new URLSearchParams(location.search);

        if (q.get('from') && q.get('to'))
                return [q.get('from'), q.get('to')];

        const clock = await api.clock();
        const to = Math.floor(Date.parse(clock.now) / HOUR) * HOUR;

        return [f.rfc3339(f.hydro_day_begin(to)), f.rfc3339(to)];
}

function rows(id, title, columns, list, empty, inside)
{
        return h('section', { id }, inside, h('h3', null, title), list.length ?
                h('table', null, h('thead', null, h('tr', null, columns.map(
                        (c) => h('th', { scope: 'col' }, c)))),
                h('tbody', null, list.map((r) => h('tr', null, r.map((c) =>
                        h('td', null, c)))))) : h('p.none', null, empty));
}

function gauges_over(b, from, below)
{
        return b.rain.gauges.filter((g) => g.sum >= from && g.sum < below);
}

function summary(b)
{
        const { over } = b.rain;
        const top = [...b.rain.maxima].sort((x, y) => y.sum - x.sum)[0];

        return h('ol.summary', null,
                h('li', null, h('h2', null, '雨情'), h('p', null,
                        '累计雨量 50 mm 以上 ', link('r50', over['50'], '站'),
                        '，其中 100 mm 以上 ', link('r100', over['100'], '站'),
                        '、250 mm 以上 ', link('r250', over['250'], '站'), '。',
                        top ? ['最大为', link('max', `${top.county_name || ''}` +
                                `${top.name} ${mm(top.sum)}`, 'mm'), '。'] :
                                '')),
                h('li', null, h('h2', null, '水情'), h('p', null, '河道超警戒水位 ',
                        link('rivers', b.rivers.length, '站'),
                        b.rivers.length ? ['，最大超警 ', link('rivers',
                                m(b.rivers[0].above), 'm'),
                        `（${b.rivers[0].river || ''}${b.rivers[0].name}）`] :
                                '', '；水库超汛限水位 ', link('reservoirs',
                                b.reservoirs.length, '座'), '。')),
                h('li', null, h('h2', null, '120 急救'), h('p', null, '期间新增 ',
                        link('calls', b.calls.opened, '起'), '，已结 ',
                        link('calls', b.calls.closed, '起'), '，在办 ',
                        link('calls', b.calls.open, '起'), '。')),
                h('li', null, h('h2', null, '资料缺口'), h('p', null,
                        '到报不足九成 ', link('gaps', b.gaps.length, '站'), '。')));
}

function gauge_rows(list)
{
        return list.map((g) => [g.county_name || g.county, g.name, g.station,
                mm(g.sum)]);
}

const GAUGE = ['县（市、区）', '站名', '站码', '累计雨量 mm'];

/* Over 50 mm contains over 100 mm contains over 250 mm, so that each count
 * leads to exactly the rows it counted. */
function rain_rows(b)
{
        const band = (id, title, from, below, inside) => rows(id, title,
                GAUGE, gauge_rows(gauges_over(b, from, below)), '无。', inside);
        const r250 = band('r250', '二、累计 250 mm 以上', 250, Infinity);
        const r100 = band('r100', '三、累计 100～250 mm', 100, 250, r250);

        return band('r50', '四、累计 50～100 mm', 50, 100, r100);
}

function details(b)
{
        return [
                rows('max', '一、各县（市、区）最大雨量', GAUGE,
                        gauge_rows([...b.rain.maxima].sort((x, y) =>
                                y.sum - x.sum)), '无资料。'),
                rain_rows(b),
                rows('rivers', '五、河道超警戒水位', ['河名', '站名', '时间',
                        '水位 m', '警戒 m', '超警 m'], b.rivers.map((r) =>
                        [r.river || '', r.name, chinese(r.time), m(r.value),
                                m(r.wrz), m(r.above)]), '无。'),
                rows('reservoirs', '六、水库超汛限水位', ['水库', '时间', '水位 m',
                        '汛限 m', '超汛限 m'], b.reservoirs.map((r) =>
                        [r.name, chinese(r.time), m(r.value), m(r.limit),
                                m(r.above)]), '无。'),
                rows('calls', '七、120 急救事件', ['县（市、区）', '新增 起'],
                        (b.calls.by_county || []).map((c) =>
                                [c.county_name || '位置不明', String(c.opened)]),
                        '无。'),
                rows('gaps', '八、资料缺口', ['站名', '站码', '最近一次', '实到',
                        '应到'], b.gaps.map((g) => [g.name, g.station,
                        g.last_at ? chinese(g.last_at) : '从无',
                        String(g.received), String(g.expected)]), '无。'),
        ];
}

function chooser(from, to)
{
        const go = (a, b) => {
                location.search = new URLSearchParams({ from: f.rfc3339(a),
                        to: f.rfc3339(b) });
        };
        const low = Date.parse(from);
        const high = Date.parse(to);
        const begin = f.hydro_day_begin(high);

        return h('nav.chooser', { 'aria-label': '时段' },
                h('button', { type: 'button', onclick: () => go(low,
                        high - HOUR) }, '前一小时'),
                h('button', { type: 'button', onclick: () => go(low,
                        high + HOUR) }, '后一小时'),
                h('button', { type: 'button', onclick: () => go(begin,
                        high) }, '本水文日（8 时起）'),
                h('button', { type: 'button', onclick: () => go(high -
                        24 * HOUR, high) }, '近 24 小时'),
                h('button', { type: 'button', onclick: () => print() },
                        '打印'));
}

function show(b, from, to, config, user)
{
        const demo = config?.demo;

        document.title = `雨水情快报 ${chinese(to)}`;
        root.replaceChildren(chooser(from, to), h('main.paper', null,
                h('header', null,
                        h('h1', null, `${config?.city?.name || ''}雨水情快报`),
                        h('p.period', null, `${chinese(from)} 至 ` +
                                `${chinese(to)}（北京时间）`),
                        h('p.issuer', null, `${config?.city?.name ||
                                ''}三防指挥部办公室　制表：${user}`)),
                summary(b), h('hr'), details(b),
                h('footer', null, '本表为监测值统计，未经整编；',
                        demo ? '演示数据，过程为合成，不作依据。' : '',
                        config?.source_line?.zh || '')));
        if (location.hash)
                document.querySelector(location.hash)?.scrollIntoView();
}

async function begin()
{
        try {
                const [from, to] = await period();
                const [answer, config, session] = await Promise.all([
                        api.bulletin(from, to), api.config().catch(() => null),
                        api.session().catch(() => null)]);

                show(answer.bulletin || answer, from, to, config,
                        session ? session.shown || session.user : '');
        } catch (e) {
                root.replaceChildren(h('p.trouble', { role: 'alert' },
                        e.status === 401 ? '请先登录。' : e.status === 503 ?
                                '数据库不可用，快报暂不能生成，请稍后再试。' :
                                `快报未能生成：${e.message}`, ' ',
                        h('a', { href: '/' }, '回到态势页')));
        }
}

begin();
