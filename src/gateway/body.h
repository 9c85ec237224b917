/* A callback's body as a tree: JSON, or the pairs of a form as members that are strings. */
#ifndef USHER_GATEWAY_BODY_H
#define USHER_GATEWAY_BODY_H

#include "base/json.h"
#include "gateway/gateway.h"

enum { FORM_PAIRS_MAX = 128 };

/* GATEWAY_accepted and *root, which the caller frees with json_free; GATEWAY_body_not_json (of a
 * form: a wrong percent escape, a name twice or more than FORM_PAIRS_MAX pairs) or GATEWAY_busy. */
enum gateway_verdict body_read(enum body_form form, const struct gateway_request *request,
                               cJSON **root);

/* The pairs of "a=1&b=2". ERROR_INVALID for what body_read refuses, and for a NUL. */
enum error form_parse(struct slice text, cJSON **root);

/* What a signature may cover of a tree, whatever bytes it came in. Each appends to out and leaves
 * out the member that carries the signature. */

/* Pairs sorted by name: "a=1&b=2", without sign_type; empty: also those without a value. */
void body_pairs(const cJSON *root, const char *without, bool empty, struct buf *out);
/* Members sorted in all objects; deep: all of them, else within nested objects only those whose
 * name the outermost has too (JSON.stringify with a list of names). */
void body_json_sorted(const cJSON *root, const char *without, bool deep, struct buf *out);
/* In its own order, as PHP's json_encode with JSON_UNESCAPED_UNICODE writes it. */
void body_json_php(const cJSON *root, const char *without, struct buf *out);

#endif
