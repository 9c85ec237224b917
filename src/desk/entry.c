#include "desk/entry.h"

#include "base/encoding.h"
#include "base/json.h"
#include "ledger/access_list.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { ROWS_BYTES_MAX = 262144, LOGIN_BODY_BYTES_MAX = 1024 };

static const char over[] = "the session is over; log in again";
static const char wrong_key[] = "this API key is none, or none any more";
static const char early[] = "the ledger has not told yet who may ask; try again in a moment";
static const char wrong_page[] =
    "a change by a session must come from its own page: Content-Type: application/json, the header "
    "X-Usher-Token with the token of GET /api/v1/session, and Sec-Fetch-Site: same-origin, or none";
static const char wrong_code[] =
    "the code is not, or no longer, good; `usher console login` makes another";
static const char too_often[] = "this key asks more often than its per_minute allows";

static struct slice header_of(const struct http_request *request, const char *name);
static struct slice cookie_of(const struct http_request *request);
static struct slice cookie_named(struct slice cookies, const char *name);
static struct entry_row *find(const struct entries *entries, struct slice secret,
                              enum access_kind kind, uint64_t wall_ms);
static void judge_bearer(struct entries *entries, struct slice token, uint64_t wall_ms,
                         uint64_t mono_ms, struct entry *out);
static void judge_cookie(struct entries *entries, const struct http_request *request,
                         struct slice cookie, uint64_t wall_ms, struct entry *out);
static bool is_ours(const struct http_request *request);
static bool is_safe(struct slice method);
static bool take_token(struct entry_row *row, uint64_t mono_ms, uint32_t *wait_s);
static bool local_host(struct slice host);
static bool begins(struct slice text, const char *with);

void entries_init(struct entries *entries)
{
    *entries = (struct entries){.count = 0};
    buf_init(&entries->rows, ROWS_BYTES_MAX);
}

void entries_deinit(struct entries *entries)
{
    buf_deinit(&entries->rows);
    free(entries->items);
    entries->items = NULL;
    entries->count = 0;
}

bool entries_take(struct entries *entries, struct slice rows)
{
    struct entries next;
    struct message message;
    struct slice rest = rows;
    size_t count = 0;
    if (entries->known && slice_equal(rows, buf_slice(&entries->rows)))
        return true;
    while (wire_decode(&rest, &message, NULL) == ERROR_NONE)
        count += message.kind == MESSAGE_access_row;
    entries_init(&next);
    buf_append_slice(&next.rows, rows);
    next.items = calloc(count + 1, sizeof *next.items);
    if (rest.len > 0 || next.rows.failed || next.items == NULL) {
        entries_deinit(&next);
        return false;
    }
    next.known = true;
    for (rest = buf_slice(&next.rows); wire_decode(&rest, &message, NULL) == ERROR_NONE;) {
        if (message.kind != MESSAGE_access_row)
            continue;
        struct entry_row *row = &next.items[next.count++];
        row->access = message.access_row;
        for (size_t i = 0; i < entries->count; i++) {
            const struct entry_row *before = &entries->items[i];
            if (!slice_equal(before->access.hash, row->access.hash))
                continue;
            row->said_ms = before->said_ms;
            row->tokens = before->tokens;
            row->filled_ms = before->filled_ms;
        }
    }
    entries_deinit(entries);
    *entries = next;
    return true;
}

void entry_judge(struct entries *entries, const struct http_request *request, struct slice owner,
                 uint64_t wall_ms, uint64_t mono_ms, struct entry *out)
{
    static const char scheme[] = "Bearer ";
    struct slice authorization = header_of(request, "Authorization");
    *out = (struct entry){.verdict = ENTRY_OPEN};
    if (authorization.len > 0) {
        struct slice token = slice_of(
            authorization.data + sizeof scheme - 1,
            authorization.len < sizeof scheme ? 0 : authorization.len - (sizeof scheme - 1));
        if (token.len > 0 && strncasecmp(authorization.data, scheme, sizeof scheme - 1) == 0 &&
            !secret_equal(token, owner))
            judge_bearer(entries, token, wall_ms, mono_ms, out);
        return;
    }
    struct slice cookie = cookie_of(request);
    if (cookie.len > 0)
        judge_cookie(entries, request, cookie, wall_ms, out);
}

enum entry_verdict entry_login(const struct entries *entries, const struct http_request *request,
                               uint64_t wall_ms, const char **detail)
{
    cJSON *root = NULL;
    enum entry_verdict verdict = ENTRY_WRONG;
    *detail = wrong_code;
    if (!is_ours(request) || header_of(request, "Content-Type").len == 0) {
        *detail = wrong_page;
        return ENTRY_FORGED;
    }
    if (!entries->known) {
        *detail = early;
        return ENTRY_EARLY;
    }
    if (json_parse(request->body, LOGIN_BODY_BYTES_MAX, 2, &root, NULL) == ERROR_NONE &&
        find(entries, json_string(json_member(root, "code")), ACCESS_LOGIN, wall_ms) != NULL)
        verdict = ENTRY_OPEN;
    json_free(&root);
    return verdict;
}

bool entry_plain(const struct http_request *request)
{
    struct slice origin = header_of(request, "Origin");
    return local_host(header_of(request, "Host")) && !begins(origin, "https:") &&
           !slice_is(header_of(request, "X-Forwarded-Proto"), "https");
}

