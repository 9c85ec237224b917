#include "actors/figures_desk.h"

#include "base/clock.h"
#include "base/log.h"
#include "http/route.h"

#include <stdio.h>
#include <string.h>

enum {
    QUESTION_MS = 2000, /* as a list */
    MAKING_MS = 15000,
    AGAIN_MS = 100,
    BODY_BYTES_MAX = 8 * 1024 * 1024
};

static enum error begin(struct figures_desk *desk, const struct figures_request *request,
                        unsigned *status, bool *done, struct why *why);
static enum error begin_made(struct figures_desk *desk, const struct figures_request *request,
                             unsigned *status, bool *done, struct why *why);
static enum error step(struct figures_desk *desk, bool *more, struct why *why);
static enum error finish(struct figures_desk *desk, const char **content_type, struct why *why);
static void drop(struct figures_desk *desk);

enum error figures_desk_open(struct figures_desk *desk, struct mirror_host *host,
                             const struct site *site, struct why *why)
{
    desk->host = host;
    buf_init(&desk->body, BODY_BYTES_MAX);
    enum error error = calendar_new(site->config->timezone, &desk->calendar);
    return error == ERROR_NONE
               ? error
               : why_set(why, error, "the calendar of %s cannot be made", site->config->timezone);
}

void figures_desk_close(struct figures_desk *desk)
{
    drop(desk);
    calendar_destroy(&desk->calendar);
    buf_deinit(&desk->body);
}

bool figures_desk_knows(const char *thing)
{
    return strcmp(thing, "kpis") == 0 || strncmp(thing, "kpis/", 5) == 0 ||
           strncmp(thing, "reports/", 8) == 0;
}

bool figures_desk_take(struct figures_desk *desk, uint64_t origin, uint64_t id, const char *thing,
                       const char *query)
{
    if (desk->count == FIGURES_WAITING_MAX)
        return false;
    struct figures_request *request = &desk->waiting[desk->count++];
    *request = (struct figures_request){
        .origin = origin, .id = id, .give_up_ms = clock_mono_ms() + MAKING_MS};
    snprintf(request->thing, sizeof request->thing, "%s", thing);
    snprintf(request->query, sizeof request->query, "%s", query);
    return true;
}

bool figures_desk_busy(const struct figures_desk *desk)
{
    return desk->count > 0;
}

long figures_desk_timeout_ms(const struct figures_desk *desk, uint64_t now_ms)
{
    if (desk->count == 0)
        return -1;
    uint64_t again_ms = desk->waiting[0].again_ms;
    return again_ms > now_ms ? (long)(again_ms - now_ms) : 0;
}

bool figures_desk_turn(struct figures_desk *desk, uint64_t now_ms, bool ending,
                       struct figures_answer *out)
{
    struct figures_request *request = &desk->waiting[0];
    struct why why = {""};
    bool done = false;
    bool more = true;
    unsigned status = 200;
    const char *type = "application/json";
    if (desk->count == 0 || request->again_ms > now_ms)
        return false;
    enum error error = ERROR_NONE;
    if (!desk->begun)
        error = begin(desk, request, &status, &done, &why);
    else
        error = step(desk, &more, &why);
    if (error == ERROR_NONE && !more)
        error = finish(desk, &type, &why);
    if (error == ERROR_NONE && more && !done)
        return false;
    bool over = error == ERROR_TIMEOUT || error == ERROR_TOO_LARGE || error == ERROR_NONE;
    if (!over && !ending && now_ms + AGAIN_MS < request->give_up_ms) {
        drop(desk);
        request->again_ms = now_ms + AGAIN_MS;
        return false;
    }
    if (error != ERROR_NONE) {
        char text[600];
        buf_clear(&desk->body);
        status = error == ERROR_TOO_LARGE ? 400 : 503;
        problem_json(&desk->body, status, status == 503 ? "busy" : "refused",
                     over ? why.text : "the mirror cannot be read now, try again");
        if (!over)
            log_event(LOG_mirror_not_readable, "path=%s list=%s error=%s", desk->host->path,
                      request->thing, log_quote(slice_from(why.text), text, sizeof text));
    }
    *out = (struct figures_answer){.origin = request->origin,
                                   .id = request->id,
                                   .status = status,
                                   .content_type = type,
                                   .body = buf_slice(&desk->body)};
    drop(desk);
    memmove(desk->waiting, desk->waiting + 1, --desk->count * sizeof *desk->waiting);
    return true;
}

/* *done: it is answered already, in the body and *status. */
static enum error begin(struct figures_desk *desk, const struct figures_request *request,
                        unsigned *status, bool *done, struct why *why)
{
    buf_clear(&desk->body);
    enum error error = figures_open(desk->host->path, desk->calendar, QUESTION_MS, &desk->database,
                                    &desk->margin, why);
    if (error != ERROR_NONE)
        return error;
    desk->begun = true;
    return begin_made(desk, request, status, done, why);
}

static enum error begin_made(struct figures_desk *desk, const struct figures_request *request,
                             unsigned *status, bool *done, struct why *why)
{
    struct query_fault fault = {"", ""};
    struct slice query = slice_from(request->query);
    const char *thing = request->thing;
    size_t len = strlen(thing);
    int64_t now_ms = (int64_t)clock_wall_ms();
    *status = 400;
    if (strcmp(thing, "kpis") == 0) {
        desk->figures = figures_asked(query, now_ms, desk->margin, &fault);
    } else if (thing[0] == 'r') {
        desk->periodic = periodic_asked(slice_from(thing + strlen("reports/")), query, now_ms,
                                        desk->calendar, desk->margin, status, &fault);
    } else {
        size_t head = strlen("kpis/");
        size_t tail = strlen("/rows");
        struct slice name = slice_of(thing + head, len > head + tail ? len - head - tail : 0);
        *done = true;
        return kpi_rows(desk->database, name, query, now_ms, &desk->body, status, why);
    }
    if (desk->figures != NULL || desk->periodic != NULL) {
        *status = 200;
        return ERROR_NONE;
    }
    if (fault.detail[0] == '\0')
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    *done = true;
    problem_json(&desk->body, *status, fault.code, fault.detail);
    return ERROR_NONE;
}

static enum error step(struct figures_desk *desk, bool *more, struct why *why)
{
    return desk->figures != NULL ? figures_step(desk->figures, desk->database, more, why)
                                 : periodic_step(desk->periodic, desk->database, more, why);
}

static enum error finish(struct figures_desk *desk, const char **content_type, struct why *why)
{
    if (desk->periodic != NULL) {
        enum sheet_format format = periodic_format(desk->periodic);
        *content_type = sheet_content_type(format);
        return sheet_write(periodic_document(desk->periodic), format, &desk->body, why);
    }
    cJSON *json = figures_json(desk->figures);
    enum error error = sheet_write(json, SHEET_JSON, &desk->body, why);
    cJSON_Delete(json);
    return error;
}

static void drop(struct figures_desk *desk)
{
    figures_destroy(&desk->figures);
    periodic_destroy(&desk->periodic);
    database_close(&desk->database);
    desk->begun = false;
}
