/* What a letter says, from its parts: text and buttons. The inside of letter.c. */
#ifndef USHER_TEXT_LETTER_TEXT_H
#define USHER_TEXT_LETTER_TEXT_H

#include "config/config.h"
#include "text/calendar.h"

enum {
    LETTER_UNITS_MAX = 4096, /* UTF-16 units of a message: Bot API, sendMessage */
    LETTER_BUTTONS_MAX = 100,
    LETTER_BUTTON_UNITS_MAX = 64,
    LETTER_PLANS_MAX = 64,   /* plans that one letter speaks of */
    LETTER_SAID_MAX = 64,    /* texts of modules */
    LETTER_RECEIPTS_MAX = 64 /* receipts in one letter; the later ones do not fit anyhow */
};

/* The parts of a letter sorted out: of several about one plan or one group only the last is true,
 * but a welcome stays a welcome. Slices point into the work message. */
struct letter {
    const struct config *config;
    struct calendar *calendar;
    const struct message_work *work;
    enum language language;
    bool greeting;
    struct letter_plan {
        struct slice plan;
        bool open;
        bool first;
        uint64_t until_ms;
        uint64_t reason;
    } plans[LETTER_PLANS_MAX];
    size_t plan_count;
    struct message_part_receipt receipts[LETTER_RECEIPTS_MAX];
    size_t receipt_count;
    struct message_part_button buttons[LETTER_BUTTONS_MAX];
    size_t button_count;
    size_t buttons_left_out;
    struct slice said[LETTER_SAID_MAX]; /* by modules */
    size_t said_count;
    struct message_part_key keys[LETTER_BUTTONS_MAX]; /* with the buttons at most so many */
    size_t key_count;
    bool cut; /* plans or receipts were left out */
};

/* Sorts the parts out. ERROR_INVALID when they are not parts, or a button has no link;
 * ERROR_NOT_FOUND when there is nothing to say. */
enum error letter_read(struct letter *letter, const struct config *config,
                       struct calendar *calendar, const struct message_work *work, struct why *why);

/* Appends the text: 1 to LETTER_UNITS_MAX UTF-16 units. */
void letter_write(const struct letter *letter, struct buf *out);

/* Appends the label of a button, at most LETTER_BUTTON_UNITS_MAX UTF-16 units. */
void letter_button_label(const struct letter *letter, const struct message_part_button *button,
                         struct buf *out);

#endif
