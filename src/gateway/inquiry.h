/* Questions to gateways, on their way and waiting: bounded for each gateway, so that one that hangs
 * or is flooded delays nobody else. A question is asked within ten seconds or given up. Requests
 * start a moment apart; those of a kind that goes by a token wait while it is fetched, which
 * happens once for all of them, and once more when the gateway no longer takes it. Pure: the time
 * is given (mono), requests leave through a function of the owner's. Used by one thread. */
#ifndef USHER_GATEWAY_INQUIRY_H
#define USHER_GATEWAY_INQUIRY_H

#include "gateway/check.h"

enum {
    INQUIRY_UNDER_WAY_MAX = 4, /* of a gateway, as all below */
    INQUIRY_WAITING_MAX = 64,
    INQUIRY_MS_MAX = 10000, /* from its coming to its end, whatever it waits for */
    INQUIRY_APART_MS = 50,  /* between two starts */
    INQUIRY_HEADERS_MAX = 2
};

/* What a question is for: a callback that is parked, a page of a list, one payment of which the
 * list does not say all, an order that may be paid, or a checkout that its payer taps for. */
enum inquiry_purpose { INQUIRY_CALLBACK, INQUIRY_LIST, INQUIRY_PAYMENT, INQUIRY_LOOK, INQUIRY_TAP };

/* What a question is about; the rest is inside. */
struct inquiry {
    enum inquiry_purpose purpose;
    uint64_t origin; /* of the parked callback; 0: nobody waits for an answer */
    uint64_t id;
    char order_id[32];   /* of a look, as the next one */
    int64_t telegram_id; /* 0: nobody waits for it */
    struct check check;
    struct check_ask ask;
    const struct config_gateway *gateway; /* from here on inside */
    uint64_t until_ms;
    bool renewed; /* its token was refused once */
    struct inquiry *next;
};

/* A request to be sent. */
struct inquiry_request {
    const char *method;
    const char *url;
    const char *headers[INQUIRY_HEADERS_MAX + 1]; /* "Name: value", ended by NULL */
    const char *type;                             /* NULL: no body */
    struct slice body;
    uint32_t timeout_ms;
};

/* What came of it: status 0 for no complete answer. */
struct inquiry_answer {
    unsigned status;
    struct slice body;
    bool late; /* its time was over before it was asked */
};

struct inquiry_owner {
    void *context;
    /* False: it cannot be sent now. The answer comes to inquiries_answered by the same tag. */
    bool (*send)(void *context, const struct inquiry_request *request, void *tag);
    /* The question is answered. True: its ask is filled anew, it goes on with that (of a list with
     * time of its own again). */
    bool (*answered)(void *context, struct inquiry *inquiry, const struct inquiry_answer *answer);
    /* check_token_of */
    const struct check_token *(*token_of)(const struct config_gateway *gateway);
    /* The world's time, for requests that are signed with it. */
    uint64_t (*real_ms)(void);
};

struct inquiries;

/* config must outlive it, or the next inquiries_change. NULL when out of memory. */
struct inquiries *inquiries_new(const struct config *config, const struct inquiry_owner *owner);
/* Nobody is answered; what is under way must not be answered afterwards. */
void inquiries_destroy(struct inquiries **inquiries);
/* Another configuration: questions to a gateway that is gone, or of another kind now, are given up
 * as late. */
void inquiries_change(struct inquiries *inquiries, const struct config *config);

/* An empty question; NULL when out of memory. The caller fills what stands above, and adds it or
 * drops it. */
struct inquiry *inquiry_new(enum inquiry_purpose purpose, uint64_t origin, uint64_t id);
void inquiry_destroy(struct inquiry **inquiry);
/* Takes it over. False, and it stays the caller's: as many wait as may, of those that nobody waits
 * for half as many. gateway is of the configuration in force. */
bool inquiries_add(struct inquiries *inquiries, const struct config_gateway *gateway,
                   struct inquiry *inquiry, uint64_t now_ms);
/* The answer to what was sent by this tag. */
void inquiries_answered(struct inquiries *inquiries, void *tag, const struct inquiry_answer *answer,
                        uint64_t now_ms);
/* Sends what may leave, gives up what is late. */
void inquiries_turn(struct inquiries *inquiries, uint64_t now_ms);
/* Gives up all that waits, and is heard of what is under way no more. */
void inquiries_give_up(struct inquiries *inquiries);
/* Milliseconds until inquiries_turn wants to be called; -1: not before an answer. */
long inquiries_timeout_ms(const struct inquiries *inquiries, uint64_t now_ms);
/* Waiting and under way; of this gateway, or (NULL) of all. */
size_t inquiries_count(const struct inquiries *inquiries, const struct config_gateway *gateway);

#endif
