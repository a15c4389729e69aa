/* ui/legend.js -- what the map's symbols mean, drawn by the same code. */
import * as icons from './map-icons.js';
import { h } from './dom.js';
import { badge } from './badge.js';

function drawing(image)
{
        const canvas = h('canvas', { 'aria-hidden': 'true', width: image.width,
                height: image.height });

        canvas.getContext('2d').putImageData(image, 0, 0);
        canvas.style.width = `${image.width / icons.ICON_RATIO}px`;
        canvas.style.height = `${image.height / icons.ICON_RATIO}px`;
        return canvas;
}

const row = (mark, text) => h('li', null, mark, h('span', null, text));

export function create_legend(app)
{
        const { t } = app;
        const station = (kind, look, level = 'none', fc = 'none') =>
                drawing(icons.station_icon(kind, look, level, fc, false));

        return h('details.legend', null, h('summary', null, t('map.legend')),
                h('div.legend-body', null,
                        h('ul', null, ['ZZ', 'RR', 'PP', 'MM', 'SS'].map(
                                (kind) => row(station(kind, 'normal'),
                                        t(`kind.${kind}`)))),
                        h('ul', null, ['no_threshold', 'stale', 'silent',
                                'no_data', 'cannot_say'].map((look) =>
                                row(station('ZZ', look),
                                        t(`standing.${look}`)))),
                        h('p', null, t('map.legend_levels')),
                        h('ul', null, ['red', 'orange', 'yellow', 'blue',
                                'white'].map((l) => h('li', null,
                                badge(t, l)))),
                        h('ul', null,
                                row(station('ZZ', 'alert', 'yellow',
                                        'orange'), t('map.legend_forecast')),
                                row(drawing(icons.incident_icon(true)),
                                        t('map.legend_incident')),
                                row(drawing(icons.unit_icon('busy')),
                                        t('map.legend_unit')),
                                row(drawing(icons.unit_icon('lost')),
                                        t('map.legend_unit_lost')),
                                row(h('span.legend-cluster'),
                                        t('map.legend_cluster')),
                                row(h('b', null, '※'),
                                        t('map.legend_marks')),
                                row(h('span.legend-river'),
                                        t('map.legend_river')))));
}
