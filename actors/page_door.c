#include "actors/page_door.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "web/choose.h"
#include "web/page.h"

static void make_busy(struct page_door *door);
static void refuse(struct page_door *door, struct asker asker, enum language language);
static struct slice header_of(const struct http_request *request, const char *name);

enum error page_door_open(struct page_door *door, struct why *why)
{
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        buf_init(&door->busy[i], PAGE_BYTES_MAX);
    make_busy(door);
    return pages_new(door->config, &door->pages, why);
}

void page_door_close(struct page_door *door)
{
    pages_destroy(&door->pages);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        buf_deinit(&door->busy[i]);
}

void page_door_use(struct page_door *door, const struct config *config)
{
    door->config = config;
    make_busy(door);
    pages_use(door->pages, config);
}

/* The question goes the way of all questions. */
void page_door_ask(struct page_door *door, const struct http_request *request,
                   const struct route_match *match, struct slice bot)
{
    char path[PAGES_PATH_SIZE];
    enum language language =
        web_language(request->query, header_of(request, "Accept-Language"), door->config->language);
    struct parked_entry entry = {
        .tag = request->id,
        .received_us = request->received_us,
        .label = match->label,
        .page = pages_begin(door->pages, match, language, bot, request->query, path)};
    if (entry.page != 0 && path[0] == '\0') {
        pages_give(door->pages, entry.page, &entry, 404, SLICE(""));
        return;
    }
    struct message message = {.kind = MESSAGE_request,
                              .request = {.origin = door->origin,
                                          .source = SOURCE_PAGE,
                                          .method = SLICE("GET"),
                                          .path = slice_from(path),
                                          .received_ms = request->received_ms}};
    if (entry.page != 0 && outlet_has_room(door->requests))
        message.request.id = parked_add(door->parked, &entry, clock_mono_ms());
    if (message.request.id != 0 && outlet_put(door->requests, &message))
        return;
    if (message.request.id != 0)
        ASSERT(parked_take(door->parked, message.request.id, &entry));
    if (entry.page != 0)
        pages_end(door->pages, entry.page);
    metric_add(metric_series(METRIC_usher_busy_total, "pages", NULL), 1);
    refuse(door, asker_of(request, match), language);
}

void page_door_style(struct page_door *door, const struct http_request *request,
                     const struct route_match *match)
{
    struct http_answer answer;
    pages_style(match->name, header_of(request, "If-None-Match"), &answer);
    answers_give(door->answers, asker_of(request, match), &answer);
}

void page_door_verdict(struct page_door *door, const struct parked_entry *entry,
                       const struct message_verdict *verdict)
{
    pages_give(door->pages, entry->page, entry, (unsigned)verdict->status, verdict->body);
}

void page_door_give_up(struct page_door *door, const struct parked_entry *entry)
{
    pages_end(door->pages, entry->page);
    refuse(door, asker_parked(entry), door->config->language);
}

int page_door_fd(const struct page_door *door)
{
    return pages_fd(door->pages);
}

void page_door_ready(struct page_door *door)
{
    struct parked_entry entry;
    struct http_answer answer;
    for (uint32_t page; (page = pages_take(door->pages, &entry, &answer)) != 0;) {
        answers_give(door->answers, asker_parked(&entry), &answer);
        pages_end(door->pages, page);
    }
}

static void make_busy(struct page_door *door)
{
    const struct page_site site = {.config = door->config};
    for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
        buf_clear(&door->busy[i]);
        page_notice(&site, PAGE_BUSY, (enum language)i, &door->busy[i]);
        if (door->busy[i].failed) /* then without words */
            buf_clear(&door->busy[i]);
    }
}

static void refuse(struct page_door *door, struct asker asker, enum language language)
{
    struct http_answer answer;
    pages_busy(buf_slice(&door->busy[language]), &answer);
    answers_give(door->answers, asker, &answer);
}

/* Absent when it is missing or there twice. */
static struct slice header_of(const struct http_request *request, const char *name)
{
    bool repeated = false;
    return http_header_find(request->headers, request->header_count, name, &repeated);
}
