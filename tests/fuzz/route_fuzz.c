/* Method, path and content type, separated by newlines, through the router and the console's files,
 * to which the third is what is taken and what is known; and a forwarded address. */
#include "base/assert.h"
#include "http/load_answer.h"
#include "http/peer.h"
#include "http/route.h"
#include "web/assets.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct slice line(struct slice *rest)
{
    const char *end = rest->len > 0 ? memchr(rest->data, '\n', rest->len) : NULL;
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    struct slice out = slice_of(rest->data, len);
    size_t skip = end != NULL ? len + 1 : len;
    *rest = slice_of(rest->data + skip, rest->len - skip);
    return out;
}

static void ask_console(struct slice method, struct slice path, struct slice value)
{
    static struct http_request request;
    struct http_fixed fixed;
    request = (struct http_request){
        .method = method,
        .path = path,
        .headers = {{SLICE("Accept-Encoding"), value}, {SLICE("If-None-Match"), value}},
        .header_count = 2};
    bool below = path.len >= 8 && memcmp(path.data, "/console", 8) == 0 &&
                 (path.len == 8 || path.data[8] == '/');
    ASSERT(assets_answer(&request, &fixed) == below);
    if (!below)
        return;
    unsigned status = fixed.answer.status;
    ASSERT(status == 200 || status == 301 || status == 304 || status == 404 || status == 405);
    ASSERT((status == 405) == (fixed.answer.allow != NULL));
    ASSERT(status != 304 || fixed.answer.body.len == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_of(data != NULL ? (const char *)data : "", size);
    struct slice method = line(&rest);
    struct slice path = line(&rest);
    struct slice type = line(&rest);
    struct peer_key key;
    struct route_match match = route_match(method, path, type);
    ask_console(method, path, type);
    ASSERT(match.label != NULL);
    ASSERT(match.refusal == 0 || match.refusal == 405 || match.refusal == 415);
    ASSERT((match.refusal == 405) == (match.allow != NULL));
    ASSERT(match.route != ROUTE_NONE || match.refusal == 0);
    bool named = match.route == ROUTE_HOOK || match.route == ROUTE_TELEGRAM;
    bool page = match.route == ROUTE_PLAN_PAGE || match.route == ROUTE_ORDER_PAGE ||
                match.route == ROUTE_STYLE; /* whatever follows is looked for, and not found */
    ASSERT(page || named == (match.name.len > 0));
    ASSERT(match.name.len < path.len || match.name.len == 0);
    (void)peer_from_forwarded(type, &key);
    (void)peer_from_forwarded(rest, &key);
    struct load_answer answer;
    if (load_answer_read(slice_of(data, size), size % 2 == 1, &answer) == LOAD_HEAD_READ) {
        ASSERT(answer.head_len <= size && answer.status >= 100 && answer.status <= 599);
        ASSERT(answer.sized || answer.closes);
    }
    return 0;
}
