#include "actors/pages.h"

#include "base/assert.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "http/query.h"
#include "web/choose.h"
#include "web/html.h"
#include "web/page.h"
#include "web/style.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { DOCUMENT_BYTES_MAX = 65536, DOCUMENT_DEPTH = 8, BUSY_RETRY_S = 2 };

enum page_kind { PAGE_PLAN, PAGE_ORDER, PAGE_ORDER_STATE, PAGE_TAP };
enum { PLACE_BYTES_MAX = 4096, PLACE_FIELDS = 5 };

struct page {
    bool used;
    enum page_kind kind;
    enum language language;
    char name[64]; /* of a plan, or the token; "" when it is neither */
    char bot[PAGES_BOT_MAX + 1];
    bool phone;
    bool taps;  /* the page has a button to tap */
    bool asked; /* of a tap: its gateway */
    char source[WEB_SOURCE_MAX + 1];
    struct parked_entry entry;
    unsigned status;
    struct http_field place[PLACE_FIELDS + 1]; /* with a Location, which points into body */
    struct buf document;
    struct buf body;
};

/* Numbers of pages, first in, first out. */
struct queue {
    uint32_t items[PAGES_MAX];
    size_t first, count;
};

struct pages {
    const struct config *config; /* under making, as the calendar */
    struct calendar *calendar;
    struct page pages[PAGES_MAX];
    pthread_t thread;
    bool started;
    pthread_mutex_t making; /* held while a page is made */
    pthread_mutex_t lock;   /* of what follows */
    pthread_cond_t more;
    struct queue given, made;
    bool quit;
    int fd;
};

/* forms: where they may lead, also by a redirect. */
#define FIELDS_OF_PAGES(forms, referrer)                                                           \
    {"Content-Security-Policy",                                                                    \
     "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'" forms "; "   \
     "base-uri 'none'; frame-ancestors 'none'"},                                                   \
        {"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", referrer},                      \
        {"Cross-Origin-Opener-Policy", "same-origin"},                                             \
    {                                                                                              \
        "Cross-Origin-Resource-Policy", "same-origin"                                              \
    }
#define FIELDS_OF_ORDERS                                                                           \
    {"Cache-Control", "no-store"}, {"X-Robots-Tag", "noindex, nofollow"},                          \
    {                                                                                              \
        "Vary", "Accept-Language, User-Agent"                                                      \
    }

static const struct http_field plan_fields[] = {FIELDS_OF_PAGES("", "no-referrer"),
                                                {"Cache-Control", "no-cache"},
                                                {"Vary", "Accept-Language"},
                                                {NULL, NULL}};
static const struct http_field order_fields[] = {
    FIELDS_OF_PAGES("", "no-referrer"), FIELDS_OF_ORDERS, {NULL, NULL}};
/* WeChat's cashier wants to know from which domain a payer comes: that, and no more. */
static const struct http_field tap_fields[] = {
    FIELDS_OF_PAGES(" https://wx.tenpay.com", "strict-origin"), FIELDS_OF_ORDERS, {NULL, NULL}};
static const struct http_field place_fields[PLACE_FIELDS] = {{"Location", NULL},
                                                             {"Referrer-Policy", "strict-origin"},
                                                             {"X-Content-Type-Options", "nosniff"},
                                                             {"Cache-Control", "no-store"},
                                                             {"X-Robots-Tag", "noindex, nofollow"}};

static const char html_type[] = "text/html; charset=utf-8";
static const char tap_suffix[] = "/pay";
static const char no_token[] = "00000000000000000000000000000000";

static void *thread_main(void *context);
static void make_page(struct pages *pages, struct page *page);
static void make_state(struct page *page, const cJSON *document);
static void make_place(const struct page_site *site, struct page *page);
static void push(struct queue *queue, uint32_t item);
static uint32_t pull(struct queue *queue);
static bool is_token(struct slice text);
static bool take_suffix(struct slice *text, const char *suffix);

enum error pages_new(const struct config *config, struct pages **out, struct why *why)
{
    struct pages *pages = calloc(1, sizeof *pages);
    *out = NULL;
    if (pages == NULL)
        return why_set(why, ERROR_MEMORY, "%s", error_text(ERROR_MEMORY));
    ASSERT(pthread_mutex_init(&pages->making, NULL) == 0);
    ASSERT(pthread_mutex_init(&pages->lock, NULL) == 0);
    ASSERT(pthread_cond_init(&pages->more, NULL) == 0);
    for (size_t i = 0; i < PAGES_MAX; i++) {
        buf_init(&pages->pages[i].document, DOCUMENT_BYTES_MAX);
        buf_init(&pages->pages[i].body, PAGE_BYTES_MAX);
    }
    pages_use(pages, config);
    pages->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE);
    if (pages->fd >= 0)
        pages->started = pthread_create(&pages->thread, NULL, thread_main, pages) == 0;
    if (!pages->started) {
        pages_destroy(&pages);
        return why_set(why, ERROR_BUSY, "cannot start the thread that makes pages");
    }
    *out = pages;
    return ERROR_NONE;
}

