#include "gateway/inquiry.h"

#include "base/assert.h"
#include "carrier/http/signing.h"
#include "carrier/http/who.h"

#include <openssl/crypto.h>
#include <stdlib.h>

enum { URL_BYTES_MAX = 4096, HEADER_BYTES_MAX = CHECK_TOKEN_MAX + 64 };

/* A request's number, which its nonce is made of, is none of a delivery's. */
#define ASKED_BIT (UINT64_C(1) << 63)

/* What goes out has a sending of its own; that of a token is about no inquiry. */
struct sending {
    struct line *line; /* NULL: given up, and only its answer is awaited */
    struct inquiry *inquiry;
    struct sending *next;
};

/* One gateway's. */
struct line {
    const struct config_gateway *gateway; /* NULL: free */
    struct inquiry *first, **last;        /* waiting, in the order of their coming */
    size_t waiting;
    size_t under_way;
    uint64_t next_ms; /* the next one starts not before */
    bool fetching;    /* the token is on its way */
    uint64_t token_until_ms;
    char token[CHECK_TOKEN_MAX + 1];
};

struct inquiries {
    struct inquiry_owner owner;
    uint64_t put; /* requests so far */
    struct sending *sent;
    struct line lines[CONFIG_GATEWAYS_MAX];
};

static void line_init(struct line *line, const struct config_gateway *gateway);
static struct line *line_of(struct inquiries *it, const struct config_gateway *gateway);
static void append(struct line *line, struct inquiry *inquiry);
static void prepend(struct line *line, struct inquiry *inquiry);
static struct inquiry *take_first(struct line *line);
static void line_turn(struct inquiries *it, struct line *line, uint64_t now_ms);
static void give_up_line(struct inquiries *it, struct line *line);
static bool needs_token(const struct line *line, const struct inquiry *inquiry, uint64_t now_ms);
static bool start(struct inquiries *it, struct line *line, struct inquiry *inquiry,
                  uint64_t now_ms);
static bool fetch_token(struct inquiries *it, struct line *line, uint64_t until_ms,
                        uint64_t now_ms);
static size_t say_who(struct inquiries *it, const struct config_lane *way,
                      const struct check_ask *ask, struct buf *url, struct buf *headers,
                      size_t places[INQUIRY_HEADERS_MAX]);
static bool put(struct inquiries *it, struct line *line, struct inquiry *inquiry,
                const struct check_ask *ask, bool by_token, uint64_t until_ms, uint64_t now_ms);
static void took_token(struct inquiries *it, struct line *line, const struct inquiry_answer *answer,
                       uint64_t now_ms);
static void conclude(struct inquiries *it, struct line *line, struct inquiry *inquiry,
                     const struct inquiry_answer *answer, uint64_t now_ms);

struct inquiries *inquiries_new(const struct config *config, const struct inquiry_owner *owner)
{
    struct inquiries *it = calloc(1, sizeof *it);
    if (it == NULL)
        return NULL;
    it->owner = *owner;
    for (size_t i = 0; i < config->gateway_count; i++)
        line_init(&it->lines[i], &config->gateways[i]);
    return it;
}

void inquiries_destroy(struct inquiries **inquiries)
{
    struct inquiries *it = *inquiries;
    if (it == NULL)
        return;
    *inquiries = NULL;
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++)
        while (it->lines[i].waiting > 0) {
            struct inquiry *inquiry = take_first(&it->lines[i]);
            inquiry_destroy(&inquiry);
        }
    while (it->sent != NULL) {
        struct sending *sending = it->sent;
        it->sent = sending->next;
        inquiry_destroy(&sending->inquiry);
        free(sending);
    }
    OPENSSL_cleanse(it->lines, sizeof it->lines);
    free(it);
}

