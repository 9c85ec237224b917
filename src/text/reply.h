/* What is said in a conversation, as calls: replies, answers to buttons, words to the staff and
 * their topics. Their parts are rendered already (text/say.h), in any number of languages; here one
 * is picked. Pure. */
#ifndef USHER_TEXT_REPLY_H
#define USHER_TEXT_REPLY_H

#include "config/config.h"

enum {
    REPLY_SUBJECT_BYTES_MAX = 512, /* of a mail: what carrier/smtp takes */
    REPLY_MAIL_BYTES_MAX = 32768,
    REPLY_UNITS_MAX = 4096, /* UTF-16 units: Bot API, sendMessage */
    REPLY_ANSWER_UNITS_MAX = 200,
    REPLY_TOPIC_UNITS_MAX = 128,
    REPLY_KEYS_MAX = 100
};

/* The language of a part_text or part_key; 0 there: for all. */
static inline uint64_t part_language(enum language language)
{
    return 1 + (uint64_t)language;
}

/* Appends a button as Telegram takes it. */
void reply_key(struct buf *params, const struct message_part_key *key);

/* Turns the work of a reply, an answer, a word to the staff, a topic, a post or a mail (whose first
 * text is its subject) into the method and the JSON params (appended) that do it, and the chat that
 * the limits count. Texts are cut to what Telegram takes. ERROR_INVALID when there is nothing to
 * say, or no place to say it; why says what. */
enum error reply_render(const struct config *config, const struct message_work *work,
                        const char **method, int64_t *chat_id, struct buf *params, struct why *why);

#endif
