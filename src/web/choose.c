#include "web/choose.h"

#include "http/query.h"

enum { RANGES_MAX = 32, THOUSAND = 1000 };

static bool language_known(struct slice tag, enum language *out);
static struct slice trim(struct slice text);
static bool has(struct slice text, const char *word);
static struct slice take(struct slice *rest, char end);
static unsigned weight_of(struct slice parameters);

enum language web_language(struct slice query, struct slice accept, enum language fallback)
{
    char chosen[32];
    enum language language = fallback;
    unsigned best = 0;
    if (query_get(query, "lang", chosen, sizeof chosen) &&
        language_known(slice_from(chosen), &language))
        return language;
    language = fallback;
    for (size_t n = 0; accept.len > 0 && n < RANGES_MAX; n++) {
        struct slice parameters = take(&accept, ',');
        struct slice tag = trim(take(&parameters, ';'));
        unsigned weight = weight_of(parameters);
        enum language found = fallback;
        bool any = slice_is(tag, "*");
        if (weight > best && (any || language_known(tag, &found))) {
            best = weight;
            language = found;
        }
    }
    return language;
}

bool web_is_phone(struct slice user_agent)
{
    static const char *const phones[] = {"Android", "iPhone", "iPod", "HarmonyOS", "OpenHarmony"};
    if (has(user_agent, "MicroMessenger"))
        return false;
    for (size_t i = 0; i < sizeof phones / sizeof *phones; i++)
        if (has(user_agent, phones[i]))
            return true;
    return false;
}

/* The nearest of ours, if it is the same for whatever fallback. */
void web_source(struct slice query, char out[WEB_SOURCE_MAX + 1])
{
    static const char *const names[] = {"source", "utm_source"};
    char text[256] = "";
    size_t len = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && text[0] == '\0'; i++)
        if (!query_get(query, names[i], text, sizeof text))
            text[0] = '\0';
    for (; text[len] != '\0' && len < WEB_SOURCE_MAX; len++) {
        char c = text[len];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        out[len] = fine ? c : '_';
    }
    out[len] = '\0';
}

static bool language_known(struct slice tag, enum language *out)
{
    enum language one = language_nearest(tag, LANGUAGE_EN);
    enum language other = language_nearest(tag, LANGUAGE_ZH_HANS);
    if (tag.len == 0 || one != other)
        return false;
    *out = one;
    return true;
}

/* RFC 9110, 12.4.2: q=0 to q=1 with three decimals at most, in thousandths; 0 is not wanted. */
static unsigned weight_of(struct slice parameters)
{
    while (parameters.len > 0) {
        struct slice value = trim(take(&parameters, ';'));
        struct slice name = trim(take(&value, '='));
        value = trim(value);
        if (!slice_is(name, "q") && !slice_is(name, "Q"))
            continue;
        if (value.len == 0 || value.len > 5 || (value.data[0] != '0' && value.data[0] != '1') ||
            (value.len > 1 && value.data[1] != '.'))
            return 0;
        unsigned weight = value.data[0] == '1' ? THOUSAND : 0;
        unsigned unit = THOUSAND / 10;
        for (size_t i = 2; i < value.len; i++, unit /= 10) {
            if (value.data[i] < '0' || value.data[i] > '9')
                return 0;
            weight += (unsigned)(value.data[i] - '0') * unit;
        }
        return weight > THOUSAND ? 0 : weight;
    }
    return THOUSAND;
}

/* What stands before the next `end`, which is taken off too. */
static struct slice take(struct slice *rest, char end)
{
    const char *at = rest->len > 0 ? memchr(rest->data, end, rest->len) : NULL;
    size_t len = at == NULL ? rest->len : (size_t)(at - rest->data);
    struct slice taken = slice_of(rest->data, len);
    len += at != NULL;
    *rest = slice_of(len > 0 ? rest->data + len : rest->data, rest->len - len);
    return taken;
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = slice_of(text.data + 1, text.len - 1);
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool has(struct slice text, const char *word)
{
    return text.len > 0 && memmem(text.data, text.len, word, strlen(word)) != NULL;
}
