/* ui/map.js -- the situation on a map, with no tiles and no internet.
 *
 * In:    the store, zones, rivers, facilities.
 * Holds: redraws only what changed, a few times a second; ambulances glide
 *        between fixes.  Rivers are grey-teal, so that no water can be
 *        taken for the blue level. */
import { Map as MapLibre, NavigationControl, ScaleControl, setWorkerUrl }
        from 'maplibre-gl';
import { rank, worse } from '../core/grade.js';
import * as f from '../core/format.js';
import { is_ahead, is_over } from '../core/groups.js';
import { h } from './dom.js';
import { CLUSTER_SOURCES, cluster_features, cluster_layers, cluster_place }
        from './map-cluster.js';
import { main_value, mark_words, nature, value_text } from './describe.js';
import * as icons from './map-icons.js';

setWorkerUrl('/app/maplibre-worker.js');

const FONT = ['Noto Sans CJK SC', 'Noto Sans SC', 'Microsoft YaHei',
        'sans-serif'];
const THEMES = {
        light: { ground: '#e9e7e0', land: '#f8f7f3', county: '#7b776c',
                town: '#d3cfc4', river: '#8fb0ae', text: '#4a473f',
                halo: '#ffffff', value: '#16262c' },
        dark: { ground: '#0a1113', land: '#152024', county: '#6f8288',
                town: '#24343a', river: '#3f6664', text: '#9fb1b6',
                halo: '#0a1113', value: '#ffffff' },
};
const TINT = { white: '#ffffff', blue: '#1f5fd0', yellow: '#f7c600',
        orange: '#f28a00', red: '#d01025' };
const LEVEL_COLOUR = ['match', ['get', 'level'], ...Object.entries(TINT)
        .flat(), 'rgba(0,0,0,0)'];

export function has_webgl2()
{
        try {
                return !!document.createElement('canvas').getContext('webgl2');
        } catch {
                return false;
        }
}

const collection = (features) => ({ type: 'FeatureCollection', features });
const point = (lon, lat, properties) => ({
        type: 'Feature', properties,
        geometry: { type: 'Point', coordinates: [lon, lat] },
});

