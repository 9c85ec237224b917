#include "config/check_webhook.h"

#include "config/check.h"
#include "config/config.h"
#include "config/near.h"
#include "config/reader.h"
#include "config/web.h"
#include "wire/event_name.h"

#include <openssl/crypto.h>
#include <stdio.h>

enum { KEY_BYTES_MIN = 24, EVENTS_MAX = 512 };

static bool starts(struct slice text, const char *prefix);
static void say_near(struct slice text, char *out, size_t size);
static void list_events(const char *group, char *out, size_t size);

void check_webhook(struct scope *scope)
{
    const struct config_webhook *webhook = scope->object;
    uint8_t key[WEBHOOK_KEY_MAX];
    size_t len;

    if (webhook->url != NULL && scope_good(scope, "url")) {
        struct slice url = slice_from(webhook->url);
        bool safe = starts(url, "https://") || web_is_loopback(url);
        if (!web_is_link(url) || !safe || memchr(url.data, '#', url.len) != NULL)
            scope_fault(scope, "url",
                        "the value is not valid; expected an address that begins with https:// "
                        "(http:// only on this machine)");
    }
    if (webhook->secret != NULL && scope_good(scope, "secret")) {
        if (!webhook_secret_key(slice_from(webhook->secret), key, &len))
            scope_fault(scope, "secret",
                        "the value is not valid; expected whsec_ and %d to %d bytes in base64, as "
                        "made by: echo whsec_$(openssl rand -base64 32)",
                        KEY_BYTES_MIN, WEBHOOK_KEY_MAX);
        OPENSSL_cleanse(key, sizeof(key));
    }
}

bool webhook_secret_key(struct slice secret, uint8_t out[WEBHOOK_KEY_MAX], size_t *len)
{
    static const char prefix[] = "whsec_";
    size_t skip = sizeof(prefix) - 1;
    return starts(secret, prefix) &&
           base64_decode(slice_of(secret.data + skip, secret.len - skip), out, WEBHOOK_KEY_MAX,
                         len) &&
           *len >= KEY_BYTES_MIN;
}

bool webhook_event_is(struct slice text, char *expected, size_t size)
{
    char pattern[EVENT_NAME_MAX + 1];
    char group[EVENT_NAME_MAX + 3];

    if (slice_copy(text, pattern, sizeof(pattern)) && event_pattern_known(pattern))
        return true;
    const char *dot = text.len == 0 ? NULL : memchr(text.data, '.', text.len);
    size_t len = dot == NULL || dot - text.data > EVENT_NAME_MAX ? 0 : (size_t)(dot - text.data);
    snprintf(group, sizeof(group), "%.*s.*", (int)len, text.data == NULL ? "" : text.data);
    if (len > 0 && event_pattern_known(group)) {
        list_events(group, expected, size);
    } else {
        list_events(NULL, expected, size);
        say_near(text, expected, size);
    }
    return false;
}

static void say_near(struct slice text, char *out, size_t size)
{
    static _Thread_local char names[EVENTS_MAX][EVENT_NAME_MAX + 1];
    const char *words[EVENTS_MAX];
    size_t count = 0;
    for (size_t at = 0; count < EVENTS_MAX && event_next(&at, names[count]); count++)
        words[count] = names[count];
    const char *near = near_find(text, words, count);
    size_t len = strlen(out);
    if (near != NULL && len < size)
        snprintf(out + len, size - len, " (did you mean %s?)", near);
}

/* The events of a group, or all groups. */
static void list_events(const char *group, char *out, size_t size)
{
    char name[EVENT_NAME_MAX + 1];
    char last[EVENT_NAME_MAX + 1] = "";
    size_t len = (size_t)snprintf(out, size, "%s", group == NULL ? "*" : group);
    for (size_t at = 0; event_next(&at, name) && len < size;) {
        if (group == NULL) {
            snprintf(strchr(name, '.') + 1, 2, "*");
            if (strcmp(name, last) == 0 || strstr(out, name) != NULL)
                continue;
            snprintf(last, sizeof(last), "%s", name);
        } else if (!event_matches(group, name)) {
            continue;
        }
        len += (size_t)snprintf(out + len, size - len, ", %s", name);
    }
}

static bool starts(struct slice text, const char *prefix)
{
    size_t len = strlen(prefix);
    return text.len >= len && memcmp(text.data, prefix, len) == 0;
}
