#include "config/type_text.h"

#include "base/assert.h"
#include "base/mailbox.h"
#include "base/signing_key.h"
#include "config/web.h"

#include <stdio.h>
#include <unicode/ucal.h>

static bool keep_ranged(struct scope *scope, const struct place *place, struct slice text,
                        void *target, struct fault *fault);
static bool keep_without_slash(struct scope *scope, struct slice text, void *target);
static bool is_zone(struct slice text);

bool type_line(struct scope *scope, const struct place *place, struct slice text, void *target,
               struct fault *fault)
{
    if (memchr(text.data, '\n', text.len) != NULL || memchr(text.data, '\t', text.len) != NULL) {
        snprintf(fault->wrong, sizeof(fault->wrong), "has a line break or a tab");
        return false;
    }
    return type_text(scope, place, text, target, fault);
}

bool type_text(struct scope *scope, const struct place *place, struct slice text, void *target,
               struct fault *fault)
{
    if (!slice_is_text(text)) {
        snprintf(fault->wrong, sizeof(fault->wrong), "holds a control character or is not UTF-8");
        return false;
    }
    return keep_ranged(scope, place, text, target, fault);
}

bool type_name(struct scope *scope, const struct place *place, struct slice text, void *target,
               struct fault *fault)
{
    (void)scope;
    (void)place;
    (void)fault;
    return type_is_name(text) && slice_copy(text, target, CONFIG_NAME_MAX + 1);
}

bool type_path(struct scope *scope, const struct place *place, struct slice text, void *target,
               struct fault *fault)
{
    char **out = target;
    if (!slice_is_text(text) || !type_in_range(place, text.len))
        return false;
    ASSERT(*out == NULL);
    (void)fault;
    *out = substitute_path(scope->loader->substitute, text);
    if (*out == NULL)
        scope->loader->report->no_memory = true;
    return true;
}

bool type_token(struct scope *scope, const struct place *place, struct slice text, void *target,
                struct fault *fault)
{
    return type_is_token(text) && keep_ranged(scope, place, text, target, fault);
}

bool type_header(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    if (!type_token(scope, place, text, target, fault))
        return false;
    for (char *c = *(char **)target; c != NULL && *c != '\0'; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    return true;
}

bool type_pointer(struct scope *scope, const struct place *place, struct slice text, void *target,
                  struct fault *fault)
{
    if (text.len == 0 || text.data[0] != '/' || !slice_is_text(text))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '~' &&
            (i + 1 == text.len || (text.data[i + 1] != '0' && text.data[i + 1] != '1'))) {
            snprintf(fault->wrong, sizeof(fault->wrong),
                     "has a '~' that is neither ~0 (for '~') nor ~1 (for '/')");
            return false;
        }
    }
    return keep_ranged(scope, place, text, target, fault);
}

bool type_address(struct scope *scope, const struct place *place, struct slice text, void *target,
                  struct fault *fault)
{
    (void)fault;
    return web_is_address(text) && type_in_range(place, text.len) &&
           keep_without_slash(scope, text, target);
}

bool type_outward(struct scope *scope, const struct place *place, struct slice text, void *target,
                  struct fault *fault)
{
    if (!web_is_mail(text))
        return type_address(scope, place, text, target, fault);
    return keep_ranged(scope, place, text, target, fault);
}

bool type_mailbox(struct scope *scope, const struct place *place, struct slice text, void *target,
                  struct fault *fault)
{
    struct slice name, address;
    return mailbox_split(text, &name, &address) && keep_ranged(scope, place, text, target, fault);
}

bool type_resource(struct scope *scope, const struct place *place, struct slice text, void *target,
                   struct fault *fault)
{
    return web_is_link(text) && keep_ranged(scope, place, text, target, fault);
}

/* Its shape only; whether it is a key, gateway_new knows. Line ends of Windows go. */
bool type_pem(struct scope *scope, const struct place *place, struct slice text, void *target,
              struct fault *fault)
{
    static const char begin[] = "-----BEGIN ";
    char *out = NULL;
    size_t len = 0;