void inquiries_change(struct inquiries *it, const struct config *config)
{
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++) {
        struct line *line = &it->lines[i];
        if (line->gateway == NULL)
            continue;
        const struct config_gateway *now =
            config_gateway_find(config, slice_from(line->gateway->name));
        if (now == NULL || now->kind != line->gateway->kind) {
            give_up_line(it, line);
            line->gateway = NULL;
            continue;
        }
        line->gateway = now;
        line->token_until_ms = 0; /* it may be of other keys */
        for (struct inquiry *inquiry = line->first; inquiry != NULL; inquiry = inquiry->next)
            inquiry->gateway = now;
        for (struct sending *sending = it->sent; sending != NULL; sending = sending->next)
            if (sending->line == line && sending->inquiry != NULL)
                sending->inquiry->gateway = now;
    }
    for (size_t i = 0; i < config->gateway_count; i++) {
        struct line *free_line = NULL;
        if (line_of(it, &config->gateways[i]) != NULL)
            continue;
        for (size_t j = 0; free_line == NULL && j < CONFIG_GATEWAYS_MAX; j++)
            if (it->lines[j].gateway == NULL)
                free_line = &it->lines[j];
        ASSERT(free_line != NULL);
        line_init(free_line, &config->gateways[i]);
    }
}

struct inquiry *inquiry_new(enum inquiry_purpose purpose, uint64_t origin, uint64_t id)
{
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (inquiry == NULL)
        return NULL;
    inquiry->purpose = purpose;
    inquiry->origin = origin;
    inquiry->id = id;
    inquiry->check.event.amount = -1;
    check_ask_init(&inquiry->ask);
    return inquiry;
}

void inquiry_destroy(struct inquiry **inquiry)
{
    if (*inquiry == NULL)
        return;
    check_ask_deinit(&(*inquiry)->ask);
    free(*inquiry);
    *inquiry = NULL;
}

bool inquiries_add(struct inquiries *it, const struct config_gateway *gateway,
                   struct inquiry *inquiry, uint64_t now_ms)
{
    struct line *line = line_of(it, gateway);
    bool idle = inquiry->purpose == INQUIRY_LOOK && inquiry->telegram_id == 0;
    size_t most = idle ? INQUIRY_WAITING_MAX / 2 : INQUIRY_WAITING_MAX;
    if (line == NULL || line->waiting >= most)
        return false;
    inquiry->gateway = gateway;
    inquiry->until_ms = now_ms + INQUIRY_MS_MAX;
    append(line, inquiry);
    return true;
}

void inquiries_answered(struct inquiries *it, void *tag, const struct inquiry_answer *answer,
                        uint64_t now_ms)
{
    struct sending *sending = tag;
    struct sending **place = &it->sent;
    while (*place != sending) {
        ASSERT(*place != NULL);
        place = &(*place)->next;
    }
    *place = sending->next;
    struct line *line = sending->line;
    struct inquiry *inquiry = sending->inquiry;
    free(sending);
    if (line == NULL)
        return;
    line->under_way--;
    if (inquiry == NULL) {
        took_token(it, line, answer, now_ms);
        return;
    }
    if (answer->status == 401 && inquiry->ask.token && !inquiry->renewed) {
        inquiry->renewed = true;
        line->token_until_ms = 0;
        prepend(line, inquiry);
        return;
    }
    conclude(it, line, inquiry, answer, now_ms);
}

void inquiries_turn(struct inquiries *it, uint64_t now_ms)
{
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++)
        if (it->lines[i].gateway != NULL)
            line_turn(it, &it->lines[i], now_ms);
}

void inquiries_give_up(struct inquiries *it)
{
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++)
        if (it->lines[i].gateway != NULL)
            give_up_line(it, &it->lines[i]);
}

long inquiries_timeout_ms(const struct inquiries *it, uint64_t now_ms)
{
    uint64_t at_ms = UINT64_MAX;
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++) {
        const struct line *line = &it->lines[i];
        if (line->gateway == NULL || line->waiting == 0)
            continue;
        bool held = line->under_way >= INQUIRY_UNDER_WAY_MAX || line->fetching;
        uint64_t line_ms = line->first->until_ms;
        if (!held && line->next_ms < line_ms)
            line_ms = line->next_ms;
        at_ms = line_ms < at_ms ? line_ms : at_ms;
    }
    if (at_ms == UINT64_MAX)
        return -1;
    return at_ms > now_ms ? (long)(at_ms - now_ms) : 0;
}

size_t inquiries_count(const struct inquiries *it, const struct config_gateway *gateway)
{
    size_t count = 0;
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++) {
        const struct line *line = &it->lines[i];
        if (line->gateway != NULL && (gateway == NULL || line->gateway == gateway))
            count += line->waiting + line->under_way;
    }
    return count;
}