void pages_destroy(struct pages **pages)
{
    struct pages *it = *pages;
    if (it == NULL)
        return;
    ASSERT(pthread_mutex_lock(&it->lock) == 0);
    it->quit = true;
    ASSERT(pthread_cond_signal(&it->more) == 0);
    ASSERT(pthread_mutex_unlock(&it->lock) == 0);
    if (it->started)
        ASSERT(pthread_join(it->thread, NULL) == 0);
    if (it->fd >= 0)
        ASSERT(close(it->fd) == 0);
    for (size_t i = 0; i < PAGES_MAX; i++) {
        buf_deinit(&it->pages[i].document);
        buf_deinit(&it->pages[i].body);
    }
    calendar_destroy(&it->calendar);
    ASSERT(pthread_cond_destroy(&it->more) == 0);
    ASSERT(pthread_mutex_destroy(&it->lock) == 0);
    ASSERT(pthread_mutex_destroy(&it->making) == 0);
    free(it);
    *pages = NULL;
}

/* Without memory for a calendar times are shown as UTC. */
void pages_use(struct pages *pages, const struct config *config)
{
    ASSERT(pthread_mutex_lock(&pages->making) == 0);
    pages->config = config;
    calendar_destroy(&pages->calendar);
    if (calendar_new(config->timezone, &pages->calendar) != ERROR_NONE)
        pages->calendar = NULL;
    ASSERT(pthread_mutex_unlock(&pages->making) == 0);
}

uint32_t pages_begin(struct pages *pages, const struct route_match *match,
                     const struct pages_reader *reader, char path[PAGES_PATH_SIZE])
{
    struct slice name = match->name;
    enum page_kind kind = match->route == ROUTE_PLAN_PAGE  ? PAGE_PLAN
                          : take_suffix(&name, "/state")   ? PAGE_ORDER_STATE
                          : take_suffix(&name, tap_suffix) ? PAGE_TAP
                                                           : PAGE_ORDER;
    uint32_t n = 0;
    while (n < PAGES_MAX && pages->pages[n].used)
        n++;
    path[0] = 0;
    if (n == PAGES_MAX)
        return 0;
    struct page *page = &pages->pages[n];
    page->used = true;
    page->kind = kind;
    page->language = reader->language;
    page->phone = reader->phone;
    page->taps = page->asked = false;
    web_source(reader->query, page->source);
    if (!slice_copy(reader->bot, page->bot, sizeof page->bot))
        page->bot[0] = 0;
    if (kind == PAGE_PLAN) {
        const struct config_plan *plan = config_plan_find(pages->config, name);
        (void)slice_copy(slice_from(plan == NULL ? "" : plan->name), page->name, sizeof page->name);
        if (plan != NULL)
            (void)snprintf(path, PAGES_PATH_SIZE, "/api/v1/plans/%s/seats", plan->name);
        return n + 1;
    }
    (void)slice_copy(is_token(name) ? name : slice_from(no_token), page->name, sizeof page->name);
    (void)snprintf(path, PAGES_PATH_SIZE, "/api/v1/order_pages/%s", page->name);
    return n + 1;
}

bool pages_is_tap(struct slice name)
{
    return take_suffix(&name, tap_suffix);
}

bool pages_taps(const struct pages *pages, uint32_t page)
{
    ASSERT(page >= 1 && page <= PAGES_MAX && pages->pages[page - 1].used);
    return pages->pages[page - 1].kind == PAGE_TAP && !pages->pages[page - 1].asked;
}

bool pages_tap(struct pages *pages, uint32_t page, const cJSON *json, struct buf *scratch,
               struct message_request *asked)
{
    ASSERT(pages_taps(pages, page));
    struct page *it = &pages->pages[page - 1];
    struct slice gateway = json_string(json_member(json, "by_phone"));
    const char *currency = currency_find(json_string(json_member(json, "currency")));
    int64_t created = 0, expires = 0;
    struct message order = {
        .kind = MESSAGE_part_checkout,
        .part_checkout = {.gateway = gateway,
                          .order_id = json_string(json_member(json, "order_id")),
                          .plan = json_string(json_member(json, "plan"))}};
    struct message_part_checkout *part = &order.part_checkout;
    if (gateway.len == 0 || currency == NULL ||
        !money_parse(json_string(json_member(json, "amount")), currency, &part->amount) ||
        !clock_parse_utc(json_string(json_member(json, "created")), &created))
        return false;
    (void)clock_parse_utc(json_string(json_member(json, "expires")), &expires);
    part->currency = slice_from(currency);
    part->created_ms = (uint64_t)created;
    part->expires_ms = (uint64_t)expires;
    buf_clear(scratch);
    wire_encode(scratch, &order);
    it->asked = !scratch->failed;
    *asked = (struct message_request){
        .source = SOURCE_TAP, .name = gateway, .method = SLICE("POST"), .body = buf_slice(scratch)};
    return it->asked;
}

