/* The words that modules listen to (their intents), and the data of their buttons. Pure.
 *
 * A word is a command, "/checkin", or one of a language, "签到": the whole text, or its beginning
 * with blanks and an argument behind it. Upper and lower case are the same; blanks around, also
 * full-width ones, do not count. "/checkin@some_bot" is "/checkin". Of several words the longest
 * counts, of the same word the module that stands first.
 *
 * "/start" with the payload of a deep link is the intent of the payload's prefix, if there is one.
 *
 * A button's data is MODULE:VERB:ARG, with the module's name. */
#ifndef USHER_LEDGER_WORDS_H
#define USHER_LEDGER_WORDS_H

#include "wire/words.h"

struct intent_row; /* ledger/module.h */
struct say;        /* text/say.h */
struct message;

enum { SAID_DATA_SIZE = 65 }; /* with the NUL: Bot API, callback_data */

extern const struct words module_words;

/* The intent that a module calls so; NULL when there is none. */
const struct intent_row *intent_find(unsigned module, struct slice verb);

/* Without the blanks around it. */
struct slice words_trim(struct slice text);

/* Walks the commands of the menu, with what it says of each in a language; *at is 0 to begin. The
 * name is without its slash. */
bool menu_command_next(size_t *at, unsigned language, const char **name, const char **text);

/* Puts a module's part into words by its say row: a say_fn. */
bool module_say(struct say *say, const struct message *part);

/* What a member is told of a refusal, by its result's name; the name when no module has words for
 * it. */
struct slice refusal_text(struct slice result, unsigned language);

/* False, and out is "", when it does not fit. arg may hold colons. */
bool said_data(unsigned module, const char *verb, struct slice arg, char out[SAID_DATA_SIZE]);

#endif
