/* schemas/wire/command.h -- the JSON bodies of our own records.
 *
 * RECORD_COMMAND: {"request","user","cmd",...}; cmd is one of
 *   ack    {"alert","agency","intent","note"}
 *   close  {"alert","why"}
 *   clock  {"rate_milli"}            (0 pauses)
 *   admit  {"name","record":{station}}   an unknown station that waits
 *   dismiss {"name"}
 *   amend  {"station","element","time","value","note"}
 *   rules_draft {"hash","text"}    a rule table, as it was written
 *   rules_tested {"hash","against","text"}   what a back-test said, by the
 *          server for the user who asked; against: the table then in force
 *   rules_confirm, rules_activate {"hash","note"}
 * RECORD_SESSION: {"what":"open","token_hash","user","wall","expires"} |
 *   {"what":"end","token_hash","user","by"} |
 *   {"what":"failed","user","from"}  (a refused sign-in, for the audit) |
 *   {"what":"denied","user","action","subject"} (a refused act)
 * RECORD_LINK:  {"link":"broker","up":true,"why":""}
 * RECORD_CLOCK: {"engine","rate_milli"}
 * RECORD_USER:  {"user","shown","hash","role","agency"|null,"zone",
 *   "disabled","by"}
 * RECORD_IMPORT: {"what":"station"|"zone"|"facility","by", fields...}
 * RECORD_RULES: a rule table as it stands in alerts/rules/NAME.json
 * RECORD_FORECAST: see schemas/wire/forecast.h */
#ifndef SCHEMAS_WIRE_COMMAND_H
#define SCHEMAS_WIRE_COMMAND_H

#include "schemas/alert.h"
#include "schemas/buf.h"
#include "schemas/element.h"
#include "schemas/place.h"
#include "schemas/status.h"

#define COMMANDS(X)                                                            \
        X(COMMAND_ACK, "ack", "确认", "acknowledge")                           \
        X(COMMAND_CLOSE, "close", "关闭", "close")                             \
        X(COMMAND_CLOCK, "clock", "时钟", "clock")                             \
        X(COMMAND_ADMIT, "admit", "接纳", "admit")                             \
        X(COMMAND_DISMISS, "dismiss", "不接纳", "dismiss")                     \
        X(COMMAND_AMEND, "amend", "订正", "amend")                             \
        X(COMMAND_RULES_DRAFT, "rules_draft", "规则草案", "draft of rules")    \
        X(COMMAND_RULES_TESTED, "rules_tested", "规则回算", "back-test")       \
        X(COMMAND_RULES_CONFIRM, "rules_confirm", "规则复核", "confirm rules") \
        X(COMMAND_RULES_ACTIVATE, "rules_activate", "规则启用",                \
          "rules in force")

WORD_DECLARE(command_kind, command_kind, COMMANDS)

struct command {
        enum command_kind kind;
        char request[40]; /* random, names the waiting request */
        char user[CODE_MAX + 1];
        char alert[ALERT_ID_MAX + 1];
        enum agency agency;
        enum intent intent;
        char note[NOTE_MAX + 1];
        int64_t rate_milli;
        char name[CODE_MAX + 1];       /* admit, dismiss: who; amend: station */
        const struct station *station; /* admit, to encode it */
        enum element element;          /* amend */
        int64_t time_us, value_milli;
        char hash[65], against[65]; /* of rules */
        struct text text;           /* draft, tested, to encode it */
};

/* What the command is about: an alert, a station's name, or a draft. */
const char *command_subject(const struct command *c);
/* The station of an admit command's record. */
enum status wire_command_station(struct text body, struct station *ret,
                                 struct err *e);

/* The text of a rules_draft or rules_tested command's record. */
enum status wire_command_text(struct text body, struct buf *ret, struct err *e);

void wire_command_encode(const struct command *c, struct buf *b);
enum status wire_command_decode(struct text body, struct command *ret,
                                struct err *e);

enum session_what { SESSION_OPEN, SESSION_END, SESSION_FAILED, SESSION_DENIED };

struct session_note {
        enum session_what what;
        char token_hash[65];
        char user[CODE_MAX + 1];
        bool wall;
        int64_t expires_real_us;
        char from[64]; /* address, or the action that was denied */
        char subject[ALERT_ID_MAX + 1];
};

void wire_session_encode(const struct session_note *n, struct buf *b);
enum status wire_session_decode(struct text body, struct session_note *ret,
                                struct err *e);

struct link_note {
        char link[CODE_MAX + 1];
        bool up;
        char why[160];
};

void wire_link_encode(const struct link_note *n, struct buf *b);
enum status wire_link_decode(struct text body, struct link_note *ret,
                             struct err *e);

struct clock_note {
        int64_t engine_us;
        int64_t rate_milli;
};

void wire_clock_encode(const struct clock_note *n, struct buf *b);
enum status wire_clock_decode(struct text body, struct clock_note *ret,
                              struct err *e);

struct user_note {
        char name[CODE_MAX + 1];
        char shown[64];
        char hash[160];
        enum role role;
        bool has_agency;
        enum agency agency;
        char zone[10];
        bool disabled;
        char by[CODE_MAX + 1];
};

void wire_user_encode(const struct user_note *n, struct buf *b);
enum status wire_user_decode(struct text body, struct user_note *ret,
                             struct err *e);

#endif