function layers(c, scale, wall)
{
        /* On the wall nothing is smaller than 16 px at 1920. */
        const text = (size) => (wall ? Math.max(16, size) : size) * scale;
        const k = wall ? scale * 1.55 : scale;
        const label = { 'text-font': FONT, 'text-size': text(12) };
        const unit = { 'icon-image': ['get', 'icon'],
                'icon-allow-overlap': true, 'icon-ignore-placement': true };
        const halo = { 'text-halo-color': c.halo, 'text-halo-width': 1.6 };
        const cluster = cluster_layers(c, label, halo, text, k);

        return [
                { id: 'zone-fill', type: 'fill', source: 'zones',
                        filter: ['!=', ['get', 'level'], 'catchment'],
                        paint: { 'fill-color': c.land } },
                { id: 'zone-tint', type: 'fill', source: 'tints',
                        paint: { 'fill-color': LEVEL_COLOUR,
                                'fill-opacity': 0.16 } },
                { id: 'town-line', type: 'line', source: 'zones',
                        filter: ['==', ['get', 'level'], 'town'],
                        paint: { 'line-color': c.town, 'line-width': 0.8 } },
                { id: 'river', type: 'line', source: 'rivers',
                        layout: { 'line-cap': 'round', 'line-join': 'round' },
                        paint: { 'line-color': c.river, 'line-width':
                                ['interpolate', ['linear'], ['zoom'], 8,
                                        1.6 * k, 12, 4.5 * k] } },
                { id: 'county-line', type: 'line', source: 'zones',
                        filter: ['==', ['get', 'level'], 'county'],
                        paint: { 'line-color': c.county, 'line-width':
                                1.4 * k } },
                { id: 'catchment-line', type: 'line', source: 'zones',
                        filter: ['==', ['get', 'level'], 'catchment'],
                        paint: { 'line-color': c.river, 'line-width': 1.2 * k,
                                'line-dasharray': [4, 3] } },
                { id: 'river-name', type: 'symbol', source: 'rivers',
                        minzoom: 9, layout: { ...label,
                                'symbol-placement': 'line',
                                'text-field': ['get', 'shown'],
                                'text-size': text(11.5) },
                        paint: { ...halo, 'text-color': c.river === '#8fb0ae' ?
                                '#41716e' : '#7fb3ae' } },
                { id: 'county-name', type: 'symbol', source: 'zone-labels',
                        filter: ['==', ['get', 'level'], 'county'],
                        layout: { ...label, 'text-field': ['get', 'shown'],
                                'text-size': text(16),
                                'text-allow-overlap': true,
                                'text-ignore-placement': true,
                                'text-letter-spacing': 0.12 },
                        paint: { ...halo, 'text-color': c.text } },
                { id: 'town-name', type: 'symbol', source: 'zone-labels',
                        minzoom: 9.8,
                        filter: ['==', ['get', 'level'], 'town'],
                        layout: { ...label, 'text-field': ['get', 'shown'],
                                'text-size': text(11) },
                        paint: { ...halo, 'text-color': c.text } },
                ...cluster.ground,
                { id: 'facilities', type: 'symbol', source: 'facilities',
                        layout: { visibility: 'none',
                                'icon-image': ['get', 'icon'],
                                'icon-size': k, 'icon-allow-overlap': true } },
                /* Waiting ambulances hide no station; busy ones stand over
                 * everything. */
                { id: 'units-idle', type: 'symbol', source: 'units',
                        filter: ['!', ['get', 'busy']],
                        layout: { ...unit, 'icon-size': 0.66 * k } },
                { id: 'stations', type: 'symbol', source: 'stations',
                        layout: { 'icon-image': ['get', 'icon'],
                                'icon-size': ['case', ['get', 'hot'], k,
                                        scale],
                                'icon-allow-overlap': true,
                                'icon-padding': 0,
                                'symbol-sort-key': ['get', 'order'] } },
                { id: 'zone-alerts', type: 'symbol', source: 'zone-alerts',
                        layout: { ...label, 'icon-image': ['get', 'icon'],
                                'icon-size': k,
                                'icon-allow-overlap': true,
                                'icon-offset': [0, -26],
                                'text-field': ['get', 'shown'],
                                'text-offset': [1.7, -2.1 * k / scale],
                                'text-anchor': 'left',
                                'text-optional': true },
                        paint: { ...halo, 'text-color': c.value } },
                cluster.words,
                { id: 'incidents', type: 'symbol', source: 'incidents',
                        layout: { 'icon-image': ['get', 'icon'],
                                'icon-size': k, 'icon-anchor': 'bottom',
                                'icon-allow-overlap': true } },
                { id: 'units', type: 'symbol', source: 'units',
                        filter: ['get', 'busy'],
                        layout: { ...unit, 'icon-size': k } },
                { id: 'values', type: 'symbol', source: 'stations',
                        filter: ['!=', ['get', 'label'], ''],
                        layout: { ...label, 'text-field': ['get', 'label'],
                                'text-size': text(12),
                                'text-anchor': 'top',
                                'text-offset': ['case', ['get', 'hot'],
                                        ['literal', [0, 1.15]],
                                        ['literal', [0, 0.7]]],
                                'text-line-height': 1.15,
                                'symbol-sort-key': ['-', 0,
                                        ['get', 'order']] },
                        paint: { 'text-color': c.value,
                                'text-halo-color': c.halo,
                                'text-halo-width': 1.8 } },
        ];
}

/* The box around every point of a GeoJSON collection. */
function bounds(geojson)
{
        const box = [180, 90, -180, -90];
        const walk = (c) => {
                if (typeof c[0] === 'number') {
                        box[0] = Math.min(box[0], c[0]);
                        box[1] = Math.min(box[1], c[1]);
                        box[2] = Math.max(box[2], c[0]);
                        box[3] = Math.max(box[3], c[1]);
                } else {
                        c.forEach(walk);
                }
        };

        for (const x of geojson.features)
                walk(x.geometry.coordinates);
        return box[0] > box[2] ? null : [[box[0], box[1]], [box[2], box[3]]];
}

