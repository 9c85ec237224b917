/* A module: what a capability tells the frame, as tables. Each ends with a zero row; NULL for none.
 * Its shapes, operations, questions and results stand in modules/NAME/NAME.def (declare.h,
 * define.h); the rest it writes down in its struct module. The registry lists them (modules.def).
 */
#ifndef USHER_LEDGER_MODULE_H
#define USHER_LEDGER_MODULE_H

#include "base/json.h"
#include "ledger/numbers.h"
#include "wire/wire.h"

struct ledger;
struct say;      /* text/say.h */
struct kind_row; /* outbox.h */
struct campaign; /* notice.h */
struct catalog_group;
struct request_end;    /* request.h */
struct record_payment; /* records.h */
struct subscription;   /* modules/payment/subscription.h */

/* Who may ask for an operation or a question. */
enum who {
    WHO_OWNER = 1,
    WHO_FINANCE = 2,
    WHO_SUPPORT = 4,
    WHO_MODERATOR = 8,
    WHO_VIEWER = 16,
    WHO_MEMBER = 32,    /* about oneself */
    WHO_ANYONE = 64,    /* by a page that needs no token */
    WHO_STRANGER = 128, /* of the API without a credential: who logs in */
    WHO_QUIET = 256,    /* nobody: a row's act is left out of the audit, for it changes nothing */
    WHO_OPERATOR = WHO_OWNER | WHO_FINANCE,
    WHO_HELPER = WHO_OPERATOR | WHO_SUPPORT,
    WHO_STAFF = WHO_HELPER | WHO_MODERATOR | WHO_VIEWER,
    WHO_PUBLIC = WHO_STAFF | WHO_ANYONE
};

/* What became of a command, in its module's words. */
struct result_row {
    unsigned result; /* module << 8 | number */
    const char *name;
    unsigned status; /* of HTTP; 2xx is success */
    const char *text;
};

struct op_row {
    shape_fn *shape;
    unsigned who;
    const char *method; /* "POST", "DELETE"; NULL: not from outside */
    const char *path;   /* behind /api/v1/, with {field} for what stands in the address */
    unsigned status;    /* when it succeeds */
    const char *needs;  /* fields that must be there, with blanks between */
    unsigned (*apply)(struct ledger *ledger, const void *command);
    /* The asker's answer; NULL: the result's name. subject is what apply left in the ledger. */
    void (*answer)(struct ledger *ledger, uint64_t subject, const void *command, cJSON *out);
};

struct ask_row {
    shape_fn *shape;
    unsigned who;
    const char *path;
    /* False: there is no such thing. */
    bool (*answer)(struct ledger *ledger, const void *ask, cJSON *out);
};

/* A command that this module applies though its shape is of wire/messages.def: whoever makes it
 * (a gateway, the notifier, the desk) knows no modules. */
struct command_row {
    enum message_kind kind;
    unsigned (*apply)(struct ledger *ledger, const struct message *command);
};
#define COMMAND_APPLIES(name)                                                                      \
    static unsigned apply_cmd_##name(struct ledger *ledger, const struct message *command)         \
    {                                                                                              \
        return op_##name(ledger, &command->cmd_##name);                                            \
    }

/* The same for a question of enum query_what. */
struct query_row {
    enum query_what what;
    bool (*answer)(struct ledger *ledger, const struct message_query *query, cJSON *out);
    const char *missing; /* what a 404 says */
};

/* A walk's or a record's timer that is due; returns about how many rows that took. */
struct timer_row {
    unsigned kind; /* enum timer_kind of state.h */
    unsigned (*due)(struct ledger *ledger, int64_t id, const char *subject);
};

/* What a member's letter shows besides words: groups that they may enter and are not in. */
struct doors {
    /* Makes sure that every link they need exists or is being made. True when none is missing, or
     * those missing cannot be made before the operator acts. */
    bool (*ready)(struct ledger *ledger, int64_t telegram_id);
    /* Calls visit for each with its link, "" when that does not exist yet. */
    void (*each)(struct ledger *ledger, int64_t telegram_id,
                 void (*visit)(void *context, const struct catalog_group *group, const char *link),
                 void *context);
};

/* Adds to the answer to another module's question what this one knows. */
struct extend_row {
    shape_fn *ask;
    void (*extend)(struct ledger *ledger, const void *ask, cJSON *out);
};

/* Who waits for this operation's answer waits on until it is ready, but no longer than 10 s. Asked
 * again when something was applied. */
struct wait_row {
    shape_fn *op;
    bool (*ready)(struct ledger *ledger, uint64_t subject, const void *command);
};

/* Told in the same transaction, in the order of modules.def; cannot refuse. */
struct hear_row {
    shape_fn *fact;
    void (*hear)(struct ledger *ledger, const void *fact);
};

/* A word that a member may say in private, "/checkin" or "签到", and what follows (words.h,
 * said.h). */
struct intent_row {
    const char *verb;         /* what buttons and dialogues of this module call it */
    const char *const *words; /* NULL: a button or a dialogue only; a NULL ends them */
    void (*said)(struct ledger *ledger, const struct message_cmd_said *said);
    const char
        *menu[3]; /* what the commands menu says of the first word, by language; NULL: not there */
    bool in_groups;      /* the words may be said in a group, too */
    const char *payload; /* "c_": /start with a deep link that begins so is this, what follows is
                            the argument; NULL: none */
};

