#include "report.h"

#include "memory.h"
#include "sim.h"
#include "validate.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

enum { RECORD_BUFFER_BYTES = 1 << 16 };

static void report_clear(struct report *report, uint64_t now_ms);
static enum result result_of(const struct reply *reply, unsigned status);
static void failure_count(struct report *report, int32_t method, unsigned status,
                          const char *description);
static void record_call(struct sim *sim, const struct reply *reply, unsigned status,
                        enum result result);

static const char *const follow_names[] = {
#define FOLLOW(name) #name,
    FOLLOW_LIST(FOLLOW)
#undef FOLLOW
};

enum error report_init(struct report *report, const char *record_path, uint64_t now_ms,
                       struct why *why)
{
    *report = (struct report){0};
    report->calls = memory_new(api_count() + 1, sizeof(*report->calls));
    report->not_simulated = memory_new(api_count(), sizeof(*report->not_simulated));
    report->violations = memory_new(REPORT_VIOLATIONS_MAX, sizeof(*report->violations));
    report->warnings = memory_new(REPORT_WARNINGS_MAX, sizeof(*report->warnings));
    report->failures = memory_new(REPORT_ERRORS_MAX, sizeof(*report->failures));
    report->started_ms = now_ms;
    if (!record_path)
        return ERROR_NONE;
    report->record = fopen(record_path, "w");
    if (!report->record)
        return why_set(why, ERROR_IO, "cannot write the record %s: %s", record_path,
                       strerror(errno));
    if (setvbuf(report->record, NULL, _IOFBF, RECORD_BUFFER_BYTES) != 0)
        return why_set(why, ERROR_MEMORY, "no buffer for the record");
    return ERROR_NONE;
}

void report_deinit(struct report *report)
{
    if (report->record && fclose(report->record) != 0)
        fprintf(stderr, "telegram-sim: the record could not be written: %s\n", strerror(errno));
    free(report->calls);
    free(report->not_simulated);
    free(report->violations);
    free(report->warnings);
    free(report->failures);
    *report = (struct report){0};
}

void report_reset(struct report *report, uint64_t now_ms)
{
    memset(report->calls, 0, (api_count() + 1) * sizeof(*report->calls));
    memset(report->not_simulated, 0, api_count() * sizeof(*report->not_simulated));
    report_clear(report, now_ms);
}

void report_call(struct sim *sim, const struct reply *reply, unsigned status,
                 const char *description)
{
    struct report *report = &sim->report;
    size_t row = reply->method < 0 ? api_count() : (size_t)reply->method;
    enum result result = result_of(reply, status);
    report->calls[row][result]++;
    report->total++;
    if (description)
        failure_count(report, reply->method, status, description);
    if (report->record)
        record_call(sim, reply, status, result);
}

void report_violation(struct sim *sim, enum limit limit, uint32_t bot, int32_t method,
                      int64_t chat_id, uint32_t count, uint32_t max, uint32_t retry_after_s)
{
    struct report *report = &sim->report;
    report->violations_by[limit]++;
    if (report->violation_count++ < REPORT_VIOLATIONS_MAX)
        report->violations[report->violation_count - 1] =
            (struct violation){.at_ms = sim->now_ms,
                               .limit = limit,
                               .bot = bot,
                               .method = method,
                               .chat_id = chat_id,
                               .count = count,
                               .max = max,
                               .retry_after_s = retry_after_s};
}

void report_warning(struct sim *sim, int32_t method, const char *format, ...)
{
    struct report *report = &sim->report;
    char text[REPORT_WARNING_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report->warning_count++;
    for (size_t i = 0; i < report->warnings_kept; i++)
        if (report->warnings[i].method == method && strcmp(report->warnings[i].text, text) == 0) {
            report->warnings[i].count++;
            return;
        }
    if (report->warnings_kept == REPORT_WARNINGS_MAX)
        return;
    struct warning *warning = &report->warnings[report->warnings_kept++];
    *warning = (struct warning){.at_ms = sim->now_ms, .method = method, .count = 1};
    memcpy(warning->text, text, sizeof(warning->text));
}

void report_flush(struct report *report)
{
    if (!report->record || report->record_failed)
        return;
    if (fflush(report->record) != 0) {
        fprintf(stderr, "telegram-sim: the record cannot be written: %s\n", strerror(errno));
        report->record_failed = true;
    }
}

const char *follow_name(enum follow follow)
{
    return follow_names[follow];
}

static void report_clear(struct report *report, uint64_t now_ms)
{
    struct report kept = *report;
    *report = (struct report){.started_ms = now_ms,
                              .calls = kept.calls,
                              .not_simulated = kept.not_simulated,
                              .violations = kept.violations,
                              .warnings = kept.warnings,
                              .failures = kept.failures,
                              .record = kept.record,
                              .record_failed = kept.record_failed};
}

static enum result result_of(const struct reply *reply, unsigned status)
{
    static const struct {
        unsigned status;
        enum result result;
    } columns[] = {{200, RESULT_200}, {400, RESULT_400}, {401, RESULT_401},
                   {403, RESULT_403}, {404, RESULT_404}, {409, RESULT_409},
                   {429, RESULT_429}, {500, RESULT_500}, {502, RESULT_502}};
    if (reply->mode == REPLY_NEVER || reply->mode == REPLY_DROP)
        return RESULT_unanswered;
    for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++)
        if (columns[i].status == status)
            return columns[i].result;
    return RESULT_500;
}

static void failure_count(struct report *report, int32_t method, unsigned status,
                          const char *description)
{
    for (size_t i = 0; i < report->failure_count; i++) {
        struct failure *failure = &report->failures[i];
        if (failure->method == method && failure->status == status &&
            strncmp(failure->description, description, sizeof(failure->description) - 1) == 0) {
            failure->count++;
            return;
        }
    }
    if (report->failure_count == REPORT_ERRORS_MAX)
        return;
    struct failure *failure = &report->failures[report->failure_count++];
    *failure = (struct failure){.method = method, .status = status, .count = 1};
    snprintf(failure->description, sizeof(failure->description), "%s", description);
}

/* status is what the call came to; "answered" tells whether the bot was told. */
static void record_call(struct sim *sim, const struct reply *reply, unsigned status,
                        enum result result)
{
    const char *bot = reply->bot < sim->world.bot_count ? sim->world.bots[reply->bot].username : "";
    const char *method = reply->method < 0 ? "" : api_at((size_t)reply->method)->name;
    if (fprintf(sim->report.record,
                "{\"at_ms\":%llu,\"arrived_us\":%llu,\"answered_ms\":%llu,\"bot\":\"%s\","
                "\"method\":\"%s\","
                "\"chat_id\":%lld,\"digest\":\"%s\",\"code\":%u,\"answered\":%s}\n",
                (unsigned long long)reply->at_ms, (unsigned long long)reply->arrived_us,
                (unsigned long long)sim->now_ms, bot, method, (long long)reply->chat_id,
                reply->digest, status, result == RESULT_unanswered ? "false" : "true") < 0)
        sim->report.record_failed = true;
}
