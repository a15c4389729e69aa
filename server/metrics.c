/* server/metrics.c -- counters, and the text that Prometheus reads.
 *
 * Thread: the loop. */
#include "server/metrics.h"

#include <stdio.h>
#include <string.h>

#include "sensors/topic.h"

void metrics_on_effects(struct metrics *m, const struct effects *fx)
{
        m->records++;
        if (fx->n_refused)
                m->messages_refused += fx->n_refused;
        else if (fx->n_observation || fx->n_dispatch_event || fx->n_kept)
                m->messages_taken++;
        for (uint32_t i = 0; i < fx->n_alert; i++)
                if (fx->alert[i].transition.kind < transition_kind_count)
                        m->transitions[fx->alert[i].transition.kind]++;
}

static void head(struct buf *b, const char *name, const char *type,
                 const char *help)
{
        buf_printf(b, "# HELP sanfang_%s %s\n# TYPE sanfang_%s %s\n", name,
                   help, name, type);
}

static void line(struct buf *b, const char *name, uint64_t v)
{
        buf_printf(b, "sanfang_%s %llu\n", name, (unsigned long long)v);
}

static void labelled(struct buf *b, const char *name, const char *label,
                     const char *value, uint64_t v)
{
        buf_printf(b, "sanfang_%s{%s=\"%s\"} %llu\n", name, label, value,
                   (unsigned long long)v);
}

static void one(struct buf *b, const char *name, const char *type,
                const char *help, uint64_t v)
{
        head(b, name, type, help);
        line(b, name, v);
}

static void put_messages(const struct metrics *m, const struct state *s,
                         struct buf *b)
{
        const struct sensors_counts *c = sensors_counts(s->sensors);
        const uint64_t *refused = sensors_refused_by_reason(s->sensors);

        one(b, "records_total", "counter", "Journal records taken.",
            m->records);
        head(b, "messages_total", "counter", "Messages by outcome.");
        labelled(b, "messages_total", "outcome", "taken", m->messages_taken);
        labelled(b, "messages_total", "outcome", "refused",
                 m->messages_refused);
        head(b, "messages_by_kind_total", "counter",
             "Messages by the kind of their topic, refused ones too.");
        for (int i = 0; i < topic_kind_count; i++)
                labelled(b, "messages_by_kind_total", "kind",
                         topic_kind_name((enum topic_kind)i), c->messages[i]);
        one(b, "messages_strange_topic_total", "counter",
            "Messages on a topic that is none of ours.", c->strange_topics);
        one(b, "messages_mapped_ignored_total", "counter",
            "Messages of vendors that a mapping's conditions leave out.",
            c->mapped_ignored);
        one(b, "messages_repeated_total", "counter",
            "Messages whose boot and seq were known: nothing new.",
            c->repeated);
        head(b, "refused_total", "counter",
             "Messages refused since the beginning, by reason.");
        for (int i = 1; i < STATUS_COUNT; i++)
                labelled(b, "refused_total", "reason",
                         status_name((enum status)i), refused[i]);
}

static void put_observations(const struct sensors_counts *c, struct buf *b)
{
        one(b, "observations_total", "counter", "Observations taken.",
            c->observations);
        head(b, "observations_marked_total", "counter",
             "Observations that carry a quality mark.");
        for (int i = 0; i < MARK_count; i++)
                labelled(b, "observations_marked_total", "mark",
                         mark_name((enum mark_bit)i), c->marked[i]);
        one(b, "rain_slots_total", "counter", "Slots of the rain series.",
            c->rain_slots);
        one(b, "elements_skipped_total", "counter",
            "Elements of SL 651 frames that are not kept.",
            c->elements_skipped);
        one(b, "dispatch_events_total", "counter", "Events from 120 centres.",
            c->dispatch_events);
        one(b, "dispatch_out_of_order_total", "counter",
            "Of them, older than what was known.", c->out_of_order);
        one(b, "forecasts_total", "counter", "Forecasts of others taken.",
            c->forecasts);
}

