/* What a path and a method mean to us, before anything is parsed: a table of routes. Pure. */
#ifndef USHER_HTTP_ROUTE_H
#define USHER_HTTP_ROUTE_H

#include "base/slice.h"

enum route {
    ROUTE_NONE,     /* 404 */
    ROUTE_HOOK,     /* POST /hooks/{gateway}, or GET: which of them, the gateway says */
    ROUTE_TELEGRAM, /* POST /telegram/{bot} */
    ROUTE_HEALTHZ,
    ROUTE_READYZ,
    ROUTE_METRICS,
    ROUTE_API,       /* /api/v1/... ; which resource and method is api.h's business */
    ROUTE_PLAN_PAGE, /* /p/... : what follows is judged by the pages, as an unknown one is a page */
    ROUTE_ORDER_PAGE, /* /o/..., where a payer may also tap */
    ROUTE_STYLE       /* /style/... */
};

struct route_match {
    enum route route;
    struct slice name; /* {gateway} or {bot}, what follows /p/, /o/, /style/; empty for others */
    unsigned refusal;  /* 0, or 405 with allow set, or 415 */
    const char *allow;
    bool form;         /* the content type is application/x-www-form-urlencoded */
    const char *label; /* for metrics: "/hooks", "/api/v1", ... */
};

/* content_type is the header's value or absent. 415 only for a content type that is given and is
 * not JSON (application/json, application/...+json, with parameters), on routes that take a body;
 * a gateway's may also be a form. */
struct route_match route_match(struct slice method, struct slice path, struct slice content_type);

/* An RFC 9457 problem document: {"type":"about:blank","title":...,"status":...,"detail":...}. */
struct buf;
void problem_json(struct buf *out, unsigned status, const char *code, const char *detail);
/* "Not Found" for 404 and so on; never NULL. */
const char *http_status_text(unsigned status);

#endif
