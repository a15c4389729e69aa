/* test/stack/test_rewind.mjs -- a database that was put back to an older
 * state (a backup, a standby that lagged) gets from the journal what it
 * lost, byte for byte. */
import { sentence, until, want, with_stack } from './stack.mjs';

/* All that is compared, as one text: rows up to a record. */
const picture = (s, upto) => s.sql(`
        select md5(string_agg(o::text, ',' order by station, element, "time"))
        from (select * from sanfang.observation where seq <= ${upto}) o
        union all
        select md5(string_agg(t::text, ',' order by alert, n))
        from (select * from sanfang.alert_transition where seq <= ${upto}) t
        union all
        select md5(string_agg(a::text, ',' order by n))
        from (select * from sanfang.audit where seq <= ${upto}) a`);

const position = (s) => Number(s.sql('select seq from sanfang.position'));

await with_stack('rewind', async (s) => {
        const code = s.env.SANFANG_STATION_CODE;
        let upto;
        let before;

        await sentence('an alert and an answer are archived', async () => {
                const duty = await s.signIn('duty');

                s.publish([{ element: 'Z', value: 12.34 }]);
                const alert = await until('the alert', 10000, async () =>
                        (await duty.alerts()).find((a) => a.station === code));
                const r = await duty.post(`/alerts/${alert.id}/ack`,
                        { intent: 'acting' });

                want(r.status === 200, r.text);
                upto = (await duty.get('/situation')).json.seq;
                await until('archived', 20000, () => position(s) >= upto);
                before = picture(s, upto);
        });

        await sentence('the database forgets, and is told again at the ' +
                'next start', async () => {
                const old = Math.floor(upto / 2);

                s.hold('sanfangd', true);
                process.kill(s.pid('sanfangd'), 'SIGKILL');
                await until('sanfangd is gone', 10000, async () =>
                        fetch(s.url).then(() => false, () => true));
                s.sql(`delete from sanfang.observation where seq > ${old};
                        delete from sanfang.rain_slot where seq > ${old};
                        delete from sanfang.alert_transition where seq > ${old};
                        delete from sanfang.alert;
                        delete from sanfang.audit where seq > ${old};
                        update sanfang.position set seq = ${old}`);
                want(picture(s, upto) !== before, 'nothing was forgotten?');
                s.hold('sanfangd', false);
                await until('archived again', 60000,
                        () => position(s) >= upto);
                want(picture(s, upto) === before, 'not the same rows');
                return `${upto - old} records`;
        });

        /* As when a standby that lagged is promoted: the archive is sent
         * off, and what it finds when it comes back is older. */
        await sentence('the database goes back while the server runs, and ' +
                'it starts again by itself', async () => {
                const old = Math.floor(upto / 2);
                const pid = s.pid('sanfangd');

                await until('it writes', 20000, () => position(s) > upto);
                s.sql(`begin;
                        lock table sanfang.position;
                        select pg_terminate_backend(pid) from pg_stat_activity
                        where application_name = 'sanfangd archive';
                        delete from sanfang.observation where seq > ${old};
                        delete from sanfang.rain_slot where seq > ${old};
                        delete from sanfang.alert_transition where seq > ${old};
                        delete from sanfang.alert;
                        delete from sanfang.audit where seq > ${old};
                        update sanfang.position set seq = ${old};
                        commit`);
                await until('another process', 30000, () =>
                        s.pid('sanfangd') !== pid);
                await until('archived again', 60000,
                        () => position(s) >= upto);
                want(picture(s, upto) === before, 'not the same rows');
                want(s.sql('select count(*) from sanfang.gap') === '0',
                        'a gap was noted');
        });
});