export function create_map(app, options = {})
{
        const { t, store } = app;
        const dark = !!options.dark;
        const k = options.scale || 1;
        const colours = THEMES[dark ? 'dark' : 'light'];
        const box = h('div.map-box');
        const tip = h('div.map-tip', { hidden: true, 'aria-hidden': 'true' });
        const el = h('div.map', null, box, tip);
        const want = { all_values: false };
        const glide = new Map();        /* unit key -> from, to, times */
        let map = null;
        let ready = false;
        let home = null;
        let source_text = {};

        function icon(id, make)
        {
                if (!map.hasImage(id))
                        map.addImage(id, make(),
                                { pixelRatio: icons.ICON_RATIO });
                return id;
        }

        function put(name, data)
        {
                const text = JSON.stringify(data);

                if (source_text[name] === text)
                        return;
                source_text[name] = text;
                map.getSource(name).setData(data);
        }

        function station_label(s, v)
        {
                const hot = s.level !== 'none';
                const coming = rank(s.level_forecast) > rank(s.level);
                const lead = want.all_values || hot || coming;
                const wet = v && v.element === 'P' && v.rain &&
                        v.rain['1h'] > 0;
                const quiet = map.getZoom() < 10;
                const small = options.wall || k < 1;
                const note = s.conflict || v?.marks?.length ? ' ※' : '';

                if (!v || (!note && !lead && quiet && !(s.kind === 'ZZ' && !small) && !wet) ||
                    (small && quiet && !lead))
                        return '';

                const value = value_text(v) + (v.change === null ||
                        v.change === undefined ? '' : f.arrow(v.trend)) + note;

                return hot || coming || !quiet ?
                        `${t.pick(s.name, s.name_en)}\n${value}` : value;
        }

        function station_feature(s)
        {
                const v = main_value(app, s);
                const level = s.level || 'none';
                const fc = s.level_forecast || 'none';
                const id = `s ${s.kind} ${s.standing} ${level} ${fc}`;

                return point(s.lon, s.lat, {
                        code: s.code, hot: level !== 'none' || fc !== 'none',
                        icon: icon(id, () => icons.station_icon(s.kind,
                                s.standing, level, fc, dark)),
                        order: rank(worse(level, fc)) * 10 +
                                (s.kind === 'ZZ' ? 3 : s.kind === 'RR' ? 2 :
                                        0),
                        label: station_label(s, v),
                });
        }

        function draw_stations()
        {
                put('stations', collection([...store.stations.values()]
                        .filter((s) => Number.isFinite(s.lon))
                        .map(station_feature)));
        }

        /* Zones that carry an alert: tinted, and a sign where the alert has
         * no station of its own. */
        function draw_zones()
        {
                const tints = new Map();
                const signs = new Map();

                for (const a of store.alerts.values()) {
                        if (is_over(a) || a.hazard === 'silence' ||
                            a.hazard === 'system' || !app.zones.has(a.zone))
                                continue;
                        /* No blue ground: it would look like water; a
                         * county's own alert is a sign, not a ground. */
                        if (rank(a.level_observed) > rank('blue') &&
                            app.zones.get(a.zone).level === 'town')
                                tints.set(a.zone, worse(a.level_observed,
                                        tints.get(a.zone) || 'none'));
                        /* A river's alert stands amid the stations that
                         * make it, not in the county's middle. */
                        const at = a.subject?.startsWith('river/') ?
                                a.subject : a.zone;

                        if (!a.station && (!signs.has(at) ||
                            rank(signs.get(at).level) < rank(a.level)))
                                signs.set(at, a);
                }
                put('tints', collection([...tints].map(([code, level]) => ({
                        type: 'Feature', properties: { level },
                        geometry: app.zones.get(code).geometry,
                }))));
                put('zone-alerts', collection([...signs].map(([at, a]) =>
                        point(...(at !== a.zone && a.outline ?
                                cluster_place(a.outline) :
                                app.zones.get(a.zone).label), {
                                alert: a.id,
                                icon: icon(`l ${a.level} ${is_ahead(a)}`, () =>
                                        icons.level_icon(a.level, is_ahead(a),
                                                dark)),
                                shown: (is_ahead(a) ? t('list.forecast') +
                                        ' ' : '') + t(`hazard.${a.hazard}`),
                        }))));
        }

        function draw_clusters()
        {
                const found = cluster_features(app);

                for (const name of CLUSTER_SOURCES)
                        put(name, collection(found[name]));
        }

        function draw_incidents()
        {
                put('incidents', collection([...store.incidents.values()]
                        .filter((i) => Number.isFinite(i.lon) && i.open)
                        .map((i) => point(i.lon, i.lat, {
                                incident: i.incident,
                                icon: icon(`i ${i.open}`, () =>
                                        icons.incident_icon(i.open, dark)),
                        }))));
        }

        const IDLE = new Set(['available', 'returning', 'paused']);

        function unit_place(key, u, now_ms)
        {
                const g = glide.get(key);

                if (!g || g.lon !== u.lon || g.lat !== u.lat) {
                        const from = g ? at(g, now_ms) : [u.lon, u.lat];
                        const gap = g ? Math.min(4000, now_ms - g.begin) : 0;

                        glide.set(key, { lon: u.lon, lat: u.lat, from,
                                begin: now_ms, for_ms: Math.max(400, gap) });
                }
                return at(glide.get(key), now_ms);
        }

        function at(g, now_ms)
        {
                const part = Math.min(1, (now_ms - g.begin) / g.for_ms);

                return [g.from[0] + (g.lon - g.from[0]) * part,
                        g.from[1] + (g.lat - g.from[1]) * part];
        }

        function draw_units(now_ms)
        {
                put('units', collection([...store.units].filter(([, u]) =>
                        Number.isFinite(u.lon)).map(([key, u]) => {
                        const look = u.lost ? 'lost' :
                                IDLE.has(u.state) ? 'free' : 'busy';
                        const [lon, lat] = unit_place(key, u, now_ms);

                        return point(Number(lon.toFixed(5)),
                                Number(lat.toFixed(5)), {
                                        unit: u.unit, busy: look !== 'free',
                                        icon: icon(`u ${look}`, () =>
                                                icons.unit_icon(look, dark)),
                                });
                })));
        }

        function draw_places()
        {
                const shown = [...app.zones.values()].filter((z) => z.label);

                put('zones', collection([...app.zones.values()]
                        .filter((z) => z.geometry).map((z) => ({
                                type: 'Feature', geometry: z.geometry,
                                properties: { code: z.code, level: z.level },
                        }))));
                put('zone-labels', collection(shown.map((z) =>
                        point(...z.label, { level: z.level,
                                shown: t.pick(z.name, z.name_en) }))));
                put('rivers', collection(app.rivers.map((r) => ({ ...r,
                        properties: { shown: t.pick(r.properties.name,
                                r.properties.name_en) } }))));
                put('facilities', collection(app.facilities.map((x) =>
                        point(x.lon, x.lat, {
                                facility: x.id, name: t.pick(x.name,
                                        x.name_en), kind: x.kind,
                                icon: icon(`f ${x.kind}`, () =>
                                        icons.facility_icon(x.kind, dark)),
                        }))));
                home = bounds(collection([...app.zones.values()]
                        .filter((z) => z.geometry))) || home;
        }

        function draw(what)
        {
                if (!ready)
                        return;
                if (what.places)
                        draw_places();
                if (what.places || what.alerts)
                        draw_zones();
                if (what.places || what.alerts || what.stations)
                        draw_clusters();
                if (what.stations || what.places)
                        draw_stations();
                if (what.incidents || what.places)
                        draw_incidents();
        }

        function tip_text(p)
        {
                if (p.code) {
                        const s = store.stations.get(p.code);
                        const v = s && main_value(app, s);

                        return s ? `${t.pick(s.name, s.name_en)} · ` +
                                `${t(`kind.${s.kind}`)} · ` +
                                `${value_text(v)} ${v ? v.element === 'P' ?
                                        'mm/h' : v.unit : ''} · ` +
                                t(`standing.${s.standing}`) +
                                (v?.marks?.length ? ` · ${mark_words(t, v.marks)}` : '') : '';
                }
                if (p.unit) {
                        const u = [...store.units.values()]
                                .find((x) => x.unit === p.unit);

                        return u ? `${u.unit} · ${t(`unit.${u.state}`)}` : '';
                }
                if (p.incident) {
                        const i = [...store.incidents.values()]
                                .find((x) => x.incident === p.incident);

                        return i ? `120 · ${nature(app, i)} · ` +
                                t(`incident.${i.state}`) : '';
                }
                if (p.facility)
                        return `${p.name} · ${t(`facility.${p.kind}`)}`;
                return '';
        }

        function listen()
        {
                const names = ['units', 'incidents', 'stations', 'zone-alerts',
                        'units-idle', 'facilities', 'cluster-words'];
                const hit = (e) => map.queryRenderedFeatures([
                        [e.point.x - 4, e.point.y - 4],
                        [e.point.x + 4, e.point.y + 4],
                ], { layers: names })[0]?.properties;

                map.on('click', (e) => {
                        const p = hit(e);

                        if (p?.code)
                                app.select('station', p.code);
                        else if (p?.alert)
                                app.select('alert', p.alert);
                        else if (p?.incident || p?.unit)
                                app.select('motion', p.incident || p.unit);
                });
                map.on('mousemove', (e) => {
                        const p = hit(e);
                        const text = p ? tip_text(p) : '';

                        map.getCanvas().style.cursor = text ? 'pointer' : '';
                        tip.hidden = !text;
                        tip.textContent = text;
                        tip.style.left = `${e.point.x + 14}px`;
                        tip.style.top = `${e.point.y + 10}px`;
                });
                map.on('mouseout', () => {
                        tip.hidden = true;
                });
                map.on('zoomend', () => draw({ stations: true }));
        }

        function start()
        {
                map = new MapLibre({
                        container: box, attributionControl: false,
                        fadeDuration: 0, renderWorldCopies: false,
                        localIdeographFontFamily: FONT.join(','),
                        dragRotate: false, pitchWithRotate: false,
                        interactive: !options.wall,
                        center: app.config?.city ? [app.config.city.lon,
                                app.config.city.lat] : [111, 22], zoom: 8.4,
                        style: { version: 8, sources: {}, layers: [{
                                id: 'ground', type: 'background',
                                paint: { 'background-color': colours.ground },
                        }] },
                });
                map.touchZoomRotate?.disableRotation();
                if (!options.wall) {
                        map.addControl(new NavigationControl(
                                { showCompass: false }), 'bottom-right');
                        map.addControl(new ScaleControl(
                                { maxWidth: 110 }), 'bottom-left');
                }
                map.getCanvas().setAttribute('aria-label', t('map.title'));
                map.on('load', () => {
                        for (const name of ['zones', 'tints', 'zone-labels',
                                'rivers', 'facilities', 'stations',
                                'zone-alerts', 'incidents', 'units',
                                ...CLUSTER_SOURCES])
                                map.addSource(name, { type: 'geojson',
                                        data: collection([]) });
                        for (const layer of layers(colours, k, options.wall))
                                map.addLayer(layer);
                        ready = true;
                        listen();
                        draw({ places: true, alerts: true, stations: true,
                                incidents: true });
                        go_home(false);
                        el.classList.add('map-ready');
                });
        }

        function go_home(animate = true)
        {
                if (ready && home && box.clientWidth)
                        map.fitBounds(home, { padding: options.padding || 24,
                                animate, duration: 500 });
        }

        start();
        /* Features of a layer that are in sight, for tests. */
        el.seen = (layer) => map.queryRenderedFeatures({ layers: [layer] })
                .map((x) => x.properties);
        return {
                el, draw, go_home,
                tick(now_ms)
                {
                        if (ready)
                                draw_units(now_ms);
                },
                fly_to(lon, lat, zoom = 10.4)
                {
                        if (ready)
                                map.easeTo({ center: [lon, lat], zoom:
                                        Math.max(zoom, map.getZoom()),
                                duration: 600 });
                },
                show_layer(name, on)
                {
                        const both = name === 'units' ?
                                ['units', 'units-idle'] : [name];

                        for (const layer of ready ? both : [])
                                map.setLayoutProperty(layer, 'visibility',
                                        on ? 'visible' : 'none');
                },
                show_values(on)
                {
                        want.all_values = on;
                        draw({ stations: true });
                },
                resize: () => map.resize(),
                ready: () => ready,
        };
}