static void line_init(struct line *line, const struct config_gateway *gateway)
{
    *line = (struct line){.gateway = gateway};
    line->last = &line->first;
}

static struct line *line_of(struct inquiries *it, const struct config_gateway *gateway)
{
    for (size_t i = 0; i < CONFIG_GATEWAYS_MAX; i++)
        if (it->lines[i].gateway == gateway)
            return &it->lines[i];
    return NULL;
}

static void append(struct line *line, struct inquiry *inquiry)
{
    inquiry->next = NULL;
    *line->last = inquiry;
    line->last = &inquiry->next;
    line->waiting++;
}

static void prepend(struct line *line, struct inquiry *inquiry)
{
    inquiry->next = line->first;
    line->first = inquiry;
    if (inquiry->next == NULL)
        line->last = &inquiry->next;
    line->waiting++;
}

static struct inquiry *take_first(struct line *line)
{
    struct inquiry *inquiry = line->first;
    line->first = inquiry->next;
    if (line->first == NULL)
        line->last = &line->first;
    inquiry->next = NULL;
    line->waiting--;
    return inquiry;
}

static void line_turn(struct inquiries *it, struct line *line, uint64_t now_ms)
{
    static const struct inquiry_answer late = {.late = true};
    while (line->waiting > 0) {
        struct inquiry *inquiry = line->first;
        if (now_ms >= inquiry->until_ms) {
            conclude(it, line, take_first(line), &late, now_ms);
            continue;
        }
        if (line->under_way >= INQUIRY_UNDER_WAY_MAX || line->fetching || now_ms < line->next_ms)
            return;
        line->next_ms = now_ms + INQUIRY_APART_MS;
        if (needs_token(line, inquiry, now_ms)) {
            (void)fetch_token(it, line, inquiry->until_ms, now_ms);
            return;
        }
        (void)take_first(line);
        if (!start(it, line, inquiry, now_ms)) {
            prepend(line, inquiry); /* no room to send it: in a moment */
            return;
        }
    }
}

/* Of what is under way the answer will come, and nobody is told of it. */
static void give_up_line(struct inquiries *it, struct line *line)
{
    static const struct inquiry_answer late = {.late = true};
    for (struct sending *sending = it->sent; sending != NULL; sending = sending->next) {
        if (sending->line != line)
            continue;
        struct inquiry *inquiry = sending->inquiry;
        sending->line = NULL;
        sending->inquiry = NULL;
        if (inquiry != NULL)
            conclude(it, line, inquiry, &late, 0);
    }
    line->under_way = 0;
    line->fetching = false;
    for (size_t n = line->waiting; n > 0 && line->waiting > 0; n--)
        conclude(it, line, take_first(line), &late, 0);
}

static bool needs_token(const struct line *line, const struct inquiry *inquiry, uint64_t now_ms)
{
    return inquiry->ask.token && now_ms >= line->token_until_ms;
}

static bool start(struct inquiries *it, struct line *line, struct inquiry *inquiry, uint64_t now_ms)
{
    return put(it, line, inquiry, &inquiry->ask, inquiry->ask.token, inquiry->until_ms, now_ms);
}

static bool fetch_token(struct inquiries *it, struct line *line, uint64_t until_ms, uint64_t now_ms)
{
    const struct check_token *row = it->owner.token_of(line->gateway);
    struct check_ask ask;
    ASSERT(row != NULL);
    check_ask_init(&ask);
    ask.method = "POST";
    ask.type = row->type;
    buf_append_text(&ask.path, row->path);
    buf_append_text(&ask.body, row->body);
    line->fetching = put(it, line, NULL, &ask, false, until_ms, now_ms);
    check_ask_deinit(&ask);
    return line->fetching;
}

/* Appends what makes a request ours: to its address, and to headers, each with a NUL behind, where
 * they begin at these places. Returns how many. */
