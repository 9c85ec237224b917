/* What happened: every call by method and result, violations of limits, warnings, follows of links,
 * and the record file with one JSON line a call. Lists are bounded; their counts are not. */
#ifndef SIM_REPORT_H
#define SIM_REPORT_H

#include "limits.h"
#include "reply.h"

#include "base/buf.h"
#include "base/error.h"

#include <stdio.h>

struct chat;

enum {
    REPORT_VIOLATIONS_MAX = 10000,
    REPORT_WARNINGS_MAX = 1000,
    REPORT_ERRORS_MAX = 1000,
    REPORT_WARNING_BYTES = 200
};

/* FOLLOW(name): what came of following an invite link. */
#define FOLLOW_LIST(FOLLOW)                                                                        \
    FOLLOW(joined)                                                                                 \
    FOLLOW(requested)                                                                              \
    FOLLOW(already_in)                                                                             \
    FOLLOW(already_requested)                                                                      \
    FOLLOW(unknown)                                                                                \
    FOLLOW(revoked)                                                                                \
    FOLLOW(expired)                                                                                \
    FOLLOW(full)                                                                                   \
    FOLLOW(banned)

enum follow {
#define FOLLOW(name) FOLLOW_##name,
    FOLLOW_LIST(FOLLOW)
#undef FOLLOW
        FOLLOW_COUNT
};

/* RESULT(name): the columns of the calls' table. */
#define RESULT_LIST(RESULT)                                                                        \
    RESULT(200)                                                                                    \
    RESULT(400)                                                                                    \
    RESULT(401)                                                                                    \
    RESULT(403)                                                                                    \
    RESULT(404)                                                                                    \
    RESULT(409)                                                                                    \
    RESULT(429)                                                                                    \
    RESULT(500)                                                                                    \
    RESULT(502)                                                                                    \
    RESULT(unanswered)

enum result {
#define RESULT(name) RESULT_##name,
    RESULT_LIST(RESULT)
#undef RESULT
        RESULT_COUNT
};

struct violation {
    uint64_t at_ms;
    enum limit limit;
    uint32_t bot;
    int32_t method;
    int64_t chat_id;
    uint32_t count; /* arrivals in the window, this one included */
    uint32_t max;
    uint32_t retry_after_s;
};

struct warning {
    uint64_t at_ms;
    int32_t method; /* -1: none */
    uint64_t count; /* of the same words */
    char text[REPORT_WARNING_BYTES];
};

struct failure {
    int32_t method;
    unsigned status;
    uint64_t count;
    char description[REPORT_WARNING_BYTES];
};

struct report {
    uint64_t started_ms;
    uint64_t (*calls)[RESULT_COUNT]; /* by method of api.def, the last row for unknown ones */
    uint64_t *not_simulated;         /* by method */
    uint64_t total;
    struct violation *violations;
    uint64_t violation_count;
    uint64_t violations_by[LIMIT_COUNT];
    struct warning *warnings;
    size_t warnings_kept;
    uint64_t warning_count;
    struct failure *failures;
    size_t failure_count;
    uint64_t follows[2][FOLLOW_COUNT]; /* of users, of strangers */
    uint64_t webhook_sent;
    uint64_t webhook_failed;
    FILE *record;
    bool record_failed;
};

enum error report_init(struct report *report, const char *record_path, uint64_t now_ms,
                       struct why *why);
void report_deinit(struct report *report);
/* Forgets the counts; the record file goes on. */
void report_reset(struct report *report, uint64_t now_ms);
void report_call(struct sim *sim, const struct reply *reply, unsigned status,
                 const char *description);
void report_violation(struct sim *sim, enum limit limit, uint32_t bot, int32_t method,
                      int64_t chat_id, uint32_t count, uint32_t max, uint32_t retry_after_s);
void report_warning(struct sim *sim, int32_t method, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Hands the record's lines to the file; when the loop has nothing else to do. */
void report_flush(struct report *report);
/* The whole report as JSON; users: with the messages of each user. */
void report_render(struct sim *sim, bool users, struct buf *out);
/* ,"members":[...],"pending":[...],"banned":[...] of one chat. */
void report_render_members(const struct chat *chat, struct buf *out);
const char *follow_name(enum follow follow);

#endif
