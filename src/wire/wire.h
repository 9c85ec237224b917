/* Messages as structs, and their one encoding (msgpack, through msgpack-c). Slices in a decoded
 * message point into the bytes it was decoded from. Decoding is strict: no field more than the
 * shape has, exact types, lengths within the table's max, well-formed UTF-8 without NUL in text,
 * nothing nested, nothing left over. A message of before a field was appended decodes with zeros
 * there.
 *
 * The frame's messages are members of struct message; those of modules (shape.h) lie in its room
 * `module`, or in a struct of the caller's. */
#ifndef USHER_WIRE_WIRE_H
#define USHER_WIRE_WIRE_H

#include "base/buf.h"
#include "base/error.h"
#include "wire/delivery.h"
#include "wire/messages.def"
#include "wire/shape.h"
#include "wire/shape_types.h"

#include <stdint.h>

enum request_source {
    SOURCE_HOOK = 1,
    SOURCE_TELEGRAM,
    SOURCE_POLL,
    SOURCE_API,
    SOURCE_PAGE,
    SOURCE_TAP /* a payer taps: name the gateway, body the part_checkout, query their address */
};
enum query_what {
    QUERY_MEMBER = 1, /* subject: telegram id */
    QUERY_QUEUE,      /* text: "" or a delivery state; limit */
    QUERY_PAYMENTS,   /* text: "" or "unsettled"; limit */
    QUERY_PAYMENT,    /* text: gateway "/" payment id */
    QUERY_ORDER,      /* text: order id */
    QUERY_ORDERS,     /* limit */
    QUERY_GROUPS,     /* what usher knows of each group: link, members, rights */
    QUERY_STATUS,     /* counters of the whole state */
    QUERY_BROADCAST,  /* text: broadcast id */
    QUERY_BROADCASTS, /* limit */
    QUERY_ASK,        /* ask: a module's question, encoded */
    QUERY_SAID,       /* ask: a cmd_said with free text: it goes on to the journal as a command, and
                         without the text when nobody listens to it */
    QUERY_CLOCK       /* subject: milliseconds by which the test clock goes forward; see
                         actors/clockwork.h */
};
/* What a bot needs in a group. */
enum bot_right { BOT_RIGHT_INVITE = 1, BOT_RIGHT_RESTRICT = 2 };
enum payment_kind {
    PAYMENT_PAID = 1,
    PAYMENT_REFUNDED,
    PAYMENT_CHARGED_BACK,
    PAYMENT_REINSTATED,
    PAYMENT_PARTLY_REFUNDED,
    PAYMENT_REFUND_FAILED, /* a refund that was told did not take place */
    PAYMENT_INVALID,       /* the gateway takes back its word that it was paid */
    PAYMENT_SHORT,         /* money came, too little or too late for what was to be paid */
    PAYMENT_JOINED,        /* its ids are one payment's: no event of it */
    PAYMENT_SUBSCRIPTION,  /* how a subscription stands: no payment at all */
    PAYMENT_APPROVED /* its payer has agreed, and the gateway waits for our word: no event either */
};
/* Charged again each period; not again at the end of this one; the last charge failed; over. */
enum subscription_state {
    SUBSCRIPTION_ACTIVE,
    SUBSCRIPTION_CANCELLING,
    SUBSCRIPTION_PAST_DUE,
    SUBSCRIPTION_ENDED
};
/* What a gateway is told to do, beside making checkouts. */
enum errand {
    ERRAND_END = 1, /* the checkout with this id cannot be paid any more */
    ERRAND_REFUND,  /* the payment with this id goes back, or a part of it */
    ERRAND_PORTAL,  /* an address at which the customer with this id manages what they pay */
    ERRAND_CAPTURE, /* the payer of the checkout with this id has agreed: take the money */
    ERRAND_COUNT
};
/* Of a payment in Stars: one of a subscription's is its first, or a later one. */
enum star_recurring { STAR_ONCE, STAR_FIRST, STAR_LATER };
/* What a gateway that was asked about one order said: that nobody has paid it, or nothing. */
enum looked_how { LOOKED_NOT_PAID = 1, LOOKED_AWAY };
/* What a credential of the API is: of the configuration's staff, a session of the console, a key,
 * the code of one login. */
