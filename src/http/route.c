#include "http/route.h"

#include "base/json.h"

#include <strings.h>

enum { NAME_MAX_BYTES = 31 }; /* of a gateway or a bot, as in config.h */

enum methods { GET_HEAD, POST_ONLY, GET_POST, GET_HEAD_POST, ANY };

/* What follows a prefix. */
enum rest { REST_NAME, REST_SOME, REST_ANY };

/* A path that ends in '/' is a prefix. */
struct route_row {
    const char *path;
    enum route route;
    enum methods methods;
    bool body; /* takes a JSON body */
    bool form; /* or pairs of a form */
    const char *label;
    enum rest rest;
};

static const struct route_row routes[] = {
    {"/hooks/", ROUTE_HOOK, GET_POST, true, true, "/hooks", REST_NAME},
    {"/telegram/", ROUTE_TELEGRAM, POST_ONLY, true, false, "/telegram", REST_NAME},
    {"/healthz", ROUTE_HEALTHZ, GET_HEAD, false, false, "/healthz", REST_NAME},
    {"/readyz", ROUTE_READYZ, GET_HEAD, false, false, "/readyz", REST_NAME},
    {"/metrics", ROUTE_METRICS, GET_HEAD, false, false, "/metrics", REST_NAME},
    {"/api/v1/", ROUTE_API, ANY, true, false, "/api/v1", REST_SOME},
    {"/p/", ROUTE_PLAN_PAGE, GET_HEAD, false, false, "/p", REST_ANY},
    {"/o/", ROUTE_ORDER_PAGE, GET_HEAD_POST, false, false, "/o", REST_ANY},
    {"/style/", ROUTE_STYLE, GET_HEAD, false, false, "/style", REST_ANY},
};

static const struct {
    enum methods methods;
    const char *allow;
} allows[] = {{GET_HEAD, "GET, HEAD"},
              {POST_ONLY, "POST"},
              {GET_POST, "GET, POST"},
              {GET_HEAD_POST, "GET, HEAD, POST"}};

static const struct {
    unsigned status;
    const char *text;
    const char *code; /* of a problem that has no name of its own */
} statuses[] = {
    {200, "OK", "ok"},
    {201, "Created", "created"},
    {202, "Accepted", "accepted"},
    {204, "No Content", "no_content"},
    {400, "Bad Request", "invalid"},
    {401, "Unauthorized", "unauthorized"},
    {403, "Forbidden", "forbidden"},
    {404, "Not Found", "not_found"},
    {405, "Method Not Allowed", "method_not_allowed"},
    {408, "Request Timeout", "timeout"},
    {409, "Conflict", "conflict"},
    {410, "Gone", "gone"},
    {413, "Content Too Large", "too_large"},
    {414, "URI Too Long", "address_too_long"},
    {415, "Unsupported Media Type", "media_type"},
    {422, "Unprocessable Content", "invalid"},
    {429, "Too Many Requests", "too_many_requests"},
    {431, "Request Header Fields Too Large", "headers_too_large"},
    {500, "Internal Server Error", "internal"},
    {501, "Not Implemented", "unknown_method"},
    {502, "Bad Gateway", "bad_gateway"},
    {503, "Service Unavailable", "busy"},
    {504, "Gateway Timeout", "gateway_timeout"},
};

static const char *status_code(unsigned status);
static bool row_matches(const struct route_row *row, struct slice path, struct slice *name);
static bool method_fits(enum methods methods, struct slice method);
static const char *allow_text(enum methods methods);
static bool is_form_type(struct slice content_type);
static bool is_json_type(struct slice content_type);
static bool name_valid(struct slice name);

