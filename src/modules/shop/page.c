#include "modules/shop/page.h"

void page_begin(struct page *page)
{
    page->count = 0;
    page->used = 0;
}

struct slice page_keep(struct page *page, struct slice text)
{
    char *at = page->text + page->used;
    if (text.len == 0 || text.len > sizeof page->text - page->used)
        return SLICE("");
    memcpy(at, text.data, text.len);
    page->used += text.len;
    return slice_of(at, text.len);
}

void page_add(struct page *page, const struct shape *shape, const void *part)
{
    if (page->count < PAGE_PARTS_MAX)
        page->parts[page->count++] = part_make(shape, part);
}

void page_head(struct page *page, enum shop_head_what what, struct slice text, unsigned why)
{
    struct shop_head part = {.what = what, .text = text};
    if (why != RESULT_ok)
        part.why = slice_from(result_name(why));
    page_add(page, shape_shop_head(), &part);
}

void page_key(struct page *page, struct shop_key key, const char *verb, struct slice arg)
{
    char data[SAID_DATA_SIZE];
    if (!said_data(MODULE_shop, verb, arg, data))
        return;
    key.data = page_keep(page, slice_from(data));
    page_add(page, shape_shop_key(), &key);
}

void page_say(struct ledger *ledger, const struct message_cmd_said *said, const struct page *page)
{
    said_reply(ledger, said, page->parts, page->count);
}
