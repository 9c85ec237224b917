#include "actors/page_door.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/metrics.h"
#include "web/choose.h"
#include "web/page.h"

enum { TAP_BYTES_MAX = 65536, TAP_DEPTH_MAX = 8 };

static bool ask_gateway(struct page_door *door, const struct parked_entry *entry,
                        struct message *message);
static void make_busy(struct page_door *door);
static void refuse(struct page_door *door, struct asker asker, enum language language);
static struct slice header_of(const struct http_request *request, const char *name);

enum error page_door_open(struct page_door *door, struct why *why)
{
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        buf_init(&door->busy[i], PAGE_BYTES_MAX);
    buf_init(&door->scratch, TAP_BYTES_MAX);
    make_busy(door);
    return pages_new(door->config, &door->pages, why);
}

void page_door_close(struct page_door *door)
{
    pages_destroy(&door->pages);
    for (size_t i = 0; i < LANGUAGE_COUNT; i++)
        buf_deinit(&door->busy[i]);
    buf_deinit(&door->scratch);
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
    const struct pages_reader reader = {
        .language = web_language(request->query, header_of(request, "Accept-Language"),
                                 door->config->language),
        .bot = bot,
        .query = request->query,
        .phone = web_is_phone(header_of(request, "User-Agent"))};
    bool tap = pages_is_tap(match->name);
    if (slice_is(request->method, "POST") != tap) {
        answers_refuse(door->answers, asker_of(request, match), 405, tap ? "POST" : "GET, HEAD", 0,
                       tap ? "a payer posts this" : "a page is read");
        return;
    }
    struct parked_entry entry = {.tag = request->id,
                                 .received_us = request->received_us,
                                 .label = match->label,
                                 .page = pages_begin(door->pages, match, &reader, path)};
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
    refuse(door, asker_of(request, match), reader.language);
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
    struct message message = {.kind = MESSAGE_request};
    cJSON *order = NULL;
    bool taps =
        verdict->status == 200 && pages_taps(door->pages, entry->page) &&
        json_parse(verdict->body, TAP_BYTES_MAX, TAP_DEPTH_MAX, &order, NULL) == ERROR_NONE &&
        pages_tap(door->pages, entry->page, order, &door->scratch, &message.request);
    if (!taps)
        pages_give(door->pages, entry->page, entry, (unsigned)verdict->status, verdict->body);
    else if (!ask_gateway(door, entry, &message))
        pages_give(door->pages, entry->page, entry, 503, SLICE(""));
    json_free(&order);
}

/* Parked once more, for the gateway's answer. The payer's address is in this one message. */
static bool ask_gateway(struct page_door *door, const struct parked_entry *entry,
                        struct message *message)
{
    char address[HTTP_ADDRESS_BYTES];
    struct parked_entry dropped;
    http_server_address(door->answers->server, entry->tag, address);
    message->request.origin = door->origin;
    message->request.query = slice_from(address);
    message->request.received_ms = clock_wall_ms();
    if (!message_fits(message, NULL) || !outlet_has_room(door->requests))
        return false;
    message->request.id = parked_add(door->parked, entry, clock_mono_ms());
    if (message->request.id == 0)
        return false;
    if (outlet_put(door->requests, message))
        return true;
    ASSERT(parked_take(door->parked, message->request.id, &dropped));
    return false;
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
