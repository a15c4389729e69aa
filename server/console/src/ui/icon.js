/* ui/icon.js -- the few pictograms that no font is trusted with. */
import { svg } from './dom.js';

export function speaker(on)
{
        return svg('svg', { viewBox: '0 0 20 20', class: 'pictogram',
                'aria-hidden': 'true' },
        svg('path', { d: 'M2 7h4l5-4v14l-5-4H2z', fill: 'currentColor' }),
        svg('path', { d: on ? 'M13.5 6.5q3 3.5 0 7M16 4q5 6 0 12' :
                'M13.5 7.5l5 5m0-5l-5 5', fill: 'none', stroke:
                'currentColor', 'stroke-width': '1.7' }));
}