static void judge_bearer(struct entries *entries, struct slice token, uint64_t wall_ms,
                         uint64_t mono_ms, struct entry *out)
{
    bool key = begins(token, ENTRY_KEY_PREFIX);
    if (!entries->known) {
        /* Without a list the verifier can say of a token whether it is the owner's. */
        if (key)
            *out = (struct entry){.verdict = ENTRY_EARLY, .detail = early, .retry_after_s = 1};
        return;
    }
    struct entry_row *row = find(entries, token, key ? ACCESS_KEY : ACCESS_STAFF, wall_ms);
    if (row == NULL) {
        if (key)
            *out = (struct entry){.verdict = ENTRY_WRONG, .detail = wrong_key};
        return;
    }
    *out = (struct entry){.verdict = ENTRY_KNOWN, .row = row};
    if (key && !take_token(row, mono_ms, &out->retry_after_s)) {
        out->verdict = ENTRY_TOO_OFTEN;
        out->detail = too_often;
    }
}

static void judge_cookie(struct entries *entries, const struct http_request *request,
                         struct slice cookie, uint64_t wall_ms, struct entry *out)
{
    char token[ACCESS_HASH_TEXT + 1];
    if (!entries->known) {
        *out = (struct entry){.verdict = ENTRY_EARLY, .detail = early, .retry_after_s = 1};
        return;
    }
    struct entry_row *row = find(entries, cookie, ACCESS_SESSION, wall_ms);
    if (row == NULL) {
        *out = (struct entry){.verdict = ENTRY_OVER, .detail = over};
        return;
    }
    access_page_token((const uint8_t *)row->access.hash.data, token);
    if (!is_safe(request->method) &&
        (!is_ours(request) ||
         !secret_equal(header_of(request, "X-Usher-Token"), slice_from(token)))) {
        *out = (struct entry){.verdict = ENTRY_FORGED, .detail = wrong_page};
        return;
    }
    uint64_t last = row->said_ms > row->access.seen_ms ? row->said_ms : row->access.seen_ms;
    *out =
        (struct entry){.verdict = ENTRY_KNOWN, .row = row, .seen = wall_ms >= last + ENTRY_SEEN_MS};
    if (out->seen)
        row->said_ms = wall_ms;
}

/* A body is JSON and says so; no other site's page sent it. */
static bool is_ours(const struct http_request *request)
{
    static const char json[] = "application/json";
    struct slice type = header_of(request, "Content-Type");
    struct slice site = header_of(request, "Sec-Fetch-Site");
    bool typed = begins(type, json) && (type.len == sizeof json - 1 ||
                                        strchr("; \t", type.data[sizeof json - 1]) != NULL);
    return (site.len == 0 || slice_is(site, "same-origin")) &&
           (typed || (type.len == 0 && request->body.len == 0));
}

static bool is_safe(struct slice method)
{
    return slice_is(method, "GET") || slice_is(method, "HEAD");
}

/* Full at first; a minute's worth at most. */
static bool take_token(struct entry_row *row, uint64_t mono_ms, uint32_t *wait_s)
{
    double most = (double)row->access.per_minute;
    double each_ms = most / 60000.0;
    if (row->filled_ms == 0)
        row->tokens = most;
    else
        row->tokens = fmin(most, row->tokens + each_ms * (double)(mono_ms - row->filled_ms));
    row->filled_ms = mono_ms;
    if (row->tokens >= 1) {
        row->tokens -= 1;
        return true;
    }
    *wait_s = (uint32_t)ceil((1 - row->tokens) / each_ms / 1000.0);
    return false;
}

/* NULL when there is none, or it is over. */
static struct entry_row *find(const struct entries *entries, struct slice secret,
                              enum access_kind kind, uint64_t wall_ms)
{
    uint8_t hash[ACCESS_HASH_BYTES];
    if (secret.len == 0)
        return NULL;
    sha256(secret, hash);
    for (size_t i = 0; i < entries->count; i++) {
        struct entry_row *row = &entries->items[i];
        if (row->access.kind == kind && slice_equal(row->access.hash, slice_of(hash, sizeof hash)))
            return row->access.until_ms == 0 || row->access.until_ms > wall_ms ? row : NULL;
    }
    return NULL;
}

/* That of the plain name counts on this machine only: elsewhere a neighbour could have set it. */
static struct slice cookie_of(const struct http_request *request)
{
    struct slice cookies = header_of(request, "Cookie");
    struct slice value = cookie_named(cookies, ENTRY_COOKIE);
    if (value.len == 0 && local_host(header_of(request, "Host")))
        value = cookie_named(cookies, ENTRY_COOKIE_PLAIN);
    return value;
}

/* "a=b; c=d" */
static struct slice cookie_named(struct slice cookies, const char *name)
{
    size_t name_len = strlen(name);
    while (cookies.len > 0) {
        const char *end = memchr(cookies.data, ';', cookies.len);
        size_t len = end == NULL ? cookies.len : (size_t)(end - cookies.data);
        size_t from = 0;
        while (from < len && cookies.data[from] == ' ')
            from++;
        struct slice pair = slice_of(cookies.data + from, len - from);
        if (pair.len > name_len && begins(pair, name) && pair.data[name_len] == '=')
            return slice_of(pair.data + name_len + 1, pair.len - name_len - 1);
        len += end != NULL;
        cookies = slice_of(cookies.data + len, cookies.len - len);
    }
    return SLICE("");
}

/* With or without a port. */
static bool local_host(struct slice host)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len = strlen(names[i]);
        if (begins(host, names[i]) && (host.len == len || host.data[len] == ':'))
            return true;
    }
    return false;
}

static bool begins(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.data, with, len) == 0;
}

/* Absent when it is missing or there twice. */
static struct slice header_of(const struct http_request *request, const char *name)
{
    bool repeated = false;
    return http_header_find(request->headers, request->header_count, name, &repeated);
}
