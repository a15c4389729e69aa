/* server/config.h -- the configuration: one table of keys.
 *
 * A JSON file with sections; each key has a kind, a range, a default and a
 * line of help (`sanfangd --help-config` prints them).  An unknown key or a
 * wrong value is refused with its path and what would be right. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "schemas/buf.h"
#include "schemas/status.h"

/* kind, field, section ("" top), key, default, low, high, help */
#define CONFIG_KEYS(X)                                                        \
        X(TEXT, state_dir, "", "state_dir", "/var/lib/sanfang", 1, 0,         \
          "where journal, snapshots and the socket live")                     \
        X(TEXT, rules, "", "rules", "", 0, 0,                                 \
          "rule table read when none is in force yet")                        \
        X(TEXT, checks, "", "checks", "", 0, 0,                               \
          "check table (plausibility) read when none is in force yet")        \
        X(TEXT, day_dir, "", "day_dir", "", 0, 0,                             \
          "folder of the demo's day (rivers.geojson)")                        \
        X(TEXT, grid_command, "", "grid_command", "sanfang", 0, 0,            \
          "the sanfang command, for reading rasters in a child")              \
        X(TEXT, migrations_dir, "", "migrations_dir", "", 0, 0,               \
          "folder of the SQL migrations; empty: as built or installed")       \
        X(TEXT, city, "", "city", "440900", 0, 0, "GB/T 2260 code")           \
        X(BOOL, demo, "", "demo", "false", 0, 1, "say that this is a demo")   \
        X(TEXT, source_zh, "source_line", "zh", "", 0, 0,                     \
          "the map's source line, Chinese")                                   \
        X(TEXT, source_en, "source_line", "en", "", 0, 0,                     \
          "the map's source line, English")                                   \
        X(TEXT, clock_mode, "clock", "mode", "wall", 0, 0,                    \
          "wall, or storm (the journal's own clock)")                         \
        X(TEXT, http_address, "http", "address", "127.0.0.1", 0, 0,           \
          "address to listen on")                                             \
        X(INT, http_port, "http", "port", "8080", 0, 65535, "port")           \
        X(TEXT, console_dir, "http", "console_dir", "", 0, 0,                 \
          "folder of the built console")                                      \
        X(BOOL, behind_proxy, "http", "behind_proxy", "false", 0, 1,          \
          "a TLS proxy stands in front; cookies become Secure")               \
        X(TEXT, tls_certificate, "http", "certificate", "", 0, 0,             \
          "PEM file; with http.key the server speaks TLS itself")             \
        X(TEXT, tls_key, "http", "key", "", 0, 0, "PEM file")                 \
        X(TEXT, origin, "http", "origin", "", 0, 0,                           \
          "allowed Origin besides our own address, e.g. "                     \
          "https://sanfang.example")                                          \
        X(TEXT, mqtt_url, "mqtt", "url", "tcp://127.0.0.1:1883", 0, 0,        \
          "broker, tcp:// or ssl://")                                         \
        X(TEXT, mqtt_client_id, "mqtt", "client_id", "sanfangd", 0, 0,        \
          "must stay the same: the broker keeps our session under it")        \
        X(TEXT, mqtt_user, "mqtt", "user", "", 0, 0, "account")               \
        X(TEXT, mqtt_password_file, "mqtt", "password_file", "", 0, 0,        \
          "file whose first line is the password")                            \
        X(TEXT, mqtt_ca_file, "mqtt", "ca_file", "", 0, 0,                    \
          "PEM file for ssl://")                                              \
        X(TEXT, database_uri, "database", "uri", "", 0, 0,                    \
          "libpq connection string")                                          \
        X(TEXT, sl651_address, "sl651", "tcp_address", "127.0.0.1", 0, 0,     \
          "address where SL 651 terminals connect")                           \
        X(INT, sl651_port, "sl651", "tcp_port", "0", 0, 65535,                \
          "port for SL 651 terminals; 0: none")                               \
        X(INT, sl651_max_connections, "sl651", "max_connections", "12000", 1, \
          100000, "terminals connected at one time")                          \
        X(INT, sl651_max_per_address, "sl651", "max_per_address", "512", 4,   \
          65535, "of them from one address (a gateway has many)")             \
        X(INT, sl651_idle_s, "sl651", "idle_s", "900", 5, 86400,              \
          "seconds without a whole frame until the end")                      \
        X(TEXT, sl651_confirm_after, "sl651", "confirm_after", "sync", 0, 0,  \
          "sync (on the disk) or commit (in the database)")                   \
        X(INT, journal_segment_mb, "journal", "segment_mb", "64", 1, 1024,    \
          "size of one segment file")                                         \
        X(INT, journal_max_mb, "journal", "max_mb", "8192", 16, 1048576,      \
          "size of all segments")                                             \
        X(INT, journal_keep_mb, "journal", "keep_mb", "2048", 0, 1048576,     \
          "the past is kept up to this size, for replay and inquiry")         \
        X(INT, journal_reserve_mb, "journal", "reserve_mb", "64", 1, 65536,   \
          "kept free for ticks, links and officers' commands")                \
        X(INT, journal_sync_ms, "journal", "sync_ms", "5", 0, 1000,           \
          "interval of the group fdatasync")                                  \
        X(INT, snapshot_s, "journal", "snapshot_s", "60", 5, 86400,           \
          "seconds between snapshots")

enum config_kind { CONFIG_TEXT, CONFIG_INT, CONFIG_BOOL };

struct config {
#define CONFIG_FIELD_TEXT(name) char name[512];
#define CONFIG_FIELD_INT(name) int64_t name;
#define CONFIG_FIELD_BOOL(name) bool name;
#define X(kind, field, section, key, def, low, high, help) \
        CONFIG_FIELD_##kind(field)
        CONFIG_KEYS(X)
#undef X
};

/* Defaults, then the file, then SANFANG_HTTP_PORT and SANFANG_STATE_DIR
 * of the environment. */
enum status config_load(const char *path, struct config *ret, struct err *e);
/* The keys in words, for --help-config. */
void config_help(struct buf *b);

#endif