/* Gaps in stations' numbers, and who waits for the book. */
static void put_gaps(const struct state *s, const struct sensors_counts *c,
                     struct buf *b)
{
        head(b, "gaps_total", "counter",
             "Gaps in the numbers of stations, by what became of them.");
        labelled(b, "gaps_total", "what", "seen", c->gaps_seen);
        labelled(b, "gaps_total", "what", "filled", c->gaps_filled);
        labelled(b, "gaps_total", "what", "hole", c->gaps_given_up);
        one(b, "gaps", "gauge", "Gaps and holes at hand.",
            sensors_n_gaps(s->sensors));
        one(b, "applicants", "gauge", "Unknown stations that wait.",
            sensors_n_applicants(s->sensors));
        one(b, "amended_total", "counter", "Values amended.", c->amended);
        one(b, "babbling", "gauge",
            "Stations that send the same far too often.",
            sensors_babbling(s->sensors, s->engine_us));
}

static void put_intake(const struct metrics *m, const struct state *s,
                       struct buf *b)
{
        const struct sensors_counts *c = sensors_counts(s->sensors);
        uint32_t n = 0;

        put_messages(m, s, b);
        put_observations(c, b);
        sensors_quarantine(s->sensors, &n);
        one(b, "quarantine_contents", "gauge",
            "Distinct refused contents remembered.", n);
        head(b, "intake_dropped_total", "counter",
             "What a bound left out, by what is bounded.");
        labelled(b, "intake_dropped_total", "what", "incidents",
                 c->incidents_dropped);
        labelled(b, "intake_dropped_total", "what", "units", c->units_dropped);
        labelled(b, "intake_dropped_total", "what", "quarantine",
                 c->quarantine_dropped);
        labelled(b, "intake_dropped_total", "what", "gaps", c->gaps_dropped);
        labelled(b, "intake_dropped_total", "what", "applicants",
                 c->applicants_full);
        labelled(b, "intake_dropped_total", "what", "applicant_messages",
                 c->applicant_messages_dropped);
        one(b, "stations", "gauge", "Stations in the book.",
            s->places.n_stations);
        put_gaps(s, c, b);
}

static void put_open(const struct engine_counts *c, struct buf *b)
{
        head(b, "alerts_open", "gauge", "Open alerts by hazard and level.");
        for (int h = 0; h < hazard_count; h++)
                for (int l = LEVEL_WHITE; l < level_count; l++)
                        buf_printf(b,
                                   "sanfang_alerts_open{hazard=\"%s\","
                                   "level=\"%s\"} %u\n",
                                   hazard_name((enum hazard)h),
                                   level_name((enum level)l), c->open[h][l]);
}

static void put_alerts(const struct metrics *m, const struct state *s,
                       struct buf *b)
{
        struct engine_counts c;
        const struct alert *a;

        engine_count(s->engine, &c);
        put_open(&c, b);
        one(b, "alerts_kept", "gauge", "Episodes in memory.",
            engine_alerts(s->engine, &a));
        head(b, "alerts_total", "counter",
             "Episodes since the beginning, by what became of them.");
        labelled(b, "alerts_total", "what", "raised", c.raised);
        labelled(b, "alerts_total", "what", "late", c.late);
        labelled(b, "alerts_total", "what", "ended", c.ended);
        labelled(b, "alerts_total", "what", "withdrawn", c.withdrawn);
        labelled(b, "alerts_total", "what", "merged", c.merged);
        one(b, "alerts_cooled_total", "counter",
            "Crossings that the cool-down of their rule held back.", c.cooled);
        one(b, "alerts_escalated_total", "counter",
            "Duties that nobody answered in time.", c.escalated);
        one(b, "alerts_dropped_total", "counter",
            "Episodes, outlooks and spans that a bound left out.", c.dropped);
        head(b, "alert_transitions_total", "counter",
             "Alert transitions since the start, by kind.");
        for (int i = 0; i < transition_kind_count; i++)
                labelled(b, "alert_transitions_total", "kind",
                         transition_kind_name((enum transition_kind)i),
                         m->transitions[i]);
}

static void put_journal(const struct port *p, const struct state *s,
                        struct buf *b)
{
        struct journal_stats j = {0};

