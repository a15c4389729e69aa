/* ui/map-cluster.js -- stations that fell silent together, on the map.
 *
 * In:  alerts of silence with `outline` (GeoJSON) and `members`.
 * Out: an outline, a ring around each member, a word at its northern end.
 *      Grey, not a level's colour: nothing is measured there. */
import { is_over } from '../core/groups.js';

const feature = (geometry, properties) => ({ type: 'Feature', properties,
        geometry });

export const CLUSTER_SOURCES = ['clusters', 'cluster-members',
        'cluster-words'];

/* c: the theme's colours; text: a size for this screen; k: its scale. */
export function cluster_layers(c, label, halo, text, k)
{
        return {
                ground: [
                        { id: 'cluster-fill', type: 'fill',
                                source: 'clusters', paint: {
                                        'fill-color': c.text,
                                        'fill-opacity': 0.1 } },
                        { id: 'cluster-line', type: 'line',
                                source: 'clusters', paint: {
                                        'line-color': c.text,
                                        'line-width': 2 * k,
                                        'line-dasharray': [3, 2] } },
                        { id: 'cluster-members', type: 'circle',
                                source: 'cluster-members', paint: {
                                        'circle-radius': 17 * k,
                                        'circle-opacity': 0,
                                        'circle-stroke-color': c.text,
                                        'circle-stroke-width': 2 * k } },
                ],
                words: { id: 'cluster-words', type: 'symbol',
                        source: 'cluster-words', layout: { ...label,
                                'text-field': ['get', 'shown'],
                                'text-size': text(13),
                                'text-anchor': 'bottom',
                                'text-allow-overlap': true },
                        paint: { ...halo, 'text-color': c.value } },
        };
}

/* The northernmost corner of an outline. */
function top_of(outline)
{
        return outline.coordinates[0].reduce((a, b) => (b[1] > a[1] ? b : a));
}

/* {clusters, cluster-members, cluster-words}: lists of features. */
export function cluster_features(app)
{
        const { t, store } = app;
        const found = { clusters: [], 'cluster-members': [],
                'cluster-words': [] };

        for (const a of store.alerts.values()) {
                if (is_over(a) || a.hazard !== 'silence' || !a.outline)
                        continue;
                found.clusters.push(feature(a.outline, { alert: a.id }));
                found['cluster-words'].push(feature({ type: 'Point',
                        coordinates: top_of(a.outline) }, { alert: a.id,
                        shown: t('map.cluster', { n: a.n_members ??
                                a.members?.length ?? 0 }) }));
                for (const code of a.members || []) {
                        const s = store.stations.get(code);

                        if (Number.isFinite(s?.lon))
                                found['cluster-members'].push(feature({
                                        type: 'Point', coordinates:
                                                [s.lon, s.lat] },
                                { station: code }));
                }
        }
        return found;
}

/* Where to look for the whole of it. */
export function cluster_place(outline)
{
        const corners = outline.coordinates[0].slice(1);

        return [0, 1].map((i) => corners.reduce((sum, x) => sum + x[i], 0) /
                corners.length);
}
