/* Unit tests of server/console/src/core/store.js. */
import test from 'node:test';
import assert from 'node:assert/strict';
import { create_store } from '../../server/console/src/core/store.js';

const SNAPSHOT = {
        type: 'snapshot', seq: 10, system: { rate: 60 },
        stations: [{ code: 'S1', name: '甲', level: 'none', values: [
                { element: 'Z', time: '2023-10-20T01:00:00+08:00', value: 1 },
        ] }],
        alerts: [{ id: 'a', version: 1, level: 'blue', state: 'open' }],
        incidents: [{ centre: 'm', incident: '1', open: true }],
        units: [{ centre: 'm', unit: 'A01' }], groups: [], forecasts: [],
};

function filled()
{
        const store = create_store();

        store.apply(structuredClone(SNAPSHOT));
        return store;
}

test('a snapshot fills it', () => {
        const s = filled();

        assert.equal(s.seq, 10);
        assert.equal(s.stations.get('S1').name, '甲');
        assert.equal(s.value('S1', 'Z').value, 1);
        assert.equal(s.alerts.size, 1);
});

test('a delta merges what it brings and keeps the rest', () => {
        const s = filled();
        const c = s.apply({ type: 'delta', seq: 12, stations: [
                { code: 'S1', level: 'yellow' }], values: [{ station: 'S1',
                element: 'Z', time: '2023-10-20T01:05:00+08:00', value: 2 }] });

        assert.equal(s.stations.get('S1').name, '甲');
        assert.equal(s.stations.get('S1').level, 'yellow');
        assert.equal(s.value('S1', 'Z').value, 2);
        assert.ok(c.stations.has('S1'));
        assert.equal(c.alerts.size, 0);
});

test('a delta seen before changes nothing', () => {
        const s = filled();

        s.apply({ type: 'delta', seq: 12, alerts: [{ id: 'a', version: 2,
                level: 'red' }] });
        assert.equal(s.apply({ type: 'delta', seq: 12, alerts: [{ id: 'a',
                version: 3, level: 'blue' }] }), null);
        assert.equal(s.apply({ type: 'delta', seq: 11, alerts: [] }), null);
        assert.equal(s.alerts.get('a').level, 'red');
        assert.equal(s.seq, 12);
});

test('a heartbeat at our own seq refreshes the strip only', () => {
        const s = filled();
        const c = s.apply({ type: 'delta', seq: 10, system: { rate: 1 },
                alerts: [{ id: 'z', version: 1 }] });

        assert.equal(c.system, true);
        assert.equal(s.system.rate, 1);
        assert.equal(s.alerts.has('z'), false);
});

test('a delta before any snapshot is not believed', () => {
        const s = create_store();

        assert.equal(s.apply({ type: 'delta', seq: 5, alerts: [{ id: 'a',
                version: 1 }] }), null);
        assert.equal(s.alerts.size, 0);
});

test('an alert never goes back to an older version', () => {
        const s = filled();

        s.learn({ id: 'a', version: 5, state: 'acknowledged' });
        s.apply({ type: 'delta', seq: 11, alerts: [{ id: 'a', version: 4,
                state: 'open' }] });
        assert.equal(s.alerts.get('a').state, 'acknowledged');
});

test('a late value does not hide the newest', () => {
        const s = filled();

        s.apply({ type: 'delta', seq: 11, values: [{ station: 'S1', element:
                'Z', time: '2023-10-20T00:30:00+08:00', value: 0.5 }] });
        assert.equal(s.value('S1', 'Z').value, 1);
});

test('a second snapshot replaces everything', () => {
        const s = filled();

        s.apply({ type: 'snapshot', seq: 900, stations: [], alerts: [] });
        assert.equal(s.stations.size, 0);
        assert.equal(s.alerts.size, 0);
        assert.equal(s.units.size, 0);
        assert.equal(s.seq, 900);
});

test('new alerts are told apart from changed ones', () => {
        const s = filled();
        const c = s.apply({ type: 'delta', seq: 11, alerts: [
                { id: 'a', version: 2 }, { id: 'b', version: 1 }] });

        assert.deepEqual([...c.new_alerts], ['b']);
        assert.deepEqual([...c.alerts].sort(), ['a', 'b']);
});

test('a message of another kind is not a change', () => {
        assert.equal(filled().apply({ type: 'news', seq: 99 }), null);
});

test('two models of a run both stand; the one that looks further is shown',
        () => {
                const s = filled();
                const at = (m) => `2023-10-20T01:${m}:00+08:00`;
                const f = (model, issued, last) => ({ station: 'S1',
                        element: 'Z', source: 'sanfangd', model,
                        issued_at: at(issued), values: [[at('30'), 1],
                                [at(last), 2]] });

                s.apply({ type: 'delta', seq: 12, forecasts: [
                        f('travel-time', '10', '59'),
                        f('damped-trend', '12', '40')] });
                assert.equal(s.forecasts.size, 2);
                assert.equal(s.forecast('S1', 'Z').model, 'travel-time');
                s.apply({ type: 'delta', seq: 13, forecasts: [
                        f('damped-trend', '40', '50')] });
                assert.equal(s.forecast('S1', 'Z').model, 'damped-trend');
                assert.equal(s.forecast('S2', 'Z'), undefined);
        });
