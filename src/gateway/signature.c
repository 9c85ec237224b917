#include "gateway/signature.h"

typedef enum gateway_verdict signature_reader(const struct config_hmac *profile, struct slice value,
                                              struct signatures *out);

static signature_reader read_raw, read_prefix, read_kv, read_list;

static signature_reader *const readers[] = {
    [SIGNATURE_RAW] = read_raw,
    [SIGNATURE_PREFIX] = read_prefix,
    [SIGNATURE_KV] = read_kv,
    [SIGNATURE_LIST] = read_list,
};

enum gateway_verdict signatures_read(const struct config_hmac *profile, struct slice value,
                                     struct signatures *out)
{
    *out = (struct signatures){.count = 0};
    if (value.len == 0)
        return GATEWAY_signature_missing;
    if (value.len > SIGNATURE_HEADER_MAX)
        return GATEWAY_signature_malformed;
    enum gateway_verdict verdict = readers[profile->format](profile, value, out);
    if (verdict == GATEWAY_accepted && out->count == 0)
        return GATEWAY_signature_missing;
    return verdict;
}

/* More than there is room for is refused: which of them count is not the sender's choice. */
static enum gateway_verdict add(struct signatures *out, struct slice item)
{
    if (item.len == 0 || out->count == SIGNATURES_MAX)
        return GATEWAY_signature_malformed;
    out->items[out->count++] = item;
    return GATEWAY_accepted;
}

static enum gateway_verdict read_raw(const struct config_hmac *profile, struct slice value,
                                     struct signatures *out)
{
    (void)profile;
    return add(out, value);
}

static enum gateway_verdict read_prefix(const struct config_hmac *profile, struct slice value,
                                        struct signatures *out)
{
    size_t len = strlen(profile->prefix);

    if (value.len < len || memcmp(value.data, profile->prefix, len) != 0)
        return GATEWAY_signature_malformed;
    return add(out, slice_of(value.data + len, value.len - len));
}

static struct slice trim(struct slice text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = slice_of(text.data + 1, text.len - 1);
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
        text.len--;
    return text;
}

static bool separates(const char *separators, char c)
{
    while (*separators != '\0' && *separators != c)
        separators++;
    return *separators != '\0';
}

/* The text before the first of these separators comes off the front of rest; false at the end. */
static bool next_item(struct slice *rest, const char *separators, struct slice *item)
{
    size_t len = 0;

    if (!rest->data)
        return false;
    while (len < rest->len && !separates(separators, rest->data[len]))
        len++;
    *item = trim(slice_of(rest->data, len));
    *rest =
        len < rest->len ? slice_of(rest->data + len + 1, rest->len - len - 1) : slice_of(NULL, 0);
    return true;
}

/* Splits item at the first c; false when it holds none. */
static bool split(struct slice item, char c, struct slice *left, struct slice *right)
{
    const char *at = item.len > 0 ? memchr(item.data, c, item.len) : NULL;

    if (!at)
        return false;
    *left = slice_of(item.data, (size_t)(at - item.data));
    *right = slice_of(at + 1, item.len - left->len - 1);
    return true;
}

static enum gateway_verdict read_kv(const struct config_hmac *profile, struct slice value,
                                    struct signatures *out)
{
    const char separators[3] = {profile->separator ? profile->separator : ',',
                                profile->separator ? '\0' : ';', '\0'};
    struct slice item, name, content;

    while (next_item(&value, separators, &item)) {
        if (!split(item, '=', &name, &content))
            return GATEWAY_signature_malformed;
        if (slice_is(name, profile->field)) {
            enum gateway_verdict verdict = add(out, content);
            if (verdict != GATEWAY_accepted)
                return verdict;
        } else if (profile->timestamp_field && slice_is(name, profile->timestamp_field)) {
            if (out->timestamp.data)
                return GATEWAY_timestamp_malformed;
            out->timestamp = content;
        }
    }
    return GATEWAY_accepted;
}

static enum gateway_verdict read_list(const struct config_hmac *profile, struct slice value,
                                      struct signatures *out)
{
    const char separators[2] = {profile->separator ? profile->separator : ' ', '\0'};
    struct slice item, tag, content;

    while (next_item(&value, separators, &item)) {
        content = item;
        if (profile->field) {
            if (!split(item, ',', &tag, &content))
                return GATEWAY_signature_malformed;
            if (!slice_is(tag, profile->field)) /* a version that we do not know */
                continue;
        }
        enum gateway_verdict verdict = add(out, content);
        if (verdict != GATEWAY_accepted)
            return verdict;
    }
    return GATEWAY_accepted;
}