void pages_give(struct pages *pages, uint32_t page, const struct parked_entry *entry,
                unsigned status, struct slice json)
{
    ASSERT(page >= 1 && page <= PAGES_MAX && pages->pages[page - 1].used);
    struct page *it = &pages->pages[page - 1];
    it->entry = *entry;
    it->status = status;
    buf_clear(&it->document);
    buf_append_slice(&it->document, json);
    ASSERT(pthread_mutex_lock(&pages->lock) == 0);
    push(&pages->given, page);
    ASSERT(pthread_cond_signal(&pages->more) == 0);
    ASSERT(pthread_mutex_unlock(&pages->lock) == 0);
}

int pages_fd(const struct pages *pages)
{
    return pages->fd;
}

uint32_t pages_take(struct pages *pages, struct parked_entry *entry, struct http_answer *answer)
{
    uint64_t one;
    if (read(pages->fd, &one, sizeof one) != sizeof one)
        return 0;
    ASSERT(pthread_mutex_lock(&pages->lock) == 0);
    uint32_t page = pull(&pages->made);
    ASSERT(pthread_mutex_unlock(&pages->lock) == 0);
    const struct page *it = &pages->pages[page - 1];
    *entry = it->entry;
    bool state = it->kind == PAGE_ORDER_STATE;
    *answer = (struct http_answer){.status = it->status,
                                   .content_type = !state              ? html_type
                                                   : it->status == 200 ? "application/json"
                                                                       : "application/problem+json",
                                   .retry_after_s = it->status == 503 ? BUSY_RETRY_S : 0,
                                   .fields = it->kind == PAGE_PLAN ? plan_fields
                                             : it->status == 303   ? it->place
                                             : it->taps            ? tap_fields
                                                                   : order_fields,
                                   .body = it->status == 303 ? SLICE("") : buf_slice(&it->body)};
    return page;
}

void pages_end(struct pages *pages, uint32_t page)
{
    ASSERT(page >= 1 && page <= PAGES_MAX && pages->pages[page - 1].used);
    pages->pages[page - 1].used = false;
}

void pages_busy(struct slice html, struct http_answer *answer)
{
    *answer = (struct http_answer){.status = 503,
                                   .content_type = html_type,
                                   .retry_after_s = BUSY_RETRY_S,
                                   .fields = order_fields,
                                   .body = html};
}

void pages_style(struct slice name, struct slice if_none_match, struct http_answer *answer)
{
    static const struct http_field missing[] = {{"X-Content-Type-Options", "nosniff"},
                                                {NULL, NULL}};
    static struct http_field found[] = {{"X-Content-Type-Options", "nosniff"},
                                        {"Cache-Control", "public, max-age=31536000, immutable"},
                                        {"Cross-Origin-Resource-Policy", "same-origin"},
                                        {"ETag", NULL},
                                        {NULL, NULL}};
    bool ours = slice_is(name, style_name());
    bool known = ours && style_known(if_none_match);
    found[3].value = style_etag();
    *answer = (struct http_answer){.status = !ours   ? 404
                                             : known ? 304
                                                     : 200,
                                   .content_type = ours ? "text/css; charset=utf-8" : NULL,
                                   .fields = ours ? found : missing,
                                   .body = !ours   ? SLICE("no such style sheet\n")
                                           : known ? SLICE("")
                                                   : style_text()};
}

static void *thread_main(void *context)
{
    struct pages *pages = context;
    ASSERT(pthread_mutex_lock(&pages->lock) == 0);
    while (!pages->quit) {
        if (pages->given.count == 0) {
            ASSERT(pthread_cond_wait(&pages->more, &pages->lock) == 0);
            continue;
        }
        uint32_t page = pull(&pages->given);
        ASSERT(pthread_mutex_unlock(&pages->lock) == 0);
        ASSERT(pthread_mutex_lock(&pages->making) == 0);
        make_page(pages, &pages->pages[page - 1]);
        ASSERT(pthread_mutex_unlock(&pages->making) == 0);
        ASSERT(pthread_mutex_lock(&pages->lock) == 0);
        push(&pages->made, page);
        uint64_t one = 1;
        ASSERT(write(pages->fd, &one, sizeof one) == sizeof one);
    }
    ASSERT(pthread_mutex_unlock(&pages->lock) == 0);
    return NULL;
}