        p->journal_stats(p->self, &j);
        one(b, "journal_seq", "gauge", "Last sequence taken.", s->seq);
        one(b, "journal_synced_seq", "gauge", "Last sequence on the disk.",
            p->synced_seq(p->self));
        one(b, "journal_written_bytes_total", "counter", "Bytes appended.",
            j.bytes);
        one(b, "journal_syncs_total", "counter", "Group fdatasyncs.", j.syncs);
        one(b, "journal_stalls_total", "counter",
            "Times the broker was held because the journal was full.",
            j.stalls);
        one(b, "journal_disk_bytes", "gauge", "All segments.", j.disk_bytes);
        one(b, "journal_max_bytes", "gauge", "Limit of all segments.",
            p->config->journal_max_bytes);
        one(b, "journal_queued_bytes", "gauge", "Records for the loop.",
            j.queued_bytes);
        one(b, "journal_full", "gauge", "1 while a caller is held.", j.full);
        one(b, "journal_room_bytes", "gauge",
            "What messages may still take, by the limit and by the disk.",
            j.room_bytes);
        head(b, "journal_level", "gauge",
             "1 at the level that holds: fine, low, critical, held, broken.");
        for (int i = 0; i < journal_level_count; i++)
                labelled(b, "journal_level", "level",
                         journal_level_name((enum journal_level)i),
                         (int)j.level == i);
}

static void put_archive(const struct port *p, const struct state *s,
                        struct buf *b)
{
        struct archive_status a = {0};

        p->archive_status(p->self, &a);
        one(b, "archive_up", "gauge", "1 while PostGIS answers.", a.up);
        one(b, "archive_position", "gauge", "Highest sequence in PostGIS.",
            a.position);
        one(b, "archive_lag_records", "gauge", "Records not yet in PostGIS.",
            archive_lag_records(&a, s->seq));
        one(b, "archive_queued_rows", "gauge", "Rows that wait.",
            a.queued_rows);
        one(b, "archive_queued_bytes", "gauge", "Bytes that wait in memory.",
            a.queued_bytes);
        one(b, "archive_spilled_bytes", "gauge", "Bytes in the spill file.",
            a.spilled_bytes);
        one(b, "archive_rows_total", "counter", "Rows committed.",
            a.rows_written);
        one(b, "archive_commits_total", "counter", "Transactions.", a.commits);
        one(b, "archive_poison_rows_total", "counter",
            "Rows that PostGIS would not take.", a.poison_rows);
        one(b, "archive_rows_dropped_total", "counter",
            "Old rows of quarantine and poison beyond their bounds.",
            a.rows_dropped);
        one(b, "archive_gap", "gauge",
            "1 when the database is older than the journal.", a.gap);
        head(b, "link_up", "gauge", "1 while the link is up.");
        for (int i = 0; i < link_count; i++)
                labelled(b, "link_up", "link", link_name((enum link)i),
                         s->link_up[i]);
}

static void put_hub(const struct hub *hub, struct buf *b)
{
        struct hub_stats h;

        hub_get_stats(hub, &h);
        one(b, "feed_clients", "gauge", "Open feeds.", h.clients);
        one(b, "feed_joined_total", "counter", "Feeds opened.", h.joined);
        one(b, "feed_resumed_total", "counter", "Feeds that went on.",
            h.resumed);
        one(b, "feed_dropped_slow_total", "counter",
            "Feeds closed because the client was too far behind.",
            h.dropped_slow);
        one(b, "feed_refused_full_total", "counter",
            "Feeds refused because too many are open.", h.refused_full);
        one(b, "feed_snapshots_total", "counter", "Snapshots encoded.",
            h.snapshots);
        one(b, "feed_deltas_total", "counter", "Deltas encoded.", h.deltas);
        one(b, "feed_messages_total", "counter", "Messages taken by clients.",
            h.messages);
        one(b, "feed_bytes_total", "counter", "Bytes taken by clients.",
            h.bytes);
        one(b, "feed_ring_bytes", "gauge", "Deltas kept for who returns.",
            h.ring_bytes);
        one(b, "feed_lost_memory_total", "counter",
            "Deltas that could not be made.", h.lost_memory);
        one(b, "forecasts_kept", "gauge", "Newest forecasts in memory.",
            h.forecasts);
        one(b, "stations_stale", "gauge", "Stations with old values.", h.stale);
        one(b, "stations_silent", "gauge", "Stations with a silence alert.",
            h.silent);
}

