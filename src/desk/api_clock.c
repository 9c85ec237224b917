/* The test clock's resource: what time it is, and moving it forward. */
#include "base/clock.h"
#include "desk/api_call.h"

enum { ADVANCE_DAYS_MAX = 3660 };

static const uint64_t second_ms = 1000;
static const uint64_t day_ms = 24ull * 3600 * 1000;
/* 2200-01-01T00:00:00Z: calendars and signed arithmetic are at home until there. */
static const uint64_t last_ms = 7258118400000;

static bool has_clock(struct api_call *call);

void api_get_clock(struct api_call *call)
{
    char now[32];
    if (!has_clock(call))
        return;
    clock_format_utc((int64_t)call->request->now_ms, now, sizeof(now));
    call->judgement->kind = JUDGEMENT_ANSWER;
    call->judgement->status = 200;
    call->judgement->reason = "clock";
    call->judgement->content_type = "application/json";
    buf_printf(&call->judgement->body, "{\"now\":\"%s\"}", now);
}

/* {"advance":"7 days"} */
void api_post_clock(struct api_call *call)
{
    struct slice text = json_string(json_member(call->body, "advance"));
    uint64_t ms;
    if (!has_clock(call))
        return;
    if (!duration_parse(text, &ms) || ms < second_ms || ms > ADVANCE_DAYS_MAX * day_ms)
        api_refuse(call, 400,
                   "advance must be a duration from 1 second to 3660 days, in seconds, minutes, "
                   "hours or days, as \"7 days\"");
    else if (call->request->now_ms + ms > last_ms)
        api_refuse(call, 400, "advance must not lead beyond the year 2199");
    else
        api_ask(call, QUERY_CLOCK, (int64_t)ms, "", 0);
}

static bool has_clock(struct api_call *call)
{
    if (call->config->test_clock)
        return true;
    api_refuse(call, 404,
               "there is no test clock here: this usher lives by the real time; a configuration "
               "with test_clock: true has one");
    return false;
}
