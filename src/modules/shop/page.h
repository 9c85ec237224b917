/* A message of the shop's while it is put together: parts, and the texts that they point to. What
 * does not fit any more is left out. */
#ifndef USHER_MODULES_SHOP_PAGE_H
#define USHER_MODULES_SHOP_PAGE_H

#include "ledger/said.h"
#include "modules/shop/shop.h"

enum { PAGE_PARTS_MAX = 110, PAGE_TEXT_BYTES_MAX = 16384 };

struct page {
    size_t count;
    size_t used;
    struct message parts[PAGE_PARTS_MAX];
    char text[PAGE_TEXT_BYTES_MAX];
};

void page_begin(struct page *page);
/* A copy that lasts as long as the page; "" when there is no room. */
struct slice page_keep(struct page *page, struct slice text);
void page_add(struct page *page, const struct shape *shape, const void *part);
void page_head(struct page *page, enum shop_head_what what, struct slice text, unsigned why);
/* A button of this module's: key.data is made of verb and arg. */
void page_key(struct page *page, struct shop_key key, const char *verb, struct slice arg);
void page_say(struct ledger *ledger, const struct message_cmd_said *said, const struct page *page);

#endif
