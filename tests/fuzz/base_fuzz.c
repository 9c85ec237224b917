/* The small parsers of src/base. The first byte chooses one, the rest is its text. What one accepts
 * must come back the same when it is written and read again. */
#include "base/clock.h"
#include "base/encoding.h"
#include "base/language.h"
#include "base/log.h"
#include "base/money.h"
#include "base/period.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not ASSERT: a fuzzer's findings are to be told from the program's own. */
#define MUST(condition) ((condition) ? (void)0 : abort())

enum { TEXT_MAX = 4096 };

static void money(struct slice text)
{
    /* "USD 29.00" */
    const char *space = text.len > 0 ? memchr(text.data, ' ', text.len) : NULL;
    size_t code_len = space ? (size_t)(space - text.data) : text.len;
    const char *currency = currency_find(slice_of(text.data, code_len));
    int64_t minor;
    if (currency == NULL || space == NULL ||
        !money_parse(slice_of(space + 1, text.len - code_len - 1), currency, &minor))
        return;
    MUST(minor >= 0);
    char written[32];
    int64_t back;
    money_format(minor, currency, written, sizeof(written));
    MUST(money_parse(slice_from(written), currency, &back) && back == minor);
}

static void lengths(struct slice text)
{
    struct period period;
    if (period_parse(text, &period)) {
        MUST((period.months > 0) != (period.days > 0));
        char written[64];
        period_format(period, written, sizeof(written));
        struct period back;
        /* 1200 weeks are 8400 days, more than may be written */
        if (period.days <= 1200 && period.months <= 14400) {
            bool whole_years = period.months % 12 == 0;
            if (whole_years || period.months <= 1200) {
                MUST(period_parse(slice_from(written), &back));
                MUST(back.months == period.months && back.days == period.days);
            }
        }
    }
    uint64_t ms;
    if (duration_parse(text, &ms))
        MUST(ms <= INT64_MAX);
}

static void times(struct slice text)
{
    int64_t ms;
    if (!clock_parse_utc(text, &ms))
        return;
    char written[32];
    int64_t back;
    clock_format_utc(ms, written, sizeof(written));
    MUST(clock_parse_utc(slice_from(written), &back));
    /* Offsets reach over the ends of the years that can be written. */
    if (ms >= -62167219200000 && ms <= 253402300799999)
        MUST(back <= ms && ms - back < 1000);
}

static void encodings(struct slice text)
{
    static uint8_t bytes[TEXT_MAX];
    static uint8_t again[TEXT_MAX];
    static char written[2 * TEXT_MAX];
    size_t len;
    size_t back;
    if (hex_decode(text, bytes, sizeof(bytes), &len)) {
        hex_encode(bytes, len, written, sizeof(written));
        MUST(strlen(written) == text.len);
        MUST(hex_decode(slice_from(written), again, len, &back) && back == len);
        MUST(memcmp(bytes, again, len) == 0);
    }
    if (base64_decode(text, bytes, sizeof(bytes), &len)) {
        base64_encode(bytes, len, written, sizeof(written));
        /* Strict: there is one way to write these bytes, but for padding and alphabet. */
        MUST(strlen(written) >= text.len && strlen(written) - text.len <= 2);
        MUST(base64_decode(slice_from(written), again, len, &back) && back == len);
        MUST(memcmp(bytes, again, len) == 0);
    }
}

static void texts(struct slice text)
{
    char quoted[64];
    log_quote(text, quoted, sizeof(quoted));
    MUST(slice_is_text(slice_from(quoted)) && strpbrk(quoted, "\n\t") == NULL);
    size_t units = utf8_utf16_length(text);
    MUST(units <= text.len && utf8_cut_utf16(text, units).len == text.len);
    for (size_t max = 0; max < units && max < 20; max++) {
        struct slice cut = utf8_cut_utf16(text, max);
        MUST(utf8_utf16_length(cut) <= max);
        MUST(!slice_is_text(text) || slice_is_text(cut));
    }
    enum language language;
    if (language_parse(text, &language))
        MUST(language_nearest(text, LANGUAGE_COUNT) == language);
    (void)language_nearest(text, LANGUAGE_EN);
    long long number;
    (void)slice_to_i64(text, &number);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const parsers[])(struct slice) = {money, lengths, times, encodings, texts};
    if (size == 0 || size > TEXT_MAX)
        return 0;
    parsers[data[0] % (sizeof(parsers) / sizeof(parsers[0]))](slice_of(data + 1, size - 1));
    return 0;
}