struct route_match route_match(struct slice method, struct slice path, struct slice content_type)
{
    struct route_match match = {
        .route = ROUTE_NONE, .form = is_form_type(content_type), .label = "other"};
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
        const struct route_row *row = &routes[i];
        if (!row_matches(row, path, &match.name))
            continue;
        match.route = row->route;
        match.label = row->label;
        if (!method_fits(row->methods, method)) {
            match.refusal = 405;
            match.allow = allow_text(row->methods);
        } else if (row->body && content_type.data != NULL && !is_json_type(content_type) &&
                   !(row->form && match.form)) {
            match.refusal = 415;
        }
        break;
    }
    return match;
}

void problem_json(struct buf *out, unsigned status, const char *code, const char *detail)
{
    buf_append_text(out, "{\"type\":\"about:blank\",\"title\":");
    json_append_string(out, slice_from(http_status_text(status)));
    buf_printf(out, ",\"status\":%u,\"code\":", status);
    json_append_string(out, slice_from(code != NULL ? code : status_code(status)));
    buf_append_text(out, ",\"detail\":");
    json_append_string(out, slice_from(detail));
    buf_append_text(out, "}");
}

const char *http_status_text(unsigned status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "Unknown";
}

static const char *status_code(unsigned status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].status == status)
            return statuses[i].code;
    return "unknown";
}

static bool row_matches(const struct route_row *row, struct slice path, struct slice *name)
{
    struct slice own = slice_from(row->path);
    if (own.data[own.len - 1] != '/')
        return slice_equal(path, own);
    if (path.len < own.len || memcmp(path.data, own.data, own.len) != 0)
        return false;
    struct slice rest = slice_of(path.data + own.len, path.len - own.len);
    if (row->rest == REST_NAME ? !name_valid(rest) : row->rest == REST_SOME && rest.len == 0)
        return false;
    if (row->rest != REST_SOME)
        *name = rest;
    return true;
}

static bool method_fits(enum methods methods, struct slice method)
{
    if (methods == ANY)
        return true;
    if (methods == POST_ONLY)
        return slice_is(method, "POST");
    return slice_is(method, "GET") || (methods != GET_POST && slice_is(method, "HEAD")) ||
           (methods != GET_HEAD && slice_is(method, "POST"));
}

static const char *allow_text(enum methods methods)
{
    for (size_t i = 0; i < sizeof(allows) / sizeof(allows[0]); i++)
        if (allows[i].methods == methods)
            return allows[i].allow;
    return NULL;
}

/* The type without its parameters. */
static struct slice bare_type(struct slice content_type)
{
    size_t len = 0;
    while (len < content_type.len && content_type.data[len] != ';')
        len++;
    while (len > 0 && (content_type.data[len - 1] == ' ' || content_type.data[len - 1] == '\t'))
        len--;
    return slice_of(content_type.data, len);
}

static bool is_form_type(struct slice content_type)
{
    static const char form[] = "application/x-www-form-urlencoded";
    struct slice type = bare_type(content_type);
    return type.len == sizeof(form) - 1 && strncasecmp(type.data, form, type.len) == 0;
}

/* RFC 6839: the suffix +json says that a type is JSON underneath. */
static bool is_json_type(struct slice content_type)
{
    static const char prefix[] = "application/";
    size_t len = bare_type(content_type).len;
    if (len <= sizeof(prefix) - 1 ||
        strncasecmp(content_type.data, prefix, sizeof(prefix) - 1) != 0)
        return false;
    struct slice subtype =
        slice_of(content_type.data + sizeof(prefix) - 1, len - sizeof(prefix) + 1);
    for (size_t i = 0; i < subtype.len; i++) {
        unsigned char c = (unsigned char)subtype.data[i];
        bool token = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '+' || c == '-' || c == '.' || c == '_';
        if (!token)
            return false;
    }
    if (subtype.len == 4)
        return strncasecmp(subtype.data, "json", 4) == 0;
    return subtype.len > 5 && strncasecmp(subtype.data + subtype.len - 5, "+json", 5) == 0;
}

static bool name_valid(struct slice name)
{
    if (name.len == 0 || name.len > NAME_MAX_BYTES)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return true;
}
