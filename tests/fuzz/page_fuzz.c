/* Pages of any document and any names. The input: a byte that chooses page and language, then up to
 * NUL bytes the bot's name, the community's, a title, the legal texts, a token, and the document.
 * Whatever comes out must be text and HTML of our own elements and attributes, each closed, with
 * addresses that may be followed: nothing that was put in may become markup. */
#include "web/html.h"
#include "web/page.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

enum { INPUT_MAX = 16384, PARTS = 7, OPEN_MAX = 64, LANGUAGES = LANGUAGE_COUNT, PAGES = 6 };

static char parts[PARTS][INPUT_MAX + 1];
static struct config_group group = {.name = "a", .title = parts[2]};
static const struct config_group *opens[] = {&group};
static struct config_price price = {.amount = 2900, .currency = "USD", .period = {1, 0}};
static struct config_plan plan = {.name = "core",
                                  .title = parts[2],
                                  .groups = opens,
                                  .group_count = 1,
                                  .seats = 3,
                                  .grace_ms = 86400000,
                                  .prices = &price,
                                  .price_count = 1};
static struct config_gateway gateway = {.name = "stripe"};
static struct config config = {.community_name = parts[1],
                               .timezone = "Asia/Shanghai",
                               .plans = &plan,
                               .plan_count = 1,
                               .gateways = &gateway,
                               .gateway_count = 1,
                               .legal = {parts[3], parts[4], parts[5]}};

static const char elements[] =
    " html head meta title link body header p nav ul li span a main section h1 h2 table caption "
    "tbody tr th td tfoot dl dt dd time figure svg rect path figcaption details summary footer br "
    "form button ";
static const char empty_elements[] = " meta link br ";
static const char attributes[] =
    " lang charset name content rel href class aria-label aria-current hreflang scope datetime id "
    "role viewBox shape-rendering xmlns width height fill d method action type ";

static struct slice take_word(struct slice *rest)
{
    size_t len = 0;
    while (len < rest->len &&
           ((rest->data[len] >= 'a' && rest->data[len] <= 'z') ||
            (rest->data[len] >= 'A' && rest->data[len] <= 'Z') ||
            (rest->data[len] >= '0' && rest->data[len] <= '9') || rest->data[len] == '-'))
        len++;
    struct slice word = slice_of(rest->data, len);
    *rest = slice_of(rest->data + len, rest->len - len);
    return word;
}

static bool listed(const char *list, struct slice word)
{
    char spaced[40];
    if (word.len == 0 || word.len + 3 > sizeof spaced)
        return false;
    spaced[0] = ' ';
    memcpy(spaced + 1, word.data, word.len);
    memcpy(spaced + 1 + word.len, " ", 2);
    return strstr(list, spaced) != NULL;
}

static void skip(struct slice *rest, const char *text)
{
    size_t len = strlen(text);
    MUST(rest->len >= len && memcmp(rest->data, text, len) == 0);
    *rest = slice_of(rest->data + len, rest->len - len);
}

static bool begins(struct slice text, const char *with)
{
    size_t len = strlen(with);
    return text.len >= len && memcmp(text.data, with, len) == 0;
}

/* In quotes, and nothing that ends them. */
static void check_attribute(struct slice *rest)
{
    struct slice name = take_word(rest);
    MUST(listed(attributes, name));
    skip(rest, "=\"");
    const char *end = rest->len == 0 ? NULL : memchr(rest->data, '"', rest->len);
    MUST(end != NULL);
    struct slice value = slice_of(rest->data, (size_t)(end - rest->data));
    MUST(value.len == 0 || (memchr(value.data, '<', value.len) == NULL &&
                            memchr(value.data, '>', value.len) == NULL));
    if (slice_is(name, "href"))
        MUST(begins(value, "https://") || begins(value, "http://") || begins(value, "tg://") ||
             begins(value, "/style/") || begins(value, "/p/") || begins(value, "?lang=") ||
             begins(value, "#") || slice_is(value, "data:,"));
    if (slice_is(name, "action"))
        MUST(begins(value, "/o/"));
    *rest = slice_of(end + 1, rest->len - value.len - 1);
}

static void check_html(struct slice rest)
{
    struct slice open[OPEN_MAX];
    size_t count = 0;
    MUST(slice_is_text(rest));
    skip(&rest, "<!DOCTYPE html>");
    while (rest.len > 0) {
        if (*rest.data != '<') {
            MUST(*rest.data != '>' && *rest.data != '"' && *rest.data != '\'');
            rest = slice_of(rest.data + 1, rest.len - 1);
            continue;
        }
        skip(&rest, "<");
        if (begins(rest, "/")) {
            skip(&rest, "/");
            MUST(count > 0 && slice_equal(open[--count], take_word(&rest)));
            skip(&rest, ">");
            continue;
        }
        struct slice name = take_word(&rest);
        MUST(listed(elements, name));
        while (begins(rest, " ")) {
            skip(&rest, " ");
            check_attribute(&rest);
        }
        bool closed = begins(rest, "/") || listed(empty_elements, name);
        skip(&rest, begins(rest, "/") ? "/>" : ">");
        MUST(closed || count < OPEN_MAX);
        if (!closed)
            open[count++] = name;
    }
    MUST(count == 0);
}

static size_t split(const uint8_t *data, size_t size)
{
    size_t at = 0;
    for (size_t i = 0; i < PARTS; i++) {
        const uint8_t *end = size == at ? NULL : memchr(data + at, 0, size - at);
        size_t len = end == NULL ? size - at : (size_t)(end - (data + at));
        memcpy(parts[i], data + at, len);
        parts[i][len] = 0;
        at += len + (end != NULL);
    }
    return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct calendar *calendar;
    cJSON *document = NULL;
    struct buf out;
    if (size < 1 || size > INPUT_MAX)
        return 0;
    if (calendar == NULL)
        MUST(calendar_new("Asia/Shanghai", &calendar) == ERROR_NONE);
    unsigned chosen = data[0];
    size_t at = 1 + split(data + 1, size - 1);
    enum language language = (enum language)(chosen / PAGES % LANGUAGES);
    const struct page_site site = {&config, chosen >= 128 ? NULL : calendar, slice_from(parts[0]),
                                   (chosen & 64) != 0,
                                   chosen % 3 == 0 ? SLICE("youtube") : SLICE("")};
    bool parsed =
        json_parse(slice_of(data + at, size - at), 65536, 8, &document, NULL) == ERROR_NONE;
    buf_init(&out, PAGE_BYTES_MAX);
    if (chosen % PAGES == 0)
        page_plan(&site, &plan, document, language, &out);
    else if (chosen % PAGES == 1)
        page_order(&site, document, slice_from(parts[6]), language, &out);
    else
        page_notice(&site, (enum page_notice)(chosen % PAGES - 2), language, &out);
    MUST(parsed || document == NULL);
    if (!out.failed)
        check_html(buf_slice(&out));
    buf_deinit(&out);
    json_free(&document);
    return 0;
}
