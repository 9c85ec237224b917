#include "base/language.h"

#include "base/assert.h"

static const char *const tags[LANGUAGE_COUNT] = {
    [LANGUAGE_EN] = "en",
    [LANGUAGE_ZH_HANS] = "zh-Hans",
    [LANGUAGE_ZH_HANT] = "zh-Hant",
};

/* What decides between the two scripts of Chinese; a script is named before a region (RFC 5646), so
 * the first subtag that stands here wins: zh-Hans-HK is simplified. */
static const struct {
    const char *subtag;
    enum language language;
} chinese[] = {
    {"hans", LANGUAGE_ZH_HANS}, {"hant", LANGUAGE_ZH_HANT}, {"tw", LANGUAGE_ZH_HANT},
    {"hk", LANGUAGE_ZH_HANT},   {"mo", LANGUAGE_ZH_HANT},   {"cn", LANGUAGE_ZH_HANS},
    {"sg", LANGUAGE_ZH_HANS},   {"my", LANGUAGE_ZH_HANS},
};

static struct slice next_subtag(struct slice *rest);
static bool equal_ignoring_case(struct slice a, const char *lower);

const char *language_tag(enum language language)
{
    ASSERT((unsigned)language < LANGUAGE_COUNT);
    return tags[language];
}

bool language_parse(struct slice tag, enum language *out)
{
    for (unsigned i = 0; i < LANGUAGE_COUNT; i++) {
        if (slice_is(tag, tags[i])) {
            *out = (enum language)i;
            return true;
        }
    }
    return false;
}

enum language language_nearest(struct slice tag, enum language fallback)
{
    struct slice primary = next_subtag(&tag);
    if (equal_ignoring_case(primary, "en"))
        return LANGUAGE_EN;
    if (!equal_ignoring_case(primary, "zh"))
        return fallback;
    while (tag.len > 0) {
        struct slice subtag = next_subtag(&tag);
        for (size_t i = 0; i < sizeof(chinese) / sizeof(chinese[0]); i++) {
            if (equal_ignoring_case(subtag, chinese[i].subtag))
                return chinese[i].language;
        }
    }
    return LANGUAGE_ZH_HANS;
}

/* Cuts the part up to the first '-' or '_' off the beginning of rest. */
static struct slice next_subtag(struct slice *rest)
{
    size_t len = 0;
    while (len < rest->len && rest->data[len] != '-' && rest->data[len] != '_')
        len++;
    struct slice subtag = slice_of(rest->data, len);
    size_t skip = len < rest->len ? len + 1 : len;
    *rest = slice_of(skip > 0 ? rest->data + skip : rest->data, rest->len - skip);
    return subtag;
}

static bool equal_ignoring_case(struct slice a, const char *lower)
{
    if (a.len != strlen(lower))
        return false;
    for (size_t i = 0; i < a.len; i++) {
        char c = a.data[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c - 'A' + 'a');
        if (c != lower[i])
            return false;
    }
    return true;
}
