/* Gateways that are asked before they are believed: what to ask about a callback, and what the
 * answer makes of it. One file check_KIND.c and one row of the table in check.c for each kind that
 * can be asked. Of a callback that nobody signed nothing is believed but the id that it names, and
 * that only in the gateway's own form. Pure; how requests leave is inquiry.h's. */
#ifndef USHER_GATEWAY_CHECK_H
#define USHER_GATEWAY_CHECK_H

#include "base/json.h"
#include "gateway/gateway.h"

enum {
    CHECK_ID_MAX = 64,
    CHECK_PATH_MAX = 1024,
    CHECK_BODY_MAX = 131072,
    CHECK_ANSWER_MAX = 2 * 1024 * 1024, /* of a gateway */
    CHECK_TOKEN_MAX = 4096
};

/* One request to the gateway. */
struct check_ask {
    const char *method; /* "GET" or "POST" */
    const char *type;   /* of the body; NULL: there is none */
    struct buf path;    /* behind api_url, with its query */
    struct buf body;
    bool token; /* it goes by the token of its kind (check_token), else by the gateway's keys */
};

/* What is being asked about. */
struct check {
    unsigned step;  /* how many answers have been judged */
    unsigned thing; /* of the kind's own */
    bool claimed;   /* the callback says that money has moved */
    char id[CHECK_ID_MAX + 1];
    struct payment_event event; /* what the callback says; of signed ones it is proved */
};

/* A complete answer of 2xx. */
struct check_answer {
    unsigned status;
    const cJSON *root;
};

/* How a token is had: POST of this body, by the gateway's keys, to this path. The answer is OAuth's
 * (RFC 6749, 5.1): access_token, expires_in. */
struct check_token {
    const char *path;
    const char *type;
    const char *body;
};

struct check_kind {
    const struct check_token *token; /* NULL: it knows none */
    /* Has this gateway what it takes to be asked; NULL: always, for it signs nothing. */
    bool (*wanted)(const struct config_gateway *config);
    /* GATEWAY_unchecked with ask filled, or the verdict for good. event in check comes filled by
     * the kind's translate where the callback is signed, else empty. */
    enum gateway_verdict (*begin)(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask);
    /* GATEWAY_unchecked with ask filled anew: one more question; GATEWAY_accepted with event
     * filled; or another verdict. event comes in empty. */
    enum gateway_verdict (*judge)(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);
};

extern const struct check_kind check_yookassa, check_paypal;

void check_ask_init(struct check_ask *ask);
void check_ask_deinit(struct check_ask *ask);
void check_ask_clear(struct check_ask *ask);

/* Must this gateway be asked about each callback. */
bool check_wanted(const struct config_gateway *config);

/* What to ask about a callback that gateway_judge calls unchecked: GATEWAY_unchecked, and ask is
 * filled, or the verdict for good. check comes in uninitialised. */
enum gateway_verdict check_begin(const struct config_gateway *config,
                                 const struct gateway_request *callback, struct check *check,
                                 struct check_ask *ask);

/* What an answer means: as check_kind's judge. A status other than 2xx says that there is no such
 * payment, that our keys are refused, or that the gateway cannot say now; a callback that is signed
 * is believed without its gateway when that will say nothing about it to us. */
enum gateway_verdict check_judge(const struct config_gateway *config, struct check *check,
                                 unsigned status, struct slice body, struct check_ask *ask,
                                 struct payment_event *event);

/* NULL: requests of this gateway go by its keys. */
const struct check_token *check_token_of(const struct config_gateway *config);
/* False when the answer holds no token that can stand in a header. lives_ms: how long it may be
 * used, with a minute to spare. */
bool check_read_token(struct slice body, char out[CHECK_TOKEN_MAX + 1], uint64_t *lives_ms);

/* Is it an id of letters, digits, '-' and '_' only, of at most CHECK_ID_MAX: then it may stand in
 * a path, and is copied. */
bool check_take_id(struct slice id, char out[CHECK_ID_MAX + 1]);

#endif
