/* Faults that tests order by the control API. The first rule that matches a call and wins its draw
 * decides what becomes of the call; rules are tried in the order in which they came. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "base/buf.h"
#include "base/error.h"

#include <cjson/cJSON.h>

enum { FAULTS_MAX = 64 };

struct sim;

/* FAULT(name, the call takes effect, default delay_ms) */
#define FAULT_LIST(FAULT)                                                                          \
    FAULT(http_500, false, 0)                                                                      \
    FAULT(http_502, false, 0)                                                                      \
    FAULT(timeout_after_effect, true, 60000)                                                       \
    FAULT(drop_before, false, 0)                                                                   \
    FAULT(drop_after, true, 0)                                                                     \
    FAULT(slow, true, 5000)                                                                        \
    FAULT(flood_429, false, 0)

enum fault_kind {
#define FAULT(name, effect, delay_ms) FAULT_##name,
    FAULT_LIST(FAULT)
#undef FAULT
        FAULT_COUNT
};

struct fault {
    char method[48]; /* "*": all */
    enum fault_kind kind;
    double probability;
    uint64_t count; /* left; 0 when unlimited */
    bool limited;
    uint64_t skip; /* calls that match and are let through first */
    uint32_t delay_ms;
    uint32_t retry_after_s;
    bool whole_bot;  /* flood_429: freezes the bot, not the chat */
    int64_t chat_id; /* 0: any */
    uint64_t fired;
};

struct faults {
    struct fault list[FAULTS_MAX];
    size_t count;
};

enum error faults_add(struct faults *faults, const cJSON *rule, struct why *why);
/* NULL: the call goes its way. */
struct fault *faults_draw(struct sim *sim, const char *method, int64_t chat_id);
void faults_render(const struct faults *faults, struct buf *out);
const char *fault_name(enum fault_kind kind);

#endif
