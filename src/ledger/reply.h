/* Inside the ledger: what is said in a conversation, at once or not at all. A reply answers what
 * somebody wrote or pressed; a newer one takes the place of one that has not gone out, and after
 * ten minutes nobody waits for it any more. An answer ends the wait of a pressed button. Neither is
 * kept once it has ended. A word to the staff goes into a group of the operators, or into a topic
 * of its forum; how it and the making of a topic ended is the fact `told`, with the ids that
 * Telegram gave. What is about a person is kept among their deliveries, the rest is not.
 *
 * Parts are part_text and part_key messages, rendered in any number of languages
 * (wire/messages.def), or parts of modules, which their say row puts into words; text/reply.h says
 * how they become a call. */
#ifndef USHER_LEDGER_REPLY_H
#define USHER_LEDGER_REPLY_H

#include "ledger/state.h"

/* Where something is said. */
struct reply_to {
    struct slice bot;
    int64_t telegram_id; /* whom it is for; for the staff: whom it is about, 0: nobody */
    int64_t chat_id;     /* their private chat, or a group */
    int64_t message_id;  /* edit this message; 0: a new one */
    int64_t thread_id;   /* of a forum, 0: none */
};

/* A module's part as a message. */
struct message part_make(const struct shape *shape, const void *part);

/* Nothing is said when the bot is not configured, there are no parts, or they hold more than 60
 * KiB. */
void reply_say(struct ledger *ledger, const struct reply_to *to, const struct message *parts,
               size_t count);
/* part: what is said, or NULL to end the wait without a word. */
void reply_answer(struct ledger *ledger, struct slice bot, struct slice callback_id,
                  int64_t telegram_id, const struct message *part);
/* Returns the delivery, 0 when nothing is said. */
uint64_t staff_say(struct ledger *ledger, const struct reply_to *to, const struct message *parts,
                   size_t count);
/* Makes a topic in to->chat_id. Returns the delivery, 0 when none is made. */
uint64_t staff_topic(struct ledger *ledger, const struct reply_to *to, struct slice title);

/* Posts JSON, at most 12288 bytes, to an HTTP service, at least once. lane: "http:acme".
 * telegram_id: whom it is about, 0: nobody. Returns the delivery, 0 when there is no lane. */
uint64_t service_post(struct ledger *ledger, struct slice lane, int64_t telegram_id,
                      struct slice json);

/* Writes an e-mail to an address, at least once. lane: "smtp:post". parts: the first is the
 * subject, what follows is the text, in the language of whom it is about (0: nobody) as a reply is.
 * Returns the delivery, 0 when there is no lane, to is no address, or there are fewer than two
 * parts. */
uint64_t reply_mail(struct ledger *ledger, struct slice lane, int64_t telegram_id, struct slice to,
                    const struct message *parts, size_t count);

/* One of a kind that is a module's (kind rows of struct module); link: what it is about. Returns
 * the delivery, 0 when the bot is not configured. */
uint64_t reply_of_kind(struct ledger *ledger, enum delivery_kind kind, const struct reply_to *to,
                       struct slice link, const struct message *parts, size_t count);

/* Is this enum delivery_kind one of those made here? */
bool reply_is(unsigned kind);
/* Appends the encoded parts. */
void reply_parts(struct ledger *ledger, uint64_t id, struct buf *parts);

/* How an attempt of one ended (ended_fn), and what follows when it has moved. */
enum result reply_sent(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                       const struct message_cmd_outcome *command);
enum result reply_retry(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                        const struct message_cmd_outcome *command);
enum result reply_failed(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                         const struct message_cmd_outcome *command);
enum result reply_migrated(struct ledger *ledger, uint64_t id, struct record_delivery *delivery,
                           const struct message_cmd_outcome *command);
void reply_moved(struct ledger *ledger, uint64_t id, const struct record_delivery *delivery);

#endif