enum access_kind { ACCESS_STAFF = 1, ACCESS_SESSION, ACCESS_KEY, ACCESS_LOGIN };
enum said_origin { SAID_PRIVATE = 1, SAID_GROUP, SAID_BUTTON };
enum invite_kind { INVITE_JOIN_REQUEST, INVITE_ONE_TIME_LINK };
enum member_status { MEMBER_LEFT, MEMBER_IN, MEMBER_ADMIN, MEMBER_KICKED };
enum release_what { RELEASE_HELD = 1, RELEASE_DEAD };
enum outcome {
    OUTCOME_DONE = 1,    /* done, or success in disguise */
    OUTCOME_RETRY,       /* again at retry_at_ms (5xx, network, in doubt, 429) */
    OUTCOME_FAILED,      /* for good: the operator must act; a dead letter */
    OUTCOME_UNREACHABLE, /* the member blocked the bot or never started it: again when they write */
    OUTCOME_MIGRATED,    /* the group moved to new_chat_id: again there */
    OUTCOME_MOOT,        /* no longer possible nor needed (join request gone, user deactivated) */
    OUTCOME_IN_DOUBT     /* a notice that may have arrived: not repeated */
};

enum message_kind {
#define M(name, id) MESSAGE_##name = id,
    MESSAGE_LIST(M)
#undef M
};

#define M(name, id)                                                                                \
    struct message_##name {                                                                        \
        FIELDS_##name(SHAPE_FIELD_M)                                                               \
    };
MESSAGE_LIST(M)
#undef M

struct message {
    enum message_kind kind; /* or the id of a module's shape */
    union {
#define M(name, id) struct message_##name name;
        MESSAGE_LIST(M)
#undef M
        uint64_t module[SHAPE_BYTES_MAX / 8];
    };
};

/* Appends the encoded message to out. ASSERTs that the message keeps the table's limits: what comes
 * from outside is checked before it becomes a message (message_fits). Look at out->failed once at
 * the end. */
void wire_encode(struct buf *out, const struct message *message);

/* Would decoding accept it: kinds, lengths, UTF-8. names the first field that does not fit. */
bool message_fits(const struct message *message, const char **field);

/* Takes one message off the front of in and moves in behind it. ERROR_NOT_FOUND when in is empty;
 * ERROR_CORRUPT with a sentence in why otherwise; in is then unchanged. */
enum error wire_decode(struct slice *in, struct message *out, struct why *why);

/* Exactly one message and nothing behind it. */
enum error wire_decode_one(struct slice in, struct message *out, struct why *why);

/* The same for one shape's struct. */
void shape_encode(struct buf *out, const struct shape *shape, const void *object);
bool shape_fits(const struct shape *shape, const void *object, const char **field);
enum error shape_decode_one(struct slice in, const struct shape *shape, void *object,
                            struct why *why);

/* What the union holds of this message. */
const void *message_object(const struct message *message);

const char *message_name(enum message_kind kind); /* NULL for an unknown id */
bool message_is_command(enum message_kind kind);

/* One line for people: cmd_payment gateway="stripe" ... BIN fields that hold messages are printed
 * as their length, but the body of cmd_act as the message that it is; a module's message with its
 * values as the API shows them, without secrets. */
void message_print(struct buf *out, const struct message *message);
/* The same as a JSON object {"message":"cmd_payment","gateway":"stripe",...}; BIN as base64. */
void message_print_json(struct buf *out, const struct message *message);

/* The kind of what wire_encode has made, without decoding it: a msgpack array of up to 15 (or up to
 * 65535) items, whose first is a number of up to 16 bits. 0 for what is too short. */
enum message_kind wire_kind(struct slice encoded);

#endif