static void put_http(const struct metrics *m, const struct login *login,
                     uint32_t pending, struct buf *b)
{
        const struct web_counters *w = &m->web;
        struct login_stats l;
        char code[8];

        login_get_stats(login, &l);
        head(b, "http_requests_total", "counter", "Answers by status code.");
        labelled(b, "http_requests_total", "code", "200", m->http[200]);
        for (int i = 0; i < HTTP_STATUSES; i++) {
                if (!m->http[i] || i == 200)
                        continue;
                snprintf(code, sizeof(code), "%d", i);
                labelled(b, "http_requests_total", "code", code, m->http[i]);
        }
        one(b, "http_connections", "gauge", "Open connections.",
            w->connections);
        one(b, "http_connections_refused_total", "counter",
            "Connections beyond the limit.", w->refused_connections);
        one(b, "http_too_slow_total", "counter",
            "Requests cut off because they took too long.", w->too_slow);
        one(b, "http_too_large_total", "counter",
            "Bodies or messages beyond the limit.", w->too_large);
        one(b, "http_foreign_origin_total", "counter",
            "Requests of another site refused.", m->foreign_origin);
        one(b, "denied_total", "counter", "Acts refused for lack of right.",
            m->denied);
        one(b, "denied_not_recorded_total", "counter",
            "Of them beyond the audit's budget.", m->denied_not_recorded);
        head(b, "logins_total", "counter", "Sign-ins by outcome.");
        labelled(b, "logins_total", "outcome", "ok", l.ok);
        labelled(b, "logins_total", "outcome", "failed", l.failed);
        labelled(b, "logins_total", "outcome", "limited", l.limited);
        labelled(b, "logins_total", "outcome", "queue_full", l.queue_full);
        head(b, "commands_total", "counter", "Officers' commands.");
        labelled(b, "commands_total", "outcome", "ok", m->commands_ok);
        labelled(b, "commands_total", "outcome", "refused",
                 m->commands_refused);
        labelled(b, "commands_total", "outcome", "timed_out",
                 m->commands_timed_out);
        one(b, "commands_pending", "gauge", "Commands that wait.", pending);
        one(b, "commands_pending_full_total", "counter",
            "Commands refused because too many wait.", m->pending_full);
        one(b, "journal_refused_total", "counter",
            "Commands the journal could not take.", m->journal_refused);
}

static void put_terminals(const struct state *s, struct buf *b)
{
        const struct sensors_counts *c = sensors_counts(s->sensors);
        uint64_t bytes, n = sensors_collecting(s->sensors, &bytes);

        one(b, "sl651_frames_total", "counter",
            "Frames of terminals, refused ones too.", c->frames);
        one(b, "sl651_frames_again_total", "counter",
            "Of them, taken before: only confirmed again.", c->frames_again);
        one(b, "sl651_answers_total", "counter",
            "Confirmations decided (EOT, ESC, ACK).", c->answers);
        one(b, "sl651_packets_total", "counter", "Packets of messages of many.",
            c->packets);
        one(b, "sl651_packets_asked_total", "counter",
            "Packets asked for again (NAK).", c->packets_asked);
        one(b, "sl651_messages_given_up_total", "counter",
            "Messages of many packets that stayed incomplete.",
            c->messages_given_up);
        one(b, "sl651_packets_refused_total", "counter",
            "Packets beyond the bound of what may be under way.",
            c->packets_full);
        one(b, "sl651_collecting", "gauge",
            "Messages of many packets under way.", n);
        one(b, "sl651_collecting_bytes", "gauge", "Bytes of them.", bytes);
        one(b, "sl651_blocks_refused_total", "counter",
            "Station blocks whose terminal may not report for them.",
            c->blocks_refused);
        one(b, "sl651_attachments_total", "counter",
            "Pictures, texts and the like that came.", c->attachments);
        one(b, "sl651_deviations_total", "counter",
            "Departures from SL 651-2014 counted.", c->deviations);
}