/* Why something was refused, as a member is told it, by language: the end of a sentence. A row
 * without a result ends them. */
struct refusal_row {
    unsigned result;
    const char *text[3];
};

/* A part of a letter, a reply or a notice, put into words. */
struct say_row {
    shape_fn *part;
    void (*say)(struct say *say, const void *part);
};

/* A kind of an order's lines (order.h): its price, and what follows when the order is paid and
 * given back. What has nothing to do is NULL. */
struct order;
struct line_row {
    const char *kind;
    bool tender; /* pays a part of the price; what changes it was there before */
    bool renews; /* is asked of a price that renews by itself, and adds nothing to it */
    /* Adds its lines to a quote; a result other than RESULT_ok refuses the whole of it. */
    unsigned (*price)(struct ledger *ledger, struct order *order);
    /* The order was refused with this result: what the module remembers of that. */
    void (*refused)(struct ledger *ledger, const struct order *order, unsigned result);
    /* An open order keeps what it needs, and gives it back when it ends unpaid. */
    void (*hold)(struct ledger *ledger, const struct order *order, size_t line);
    /* May a late payment hold what was given back once more? Somebody else may have it by then.
     * NULL: it may. Only reads. */
    bool (*again)(struct ledger *ledger, const struct order *order, size_t line);
    void (*unhold)(struct ledger *ledger, const struct order *order, size_t line);
    /* Paid: behind a hold, which a late payment repeats. And the exact reverse of it, before an
     * unhold; after that both may come again. */
    void (*sold)(struct ledger *ledger, const struct order *order, size_t line);
    void (*unsold)(struct ledger *ledger, const struct order *order, size_t line);
};

struct config_module; /* config/module.h */

struct module {
    const char *name;
    unsigned number;
    shape_fn *const *shapes; /* by number, MODULE_SHAPES_MAX of them */
    const struct config_module *config;
    const struct result_row *results;
    const struct op_row *ops;
    const struct ask_row *asks;
    const struct command_row *commands;
    const struct query_row *queries;
    const struct timer_row *timers;
    const struct kind_row *kinds;    /* deliveries of kinds of its own */
    const struct doors *doors;       /* of one module */
    const struct campaign *campaign; /* of one module */
    const struct extend_row *extends;
    const struct wait_row *waits;
    const struct hear_row *hears;
    const struct intent_row *intents;
    const struct say_row *says;
    const struct refusal_row *refusals;
    const struct line_row *line; /* a row without a kind ends them */
    /* Is what this person wrote, in private without a word and outside of any dialogue, or in a
     * group chat of this module's (config/module.h), for it? Asked before it is stored, and again
     * when it is heard; both or none. */
    bool (*claims)(struct ledger *ledger, const struct message_cmd_said *said);
    void (*wrote)(struct ledger *ledger, const struct message_cmd_said *said);
    /* A request of this module's (request_send) has ended. */
    void (*answered)(struct ledger *ledger, const struct request_end *end);
    /* Adds what this module knows to a member's document. */
    void (*document)(struct ledger *ledger, int64_t telegram_id, cJSON *out);
    /* Adds to the letter that answers /start and /status. */
    void (*greets)(struct ledger *ledger, int64_t telegram_id);
    /* Adds what it knows to the status of the whole. */
    void (*status)(struct ledger *ledger, cJSON *out);
    /* The attempt of a notice that says this part of the module's may begin: when it may. Now or
     * before: at once; later: not before then; 0: never, for it is not true any more. It may have
     * waited long. NULL: at once. */
    uint64_t (*notice)(struct ledger *ledger, int64_t telegram_id, const struct message *part);
    /* Something of this person's may be due: does what is, and says when to look again, 0 for
     * never. A timer may be early. */
    uint64_t (*due)(struct ledger *ledger, int64_t telegram_id);
    /* A configuration is in force, at each start also the one of before. What is to be done for
     * many goes on by timers. */
    void (*configured)(struct ledger *ledger);
    /* The operator has let go what was held. */
    void (*released)(struct ledger *ledger);
    /* Begins to give the whole of this payment's money back; false: it cannot, for its gateway is
     * none of this module's. NULL: none is. What the payment gave is taken at once. */
    bool (*refund)(struct ledger *ledger, const struct record_payment *paid);
    /* Can a member manage this subscription of theirs here, and their wish to: n is its number on
     * their list. Both or none. */
    bool (*manages)(struct ledger *ledger, const struct subscription *subscription);
    void (*manage)(struct ledger *ledger, const struct message_cmd_said *said, uint64_t n,
                   const struct subscription *subscription);
    /* Appends an access_row for each credential by which somebody may ask of the API
     * (ledger/access_list.h). NULL: none. */
    void (*admits)(struct ledger *ledger, struct buf *rows);
    /* A timer of the module's own (timer_set) has come. */
    void (*timer)(struct ledger *ledger, int64_t id, const char *subject);
};

#endif
