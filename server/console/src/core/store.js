/* core/store.js -- the situation as this page knows it.
 *
 * In:    messages of /api/v1/feed: one snapshot, then deltas.
 * Out:   maps by key, and for each message the set of what changed.
 * Holds: a delta whose seq is not above ours is dropped; an alert never
 *        goes back to an older version.
 * Pure: no socket, no document, no clock. */
export const value_key = (station, element) => `${station}|${element}`;
export const unit_key = (u) => `${u.centre}/${u.unit}`;
export const incident_key = (i) => `${i.centre}/${i.incident}`;
export const forecast_key = (f) =>
        `${f.station || f.zone}|${f.element}|${f.source}|${f.model}`;

const RUN_MS = 15 * 60000; /* models of one run are issued so near */

export function create_store()
{
        const store = {
                seq: -1,
                system: null,
                stations: new Map(),
                values: new Map(),
                alerts: new Map(),
                incidents: new Map(),
                units: new Map(),
                forecasts: new Map(),
                group_titles: new Map(),
                dropped: 0,
        };
        const listeners = new Set();

        function put_value(v, changed)
        {
                const key = value_key(v.station, v.element);
                const old = store.values.get(key);

                /* A late value of the past does not hide the newest one. */
                if (old && Date.parse(v.time) < Date.parse(old.time))
                        return;
                store.values.set(key, v);
                changed.stations.add(v.station);
        }

        function put_station(s, changed)
        {
                const old = store.stations.get(s.code);
                const { values, ...rest } = s;

                store.stations.set(s.code, { ...old, ...rest });
                changed.stations.add(s.code);
                for (const v of values || [])
                        put_value({ station: s.code, ...v }, changed);
        }

        function put_alert(a, changed)
        {
                const old = store.alerts.get(a.id);

                if (old && a.version < old.version)
                        return;
                store.alerts.set(a.id, a);
                changed.alerts.add(a.id);
                if (!old)
                        changed.new_alerts.add(a.id);
        }

        function put_all(message, changed)
        {
                for (const s of message.stations || [])
                        put_station(s, changed);
                for (const v of message.values || [])
                        put_value(v, changed);
                for (const a of message.alerts || [])
                        put_alert(a, changed);
                for (const i of message.incidents || []) {
                        store.incidents.set(incident_key(i), i);
                        changed.incidents.add(incident_key(i));
                }
                for (const u of message.units || []) {
                        store.units.set(unit_key(u), u);
                        changed.units.add(unit_key(u));
                }
                for (const f of message.forecasts || []) {
                        store.forecasts.set(forecast_key(f), f);
                        changed.stations.add(f.station || f.zone);
                }
                for (const g of message.groups || [])
                        store.group_titles.set(g.key,
                                { zh: g.title, en: g.title_en });
                if (message.system) {
                        store.system = message.system;
                        changed.system = true;
                }
        }

        function clear()
        {
                for (const name of ['stations', 'values', 'alerts',
                        'incidents', 'units', 'forecasts'])
                        store[name].clear();
        }

        /* Takes one message; returns what changed, or null when dropped. */
        store.apply = function apply(message)
        {
                const changed = {
                        snapshot: message.type === 'snapshot',
                        stations: new Set(), alerts: new Set(),
                        new_alerts: new Set(), incidents: new Set(),
                        units: new Set(), system: false,
                };

                if (message.type === 'snapshot') {
                        clear();
                } else if (message.type !== 'delta') {
                        return null;
                } else if (store.seq < 0 || message.seq < store.seq) {
                        store.dropped++;
                        return null;
                } else if (message.seq === store.seq) {
                        /* A heartbeat repeats the head: only the strip. */
                        if (!message.system)
                                return null;
                        store.system = message.system;
                        changed.system = true;
                        listeners.forEach((fn) => fn(changed));
                        return changed;
                }
                put_all(message, changed);
                store.seq = message.seq;
                listeners.forEach((fn) => fn(changed));
                return changed;
        };

        /* An answer to our own command, ahead of the feed. */
        store.learn = function learn(alert)
        {
                const changed = {
                        snapshot: false, stations: new Set(),
                        alerts: new Set(), new_alerts: new Set(),
                        incidents: new Set(), units: new Set(),
                        system: false,
                };

                put_alert(alert, changed);
                if (changed.alerts.size)
                        listeners.forEach((fn) => fn(changed));
        };

        store.forget = function forget()
        {
                clear();
                store.seq = -1;
                store.system = null;
        };

        store.on_change = function on_change(fn)
        {
                listeners.add(fn);
                return () => listeners.delete(fn);
        };

        store.value = (station, element) =>
                store.values.get(value_key(station, element));

        /* Of the newest run the model that looks furthest ahead. */
        store.forecast = (station, element) => {
                const list = [...store.forecasts.values()].filter((f) =>
                        f.station === station && f.element === element);
                const issued = (f) => Date.parse(f.issued_at);
                const reach = (f) => Date.parse(f.values?.at(-1)?.[0]) || 0;
                const newest = Math.max(...list.map(issued));

                return list.filter((f) => issued(f) >= newest - RUN_MS)
                        .sort((a, b) => reach(b) - reach(a))[0];
        };
        return store;
}