static size_t say_who(struct inquiries *it, const struct config_lane *way,
                      const struct check_ask *ask, struct buf *url, struct buf *headers,
                      size_t places[INQUIRY_HEADERS_MAX])
{
    const struct endpoint endpoint = {.url = way->url,
                                      .secret = way->secret,
                                      .scheme = way->scheme,
                                      .user = way->user,
                                      .sign = way->sign,
                                      .serial = way->serial};
    const struct signed_request signing = {.endpoint = &endpoint,
                                           .method = ask->method,
                                           .path = buf_slice(&ask->path),
                                           .body = buf_slice(&ask->body),
                                           .delivery = ASKED_BIT | it->put++,
                                           .at_ms = it->owner.real_ms()};
    size_t count = 0;
    http_sign_address(url, &signing);
    for (size_t at = headers->len; count < INQUIRY_HEADERS_MAX; at = headers->len) {
        if (!http_sign_header(headers, count, &signing))
            break;
        places[count++] = at;
        buf_append_u8(headers, 0);
    }
    return count;
}

/* inquiry: NULL for the token's own request. */
static bool put(struct inquiries *it, struct line *line, struct inquiry *inquiry,
                const struct check_ask *ask, bool by_token, uint64_t until_ms, uint64_t now_ms)
{
    const struct config_lane way = config_gateway_way(line->gateway);
    struct sending *sending = calloc(1, sizeof *sending);
    size_t places[INQUIRY_HEADERS_MAX] = {0}, count = 1;
    struct buf url, header;
    bool sent = false;
    buf_init(&url, URL_BYTES_MAX);
    buf_init(&header, HEADER_BYTES_MAX);
    buf_append_text(&url, way.url != NULL ? way.url : "");
    buf_append_slice(&url, buf_slice(&ask->path));
    if (by_token) {
        http_who(&header, "Authorization: Bearer ", NULL, line->token);
        buf_append_u8(&header, 0);
    } else {
        count = say_who(it, &way, ask, &url, &header, places);
    }
    buf_append_u8(&url, 0);
    if (sending != NULL && !url.failed && !header.failed && !ask->path.failed &&
        !ask->body.failed) {
        struct inquiry_request request = {.method = ask->method,
                                          .url = url.data,
                                          .type = ask->type,
                                          .body = ask->type != NULL ? buf_slice(&ask->body)
                                                                    : slice_of(NULL, 0),
                                          .timeout_ms = (uint32_t)(until_ms - now_ms)};
        for (size_t n = 0; n < count; n++)
            request.headers[n] = header.data + places[n];
        *sending = (struct sending){.line = line, .inquiry = inquiry};
        sent = it->owner.send(it->owner.context, &request, sending);
    }
    if (header.data != NULL)
        OPENSSL_cleanse(header.data, header.cap);
    buf_deinit(&header);
    buf_deinit(&url);
    if (!sent) {
        free(sending);
        return false;
    }
    sending->next = it->sent;
    it->sent = sending;
    line->under_way++;
    return true;
}

/* Without a token nobody who waits for one can be asked about. */
static void took_token(struct inquiries *it, struct line *line, const struct inquiry_answer *answer,
                       uint64_t now_ms)
{
    uint64_t lives_ms = 0;
    line->fetching = false;
    bool good = answer->status == 200 && check_read_token(answer->body, line->token, &lives_ms);
    line->token_until_ms = now_ms + (lives_ms > 0 ? lives_ms : INQUIRY_MS_MAX);
    if (good)
        return;
    line->token_until_ms = 0;
    unsigned status = answer->status == 200 ? 0 : answer->status;
    bool refused = status >= 400 && status < 500 && status != 408 && status != 429;
    const struct inquiry_answer failed = {.status = refused ? 401 : status};
    for (size_t n = line->waiting; n > 0 && line->waiting > 0; n--) {
        struct inquiry *inquiry = take_first(line);
        if (inquiry->ask.token)
            conclude(it, line, inquiry, &failed, now_ms);
        else
            append(line, inquiry);
    }
}

static void conclude(struct inquiries *it, struct line *line, struct inquiry *inquiry,
                     const struct inquiry_answer *answer, uint64_t now_ms)
{
    if (!it->owner.answered(it->owner.context, inquiry, answer) || answer->late) {
        inquiry_destroy(&inquiry);
        return;
    }
    if (inquiry->purpose == INQUIRY_LIST)
        inquiry->until_ms = now_ms + INQUIRY_MS_MAX;
    prepend(line, inquiry);
}
