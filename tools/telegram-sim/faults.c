#include "faults.h"

#include "sim.h"
#include "validate.h"

#include "base/json.h"

#include <strings.h>

enum { FAULT_DELAY_MS_MAX = 600000, RETRY_AFTER_S_MAX = 1209600 };

struct kind {
    const char *name;
    uint32_t delay_ms;
};

static const struct kind kinds[] = {
#define FAULT(name, effect, delay_ms) {#name, delay_ms},
    FAULT_LIST(FAULT)
#undef FAULT
};

static bool number_read(const cJSON *rule, const char *key, int64_t max, int64_t *out,
                        struct why *why);

enum error faults_add(struct faults *faults, const cJSON *rule, struct why *why)
{
    struct fault fault = {.method = "*", .probability = 1};
    size_t kind = 0;
    if (faults->count == FAULTS_MAX)
        return why_set(why, ERROR_FULL, "more than %d faults", FAULTS_MAX);
    const cJSON *method = json_member(rule, "method");
    if (method && (!slice_copy(json_string(method), fault.method, sizeof(fault.method)) ||
                   (strcmp(fault.method, "*") != 0 && !api_find(slice_from(fault.method)))))
        return why_set(why, ERROR_INVALID, "method is a Bot API method or \"*\"");
    while (kind < FAULT_COUNT &&
           !slice_is(json_string(json_member(rule, "kind")), kinds[kind].name))
        kind++;
    if (kind == FAULT_COUNT)
        return why_set(why, ERROR_INVALID,
                       "kind is http_500, http_502, timeout_after_effect, "
                       "drop_before, drop_after, slow or flood_429");
    fault.kind = (enum fault_kind)kind;
    const cJSON *probability = json_member(rule, "probability");
    if (probability) {
        if (!cJSON_IsNumber(probability) || !(probability->valuedouble >= 0) ||
            probability->valuedouble > 1)
            return why_set(why, ERROR_INVALID, "probability is a number from 0 to 1");
        fault.probability = probability->valuedouble;
    }
    const cJSON *whole_bot = json_member(rule, "whole_bot");
    if (whole_bot && !json_bool(whole_bot, &fault.whole_bot))
        return why_set(why, ERROR_INVALID, "whole_bot is a boolean");
    const cJSON *chat_id = json_member(rule, "chat_id");
    if (chat_id && !json_i64(chat_id, &fault.chat_id))
        return why_set(why, ERROR_INVALID, "chat_id is an integer");
    int64_t count = 0;
    int64_t skip = 0;
    int64_t delay_ms = kinds[kind].delay_ms;
    int64_t retry_after_s = 5;
    if (!number_read(rule, "count", INT64_C(1) << 40, &count, why) ||
        !number_read(rule, "skip", INT64_C(1) << 40, &skip, why) ||
        !number_read(rule, "delay_ms", FAULT_DELAY_MS_MAX, &delay_ms, why) ||
        !number_read(rule, "retry_after", RETRY_AFTER_S_MAX, &retry_after_s, why))
        return ERROR_INVALID;
    fault.limited = count > 0;
    fault.count = (uint64_t)count;
    fault.skip = (uint64_t)skip;
    fault.delay_ms = (uint32_t)delay_ms;
    fault.retry_after_s = retry_after_s ? (uint32_t)retry_after_s : 1;
    faults->list[faults->count++] = fault;
    return ERROR_NONE;
}

struct fault *faults_draw(struct sim *sim, const char *method, int64_t chat_id)
{
    for (size_t i = 0; i < sim->faults.count; i++) {
        struct fault *fault = &sim->faults.list[i];
        if ((fault->limited && !fault->count) || (fault->chat_id && fault->chat_id != chat_id) ||
            (strcmp(fault->method, "*") != 0 && strcasecmp(fault->method, method) != 0))
            continue;
        if (fault->skip) {
            fault->skip--;
            continue;
        }
        if (fault->probability < 1 && sim_chance(sim) >= fault->probability)
            continue;
        if (fault->limited)
            fault->count--;
        fault->fired++;
        return fault;
    }
    return NULL;
}

void faults_render(const struct faults *faults, struct buf *out)
{
    buf_append_text(out, "[");
    for (size_t i = 0; i < faults->count; i++) {
        const struct fault *fault = &faults->list[i];
        buf_printf(out, "%s{\"method\":\"%s\",\"kind\":\"%s\",\"probability\":%g,\"fired\":%llu",
                   i ? "," : "", fault->method, kinds[fault->kind].name, fault->probability,
                   (unsigned long long)fault->fired);
        if (fault->limited)
            buf_printf(out, ",\"left\":%llu", (unsigned long long)fault->count);
        buf_append_text(out, "}");
    }
    buf_append_text(out, "]");
}

const char *fault_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

/* Leaves out as it is when the key is absent. */
static bool number_read(const cJSON *rule, const char *key, int64_t max, int64_t *out,
                        struct why *why)
{
    const cJSON *item = json_member(rule, key);
    if (!item)
        return true;
    if (json_i64(item, out) && *out >= 0 && *out <= max)
        return true;
    (void)why_set(why, ERROR_INVALID, "%s is an integer from 0 to %lld", key, (long long)max);
    return false;
}