    bool pem = text.len >= sizeof(begin) - 1 && memcmp(text.data, begin, sizeof(begin) - 1) == 0;
    if (memmem(text.data, text.len, "PRIVATE KEY", 11) != NULL) {
        snprintf(fault->wrong, sizeof(fault->wrong), "is a private key");
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool base64 = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '+' || c == '/' || c == '=' || c == '\n' || c == '\r';
        if (pem ? (c < 0x20 && c != '\n' && c != '\r') || c > 0x7e : !base64)
            return false;
    }
    if (!keep_ranged(scope, place, text, target, fault))
        return false;
    out = *(char **)target;
    for (size_t i = 0; out != NULL && out[i] != '\0'; i++)
        if (out[i] != '\r')
            out[len++] = out[i];
    if (out != NULL)
        out[len] = '\0';
    return true;
}

bool type_signing_key(struct scope *scope, const struct place *place, struct slice text,
                      void *target, struct fault *fault)
{
    if (memmem(text.data, text.len, "PUBLIC KEY", 10) != NULL ||
        memmem(text.data, text.len, "BEGIN CERTIFICATE", 17) != NULL) {
        snprintf(fault->wrong, sizeof(fault->wrong), "is no private key");
        return false;
    }
    return signing_key_is(text) && keep_ranged(scope, place, text, target, fault);
}

bool type_timezone(struct scope *scope, const struct place *place, struct slice text, void *target,
                   struct fault *fault)
{
    return is_zone(text) && keep_ranged(scope, place, text, target, fault);
}

bool type_bot_token(struct scope *scope, const struct place *place, struct slice text, void *target,
                    struct fault *fault)
{
    size_t at = 0;
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    if (at == 0 || at + 1 >= text.len || text.data[at] != ':')
        return false;
    for (at++; at < text.len; at++) {
        char c = text.data[at];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-'))
            return false;
    }
    return keep_ranged(scope, place, text, target, fault);
}

bool type_bearer(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= 0x20 || text.data[i] > 0x7E) {
            snprintf(fault->wrong, sizeof(fault->wrong),
                     "has a blank or a character that no HTTP header may carry");
            return false;
        }
    }
    return keep_ranged(scope, place, text, target, fault);
}

static bool keep_ranged(struct scope *scope, const struct place *place, struct slice text,
                        void *target, struct fault *fault)
{
    if (!type_in_range(place, text.len)) {
        snprintf(fault->wrong, sizeof(fault->wrong), "is %zu bytes long", text.len);
        snprintf(fault->expected, sizeof(fault->expected), "%llu to %llu bytes",
                 (unsigned long long)place->key->least, (unsigned long long)place->key->most);
        return false;
    }
    type_keep(scope->loader, text, target);
    return true;
}

static bool keep_without_slash(struct scope *scope, struct slice text, void *target)
{
    while (text.len > 0 && text.data[text.len - 1] == '/')
        text.len--;
    type_keep(scope->loader, text, target);
    return true;
}

/* ICU's own answer (and not the calendar's, which is a higher layer): an identifier of its system
 * time zones, not a custom "GMT+8" that it would also take. The other three-letter names that ICU
 * knows are not IANA's, and mean other places than their writers think (CST is Chicago). */
static bool is_zone(struct slice text)
{
    static const char *const short_names[] = {"UTC", "GMT", "UCT", "CET", "EET", "MET", "WET",
                                              "EST", "MST", "HST", "PRC", "ROC", "ROK"};
    char id[64];
    UChar wide[64];
    UChar canonical[128];
    UBool is_system = false;
    UErrorCode status = U_ZERO_ERROR;

    if (!slice_copy(text, id, sizeof(id)) || id[0] == '\0' || strcmp(id, "Etc/Unknown") == 0)
        return false;
    bool known = text.len != 3;
    for (size_t i = 0; i < sizeof(short_names) / sizeof(short_names[0]) && !known; i++)
        known = strcmp(id, short_names[i]) == 0;
    for (size_t i = 0; i <= text.len; i++) {
        if ((unsigned char)id[i] > 0x7E)
            return false;
        wide[i] = (UChar)id[i];
    }
    ucal_getCanonicalTimeZoneID(wide, (int32_t)text.len, canonical,
                                (int32_t)(sizeof(canonical) / sizeof(canonical[0])), &is_system,
                                &status);
    return known && U_SUCCESS(status) && is_system;
}
