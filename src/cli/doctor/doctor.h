/* usher doctor: looks at all that usher needs and does not hold itself (Telegram and the bots'
 * rights, gateways' keys, the address under which the world comes, disk, clock, mirror, backup) and
 * says what is missing and how to mend it. It changes nothing and sends nothing to anybody: it
 * asks, and writes one small file of its own into data_dir to time the disk. One file a part; what
 * each finds goes through doctor_say. */
#ifndef USHER_CLI_DOCTOR_DOCTOR_H
#define USHER_CLI_DOCTOR_DOCTOR_H

#include "base/buf.h"
#include "base/json.h"
#include "config/config.h"

enum { DOCTOR_FINDINGS_MAX = 2048, DOCTOR_ANSWER_MAX = 4 * 1024 * 1024 };

enum health {
    HEALTH_FINE,
    HEALTH_NOTE,   /* worth knowing; usher works */
    HEALTH_MISSING /* somebody has to do something */
};

struct finding {
    enum health health;
    const char *area; /* "telegram"; static */
    char thing[80];   /* "bot main" */
    char found[400];
    const char *remedy; /* static; NULL where nothing is to be done */
};

struct doctor {
    const struct config *config;
    const char *base_url; /* of the running usher, or NULL */
    struct finding *findings;
    size_t count; /* those over DOCTOR_FINDINGS_MAX are left out */
    struct buf answer;
};

/* One look at a server. */
struct doctor_ask {
    const char *method;
    const char *url;
    const char *const *headers; /* NULL: none */
    const char *content_type;
    struct slice body;
};

enum error doctor_init(struct doctor *doctor, const struct config *config);
void doctor_deinit(struct doctor *doctor);

/* Text from outside has its control characters taken out. */
void doctor_say(struct doctor *doctor, enum health health, const char *area, const char *thing,
                const char *remedy, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* How many are missing. */
size_t doctor_missing(const struct doctor *doctor);
/* The table, or one line of JSON. */
void doctor_print(const struct doctor *doctor, struct buf *out);
void doctor_print_json(const struct doctor *doctor, struct buf *out);

/* The status of the answer, whose body is in doctor->answer; 0, and why says it, when there was
 * none. The first Date of a server over the network is held against this machine's clock. */
unsigned doctor_fetch(struct doctor *doctor, const struct doctor_ask *ask, struct why *why);

void doctor_telegram(struct doctor *doctor);
void doctor_gateways(struct doctor *doctor);
void doctor_world(struct doctor *doctor);   /* the running usher, public_url */
void doctor_machine(struct doctor *doctor); /* disk, mirror, backup */

#endif
