#include "web/assets.h"

#include "base/assert.h"
#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char root[] = "/console";
static const char files[] = "/console/assets/";

/* The console has a script, of this origin alone, and no text of anybody's becomes one. */
static const struct http_field guards[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
     "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; "
     "frame-ancestors 'none'; require-trusted-types-for 'script'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {NULL, NULL}};
static const char *const coding_names[ASSET_CODINGS] = {NULL, "gzip", "br"};

static const struct asset *find(struct slice path);
static void give(const struct asset *asset, const struct http_request *request,
                 struct http_fixed *out);
static void refuse(struct http_fixed *out, unsigned status, struct slice body);
static void add(struct http_fixed *out, const char *name, const char *value);
static struct slice header_of(const struct http_request *request, const char *name);
static struct slice next_item(struct slice *list);
static bool begins(struct slice text, const char *with);
static bool refused_by_weight(struct slice params);

bool assets_answer(const struct http_request *request, struct http_fixed *out)
{
    struct slice path = request->path;
    bool bare = slice_is(path, root);
    if (!bare && !begins(path, "/console/"))
        return false;
    *out = (struct http_fixed){.answer = {.status = 200}};
    const struct asset *asset = find(path);
    if (!slice_is(request->method, "GET") && !slice_is(request->method, "HEAD")) {
        refuse(out, 405, SLICE("the console is read with GET\n"));
        out->answer.allow = "GET, HEAD";
    } else if (bare) {
        refuse(out, 301, SLICE(""));
        add(out, "Location", "/console/");
    } else if (asset == NULL) {
        refuse(out, 404, SLICE("no such file; load the console again\n"));
    } else {
        give(asset, request, out);
    }
    char status[16];
    ASSERT(snprintf(status, sizeof status, "%u", out->answer.status) > 0);
    metric_add(metric_series(METRIC_usher_http_requests_total, root, status), 1);
    return true;
}

enum asset_coding asset_coding(struct slice accept)
{
    bool takes[ASSET_CODINGS] = {true, false, false};
    while (accept.len > 0) {
        struct slice params = next_item(&accept);
        const char *mark = params.len > 0 ? memchr(params.data, ';', params.len) : NULL;
        struct slice name =
            slice_of(params.data, mark != NULL ? (size_t)(mark - params.data) : params.len);
        while (name.len > 0 && name.data[name.len - 1] == ' ')
            name.len--;
        params = mark != NULL ? slice_of(mark, params.len - (size_t)(mark - params.data))
                              : slice_from(NULL);
        for (size_t i = ASSET_GZIP; i < ASSET_CODINGS; i++)
            if (name.len == strlen(coding_names[i]) &&
                strncasecmp(name.data, coding_names[i], name.len) == 0)
                takes[i] = !refused_by_weight(params);
    }
    return takes[ASSET_BROTLI] ? ASSET_BROTLI : takes[ASSET_GZIP] ? ASSET_GZIP : ASSET_RAW;
}

bool asset_known(struct slice if_none_match, const char *etag)
{
    if (slice_is(if_none_match, "*"))
        return true;
    while (if_none_match.len > 0) {
        struct slice item = next_item(&if_none_match);
        if (begins(item, "W/"))
            item = slice_of(item.data + 2, item.len - 2);
        if (slice_is(item, etag))
            return true;
    }
    return false;
}

/* A path that is no file's is a page's, and the document's script knows which. */
static const struct asset *find(struct slice path)
{
    if (!begins(path, files))
        return &assets[0];
    for (const struct asset *asset = &assets[1]; asset->path != NULL; asset++)
        if (slice_is(path, asset->path))
            return asset;
    return NULL;
}

static void give(const struct asset *asset, const struct http_request *request,
                 struct http_fixed *out)
{
    enum asset_coding coding = asset_coding(header_of(request, "Accept-Encoding"));
    if (asset->bodies[coding].len >= asset->bodies[ASSET_RAW].len)
        coding = ASSET_RAW;
    bool known = asset_known(header_of(request, "If-None-Match"), asset->etags[coding]);
    out->answer.status = known ? 304 : 200;
    out->answer.content_type = asset->type;
    out->answer.body = known ? SLICE("") : asset->bodies[coding];
    for (const struct http_field *guard = guards; guard->name != NULL; guard++)
        add(out, guard->name, guard->value);
    add(out, "Cache-Control",
        asset == &assets[0] ? "no-cache" : "public, max-age=31536000, immutable");
    add(out, "ETag", asset->etags[coding]);
    add(out, "Vary", "Accept-Encoding");
    if (coding != ASSET_RAW && !known)
        add(out, "Content-Encoding", coding_names[coding]);
}

static void refuse(struct http_fixed *out, unsigned status, struct slice body)
{
    out->answer.status = status;
    out->answer.body = body;
    add(out, "X-Content-Type-Options", "nosniff");
    add(out, "Cache-Control", "no-store");
}

static void add(struct http_fixed *out, const char *name, const char *value)
{
    size_t n = 0;
    while (out->fields[n].name != NULL)
        n++;
    ASSERT(n < HTTP_FIXED_FIELDS_MAX);
    out->fields[n] = (struct http_field){name, value};
}

/* A header that is there twice is none. */
static struct slice header_of(const struct http_request *request, const char *name)
{
    bool repeated;
    return http_header_find(request->headers, request->header_count, name, &repeated);
}

/* Takes what stands before the next comma, without the blanks around it. */
static struct slice next_item(struct slice *list)
{
    const char *comma = memchr(list->data, ',', list->len);
    size_t len = comma != NULL ? (size_t)(comma - list->data) : list->len;
    struct slice item = slice_of(list->data, len);
    size_t skip = comma != NULL ? len + 1 : len;
    *list = slice_of(list->data + skip, list->len - skip);
    while (item.len > 0 && (item.data[0] == ' ' || item.data[0] == '\t'))
        item = slice_of(item.data + 1, item.len - 1);
    while (item.len > 0 && (item.data[item.len - 1] == ' ' || item.data[item.len - 1] == '\t'))
        item.len--;
    return item;
}

static bool begins(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.data, with, len) == 0;
}

/* q=0, q=0.0 and so on: not this one. */
static bool refused_by_weight(struct slice params)
{
    size_t i = 0;
    while (i < params.len && strchr("; \t", params.data[i]) != NULL)
        i++;
    if (params.len - i < 3 || (params.data[i] != 'q' && params.data[i] != 'Q') ||
        params.data[i + 1] != '=' || params.data[i + 2] != '0')
        return false;
    for (i += 3; i < params.len; i++)
        if (params.data[i] != '.' && params.data[i] != '0')
            return false;
    return true;
}