/* What cannot be made for want of memory, or because the answer is no document, is a 503. */
static void make_page(struct pages *pages, struct page *page)
{
    const struct page_site site = {pages->config, pages->calendar, slice_from(page->bot),
                                   page->phone, slice_from(page->source)};
    const struct config_plan *plan = config_plan_find(pages->config, slice_from(page->name));
    cJSON *document = NULL;
    if (page->kind == PAGE_TAP && page->status != 404) {
        make_place(&site, page);
        return;
    }
    if (page->status == 200 && json_parse(buf_slice(&page->document), DOCUMENT_BYTES_MAX,
                                          DOCUMENT_DEPTH, &document, NULL) != ERROR_NONE)
        page->status = 503;
    if (page->status == 200 && page->kind == PAGE_PLAN && plan == NULL)
        page->status = 404; /* another configuration came meanwhile */
    if (page->status != 200 && page->status != 404)
        page->status = 503;
    buf_clear(&page->body);
    if (page->kind == PAGE_ORDER_STATE)
        make_state(page, document);
    else if (page->status == 503)
        page_notice(&site, PAGE_BUSY, page->language, &page->body);
    else if (page->status == 404)
        page_notice(&site, page->kind == PAGE_PLAN ? PAGE_NO_PLAN : PAGE_NO_ORDER, page->language,
                    &page->body);
    else if (page->kind == PAGE_PLAN)
        page_plan(&site, plan, document, page->language, &page->body);
    else
        page_order(&site, document, slice_from(page->name), page->language, &page->body);
    page->taps = document != NULL && page->kind == PAGE_ORDER && page_order_taps(&site, document);
    if (page->body.failed) {
        page->status = 503;
        buf_clear(&page->body);
    }
    json_free(&document);
}

/* Where the gateway takes it, and from where it leads back to the order's page; or, of an order
 * that cannot be paid so (any more), that page. */
static void make_place(const struct page_site *site, struct page *page)
{
    struct slice url = buf_slice(&page->document);
    const char *public_url = site->config->http.public_url;
    char back[PLACE_BYTES_MAX];
    buf_clear(&page->body);
    if (page->status != 200 || (page->asked && !html_may_link(url))) {
        page->status = page->asked && page->status != 503 ? 502 : 503;
        page_notice(site, page->status == 503 ? PAGE_BUSY : PAGE_NO_TAP, page->language,
                    &page->body);
        return;
    }
    (void)snprintf(back, sizeof back, "%s/o/%s", public_url != NULL ? public_url : "", page->name);
    if (page->asked) {
        buf_append_slice(&page->body, url);
        buf_append_text(&page->body, memchr(url.data, '?', url.len) != NULL ? "&" : "?");
        buf_append_text(&page->body, "redirect_url=");
        percent_encode(&page->body, slice_from(back));
    } else {
        buf_append_text(&page->body, back);
    }
    buf_append_u8(&page->body, 0);
    page->status = page->body.failed ? 503 : 303;
    memcpy(page->place, place_fields, sizeof place_fields);
    page->place[0].value = page->body.data;
    page->place[PLACE_FIELDS] = (struct http_field){NULL, NULL};
}

static void make_state(struct page *page, const cJSON *document)
{
    int64_t seconds; /* until the receipt comes, if that is long */
    if (page->status != 200) {
        problem_json(&page->body, page->status, NULL,
                     page->status == 404 ? "there is no such order"
                                         : "too much at once, try again");
        return;
    }
    buf_append_text(&page->body, "{\"state\":");
    json_append_string(&page->body, json_string(json_member(document, "state")));
    if (json_i64(json_member(document, "expected_seconds"), &seconds))
        buf_printf(&page->body, ",\"expected_seconds\":%lld", (long long)seconds);
    buf_append_text(&page->body, "}");
}

static void push(struct queue *queue, uint32_t item)
{
    ASSERT(queue->count < PAGES_MAX);
    queue->items[(queue->first + queue->count++) % PAGES_MAX] = item;
}

static uint32_t pull(struct queue *queue)
{
    ASSERT(queue->count > 0);
    uint32_t item = queue->items[queue->first];
    queue->first = (queue->first + 1) % PAGES_MAX;
    queue->count--;
    return item;
}

/* 128 bits in hex, as order_make_token makes them. */
static bool is_token(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.data[i] >= '0' && text.data[i] <= '9') ||
              (text.data[i] >= 'a' && text.data[i] <= 'f')))
            return false;
    return text.len == PAGE_TOKEN_LENGTH;
}

static bool take_suffix(struct slice *text, const char *suffix)
{
    size_t len = strlen(suffix);
    if (text->len < len || memcmp(text->data + text->len - len, suffix, len) != 0)
        return false;
    text->len -= len;
    return true;
}