static void put_terminal_tcp(const struct terminal_tcp_counts *t, struct buf *b)
{
        one(b, "sl651_tcp_connections", "gauge", "Terminals on TCP.",
            t->connections);
        one(b, "sl651_tcp_accepted_total", "counter", "Connections accepted.",
            t->accepted);
        one(b, "sl651_tcp_frames_total", "counter", "Frames cut out.",
            t->frames);
        one(b, "sl651_tcp_bytes_total", "counter", "Bytes read.", t->bytes);
        one(b, "sl651_tcp_bad_total", "counter", "Pieces of garbage.", t->bad);
        one(b, "sl651_tcp_bad_dropped_total", "counter",
            "Of them, beyond what is kept.", t->bad_dropped);
        one(b, "sl651_tcp_answers_total", "counter", "Answers written.",
            t->answers);
        one(b, "sl651_tcp_held_total", "counter",
            "Times that reading stopped for a full journal.", t->held);
        one(b, "sl651_tcp_holds", "gauge",
            "1 while nothing is read because the journal is full.", t->holds);
        head(b, "sl651_tcp_closed_total", "counter", "Connections by end.");
        for (int i = 0; i < TERMINAL_CLOSED_count; i++)
                labelled(b, "sl651_tcp_closed_total", "reason",
                         terminal_closed_name((enum terminal_closed)i),
                         t->closed[i]);
}

static void put_answers(const struct port *p, struct buf *b)
{
        struct terminal_counts t = {0};

        if (p->terminals)
                p->terminals(p->self, &t);
        put_terminal_tcp(&t.tcp, b);
        one(b, "sl651_confirms_sent_total", "counter", "Answers sent.",
            t.confirms.sent);
        one(b, "sl651_confirms_waiting", "gauge",
            "Answers that wait for the disk.", t.confirms.waiting);
        one(b, "sl651_confirms_unsent_total", "counter",
            "Answers whose terminal or broker was gone.", t.confirms.unsent);
        one(b, "sl651_confirms_dropped_total", "counter",
            "Answers beyond the bound; the terminal repeats.",
            t.confirms.dropped);
        one(b, "pictures_written_total", "counter", "Picture files written.",
            t.pictures.written);
        one(b, "pictures_written_bytes_total", "counter", "Bytes of them.",
            t.pictures.bytes);
        one(b, "pictures_waiting_bytes", "gauge", "Bytes that wait.",
            t.pictures.waiting);
        one(b, "pictures_lost_total", "counter",
            "Pictures whose file could not be written.", t.pictures.lost);
}

static void put_clock(const struct port *p, const struct state *s,
                      struct buf *b)
{
        head(b, "engine_time_seconds", "gauge", "Engine time.");
        buf_printf(b, "sanfang_engine_time_seconds %.3f\n",
                   (double)p->engine_now(p->self) / 1e6);
        head(b, "engine_rate", "gauge", "Engine seconds per real second.");
        buf_printf(b, "sanfang_engine_rate %.3f\n",
                   (double)s->rate_milli / 1e3);
        head(b, "loop_lag_seconds", "gauge",
             "How late the loop was, at worst in a minute.");
        buf_printf(b, "sanfang_loop_lag_seconds %.6f\n",
                   (double)p->loop_lag_us(p->self) / 1e6);
        one(b, "sessions", "gauge", "Sessions that stand.", s->n_sessions);
}

void metrics_text(const struct metrics *m, const struct port *port,
                  const struct hub *hub, const struct login *login,
                  uint32_t pending, struct buf *b)
{
        const struct state *s = port->state(port->self);

        put_intake(m, s, b);
        put_alerts(m, s, b);
        put_journal(port, s, b);
        put_archive(port, s, b);
        put_hub(hub, b);
        put_http(m, login, pending, b);
        put_terminals(s, b);
        put_answers(port, b);
        put_clock(port, s, b);
}
