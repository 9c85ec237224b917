/* Price tags: what a part says a plan costs, one text for all of them, so that they stand below
 * each other in one part: "MONTHS.DAYS.LIST.AMOUNT.CURRENCY", joined by commas, with ".r" behind
 * one that renews by itself. list: before anything is taken off. Pure. */
#ifndef USHER_MODULES_SHOP_TAG_H
#define USHER_MODULES_SHOP_TAG_H

#include "base/money.h"
#include "base/period.h"

enum { TAGS_BYTES_MAX = 2048 };

struct tag {
    struct period period;
    int64_t list;
    int64_t amount;
    char currency[CURRENCY_CODE_MAX];
    bool renews;
};

/* Appends one to the text in out (TAGS_BYTES_MAX bytes with the NUL); what does not fit is left
 * out. */
void tag_add(char out[TAGS_BYTES_MAX], const struct tag *tag);
/* The next one of the text; false at its end, or where it is no tag. */
bool tag_next(struct slice *rest, struct tag *out);

#endif
