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
    CHECK_TOKEN_MAX = 4096,
    CHECK_CURSOR_MAX = 128
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
    bool ours;      /* no callback is asked about, but what was made for an order */
    int64_t wanted; /* minor units that were to be paid, where a kind needs it */
    char id[CHECK_ID_MAX + 1];
    struct payment_event event; /* what the callback says; of signed ones it is proved. kind 0: by
                                   itself it says nothing of use */
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

/* A page of a list, from 0. */
struct check_page {
    uint64_t since_ms; /* nothing older is wanted */
    uint64_t until_ms; /* when the run began */
    unsigned number;
    char cursor[CHECK_CURSOR_MAX + 1]; /* where the page before ended; "" for the first */
};

/* A list of what a gateway says has moved. */
struct check_list {
    /* When a thing was made is known, and not when it was paid: that is undated; what else is said
     * of it, is as of now. */
    bool undated;
    void (*ask)(const struct config_gateway *config, const struct check_page *page,
                struct check_ask *ask);
    const cJSON *(*items)(const cJSON *root);
    /* Where the next page begins, into cursor; false: this was the last one. */
    bool (*next)(const cJSON *root, const cJSON *items, struct check_page *page);
    /* GATEWAY_accepted, and event is filled, for what counts; GATEWAY_unchecked when all of it is
     * known only to who asks about it by itself (check_about its payment_id). event comes in
     * empty. */
    enum gateway_verdict (*read)(const cJSON *item, struct payment_event *event);
};

/* Functions may be NULL where a kind cannot do such a thing. */
struct check_kind {
    const struct check_token *token; /* NULL: it knows none */
    bool unproved;                   /* its callbacks are not signed */
    /* Has this gateway what it takes to be asked; NULL: always. */
    bool (*able)(const struct config_gateway *config);
    const struct check_list *lists; /* one without ask ends them; NULL: none */
    /* What to ask about the thing that was made for an order, by the id that the gateway gave it:
     * false where that is none. judge hears the answer. */
    bool (*about)(const struct config_gateway *config, struct slice id, struct check *check,
                  struct check_ask *ask);
    /* GATEWAY_unchecked with ask filled, or the verdict for good: GATEWAY_accepted for a signed
     * event that need not be asked about. event in check comes filled by the kind's translate. */
    enum gateway_verdict (*begin)(const struct config_gateway *config,
                                  const struct gateway_request *callback, const cJSON *root,
                                  struct check *check, struct check_ask *ask);
    /* What was asked about is not there (404): true when something else may be, and ask is filled
     * with that; NULL: it is unknown then. */
    bool (*missing)(const struct config_gateway *config, const struct check *check,
                    struct check_ask *ask);
    /* GATEWAY_unchecked with ask filled anew: one more question; GATEWAY_accepted with event
     * filled; or another verdict. event comes in empty. */
    enum gateway_verdict (*judge)(const struct config_gateway *config, struct check *check,
                                  const struct check_answer *answer, struct check_ask *ask,
                                  struct payment_event *event);
};

extern const struct check_kind check_yookassa, check_btcpay, check_stripe, check_crypto_pay,
    check_paypal, check_wechat_pay, check_alipay;

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

/* The same about what was made for an order: false when this gateway cannot be asked about it. */
bool check_about(const struct config_gateway *config, struct slice id, struct check *check,
                 struct check_ask *ask);

/* The lists that this gateway can be asked for; NULL: none. */
const struct check_list *check_lists(const struct config_gateway *config);

/* NULL: requests of this gateway go by its keys. */
const struct check_token *check_token_of(const struct config_gateway *config);
/* False when the answer holds no token that can stand in a header. lives_ms: how long it may be
 * used, with a minute to spare. */
bool check_read_token(struct slice body, char out[CHECK_TOKEN_MAX + 1], uint64_t *lives_ms);

/* Is it an id of letters, digits, '-' and '_' only, of at most CHECK_ID_MAX: then it may stand in
 * a path, and is copied. */
bool check_take_id(struct slice id, char out[CHECK_ID_MAX + 1]);

#endif
