#include "config/types.h"

#include "base/assert.h"
#include "config/type_text.h"
#include "config/type_value.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

/* How a row's least and most are said. */
enum range { RANGE_NONE, RANGE_NUMBER, RANGE_BYTES, RANGE_SIZE, RANGE_DURATION, RANGE_CHOICES };

struct type {
    type_read_fn *read;
    const char *expected; /* for RANGE_CHOICES the choices say it */
    enum range range;
};

/* TYPE_SECRET stands in lists only, so its row has no place to be read into. */
static const struct type types[TYPE_COUNT] = {
    [TYPE_LINE] = {type_line, "one line of text", RANGE_BYTES},
    [TYPE_TEXT] = {type_text, "text", RANGE_BYTES},
    [TYPE_PEM] = {type_pem,
                  "a public key or a certificate as PEM, such as \"${file:key.pem}\", or its "
                  "base64 alone",
                  RANGE_NONE},
    [TYPE_SIGNING_KEY] = {type_signing_key,
                          "an RSA private key of 2048 to 4096 bits without a passphrase, such as "
                          "\"${file:apiclient_key.pem}\"",
                          RANGE_NONE},
    [TYPE_NAME] = {type_name, "a name of 1 to 31 characters of a-z, 0-9, '_' and '-'", RANGE_NONE},
    [TYPE_PATH] = {type_path, "a path", RANGE_BYTES},
    [TYPE_TOKEN] = {type_token, "a word without blanks and separators", RANGE_BYTES},
    [TYPE_HEADER] = {type_header, "the name of a header, such as X-Signature", RANGE_BYTES},
    [TYPE_POINTER] = {type_pointer, "a JSON pointer, such as /data/amount", RANGE_NONE},
    [TYPE_ADDRESS] = {type_address, "an address such as https://example.org, without '?' and '#'",
                      RANGE_NONE},
    [TYPE_OUTWARD] = {type_outward,
                      "an address such as https://example.org, without '?' and '#', or of a mail "
                      "server such as smtps://mail.example.org:465",
                      RANGE_NONE},
    [TYPE_MAILBOX] = {type_mailbox, "a sender such as \"Club <club@example.org>\"", RANGE_NONE},
    [TYPE_RESOURCE] = {type_resource, "a link such as https://example.org/pack.pdf", RANGE_NONE},
    [TYPE_TIMEZONE] = {type_timezone, "a time zone of the IANA list, such as Asia/Shanghai",
                       RANGE_NONE},
    [TYPE_BOT_TOKEN] = {type_bot_token,
                        "a bot's token as BotFather gives it, such as 123456:ABC-def", RANGE_NONE},
    [TYPE_BEARER] = {type_bearer, "a token without blanks", RANGE_BYTES},
    [TYPE_SECRET] = {type_line, "a secret", RANGE_NONE},
    [TYPE_NUMBER] = {type_number, "a whole number", RANGE_NUMBER},
    [TYPE_SIZE] = {type_size, "a size such as \"1 MiB\"", RANGE_SIZE},
    [TYPE_DURATION] = {type_duration, "a duration such as \"5 minutes\"", RANGE_DURATION},
    [TYPE_PERCENT] = {type_percent, "a percentage such as 15%", RANGE_NUMBER},
    [TYPE_HOURS] = {type_hours, "hours of the day such as \"22:00-09:00\"", RANGE_NONE},
    [TYPE_SWITCH] = {type_switch, "true or false", RANGE_NONE},
    [TYPE_CHOICE] = {type_choice, "", RANGE_CHOICES},
    [TYPE_CHAT_ID] = {type_chat_id,
                      "a group's number at Telegram, which is negative: -1001234567890",
                      RANGE_NONE},
    [TYPE_PERSON] = {type_person, "a person's number at Telegram, such as 1001", RANGE_NONE},
    [TYPE_LISTEN] = {type_listen,
                     "an IP address and a port, such as \"127.0.0.1:8080\" or \"[::1]:80\"",
                     RANGE_NONE},
    [TYPE_SEPARATOR] = {type_separator, "one of \",\", \";\" and \" \"", RANGE_NONE},
    [TYPE_CURRENCY] = {type_currency, "the code of a currency or coin, such as USD or USDT",
                       RANGE_NONE},
    [TYPE_AMOUNT] = {type_amount, "an amount above zero, such as \"29.00\"", RANGE_NONE},
    [TYPE_PERIOD] = {type_period, "a period such as \"1 month\", \"30 days\" or \"1 year\"",
                     RANGE_NONE},
    [TYPE_REFERENCE] = {type_reference, "the name of one that this file describes", RANGE_NONE},
};

static bool has_invisible(struct slice text);
static void size_text(uint64_t bytes, char *out, size_t out_size);
static void duration_text(uint64_t ms, char *out, size_t out_size);
static void choices_text(const struct choice *choices, char *out, size_t out_size);

bool type_read(struct scope *scope, const struct place *place, struct slice text,
               struct fault *fault)
{
    const struct type *type = &types[place->key->type];
    ASSERT(type->read != NULL);
    return type->read(scope, place, text, (char *)scope->object + place->key->offset, fault);
}

void type_expected(const struct key *key, char *out, size_t out_size)
{
    const struct type *type = &types[key->type];
    char least[64];
    char most[64];

    ASSERT(type->expected != NULL);
    if (type->range == RANGE_CHOICES) {
        choices_text(key->choices, out, out_size);
        return;
    }
    if (type->range == RANGE_NONE || key->most == SIZE_MAX) {
        snprintf(out, out_size, "%s", type->expected);
        return;
    }
    if (type->range == RANGE_DURATION) {
        duration_text(key->least, least, sizeof(least));
        duration_text(key->most, most, sizeof(most));
    } else if (type->range == RANGE_SIZE) {
        size_text(key->least, least, sizeof(least));
        size_text(key->most, most, sizeof(most));
    } else {
        snprintf(least, sizeof(least), "%llu", (unsigned long long)key->least);
        snprintf(most, sizeof(most), "%llu", (unsigned long long)key->most);
    }
    snprintf(out, out_size,
             type->range == RANGE_BYTES    ? "%s, %s to %s bytes"
             : type->range == RANGE_NUMBER ? "%s from %s to %s"
                                           : "%s, from %s to %s",
             type->expected, least, most);
}

bool type_in_range(const struct place *place, uint64_t value)
{
    return value >= place->key->least && value <= place->key->most;
}

bool type_is_token(struct slice text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && (c == '\0' || strchr(marks, c) == NULL))
            return false;
    }
    return text.len > 0;
}

bool type_is_name(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
            return false;
    }
    return text.len > 0 && text.len <= CONFIG_NAME_MAX;
}

bool type_is_secret(struct slice text, struct fault *fault)
{
    snprintf(fault->expected, sizeof(fault->expected),
             "1 to 512 bytes on one line, without blanks at the ends");
    if (text.len == 0 || text.len > 512)
        snprintf(fault->wrong, sizeof(fault->wrong), "the secret is %s",
                 text.len == 0 ? "empty" : "too long");
    else if (!slice_is_text(text) || memchr(text.data, '\n', text.len) != NULL ||
             memchr(text.data, '\t', text.len) != NULL)
        snprintf(fault->wrong, sizeof(fault->wrong), "the secret holds a control character");
    else if (text.data[0] == ' ' || text.data[text.len - 1] == ' ')
        snprintf(fault->wrong, sizeof(fault->wrong), "the secret begins or ends with a blank");
    else if (has_invisible(text))
        snprintf(fault->wrong, sizeof(fault->wrong),
                 "the secret holds a character that nobody sees (a byte order mark, or a space of "
                 "no or other width), as copied text does");
    return fault->wrong[0] == '\0';
}

static bool has_invisible(struct slice text)
{
    static const char *const marks[] = {"\xef\xbb\xbf", "\xe2\x80\x8b", "\xc2\xa0"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (memmem(text.data, text.len, marks[i], strlen(marks[i])) != NULL)
            return true;
    return false;
}

void type_keep(struct loader *loader, struct slice text, char **out)
{
    ASSERT(*out == NULL);
    *out = strndup(text.data, text.len);
    if (*out == NULL)
        loader->report->no_memory = true;
}

void type_drop(char **text)
{
    if (*text != NULL)
        OPENSSL_cleanse(*text, strlen(*text));
    free(*text);
    *text = NULL;
}

static void size_text(uint64_t bytes, char *out, size_t out_size)
{
    if (bytes % (1024 * 1024) == 0)
        snprintf(out, out_size, "%llu MiB", (unsigned long long)bytes / (1024 * 1024));
    else
        snprintf(out, out_size, "%llu KiB", (unsigned long long)bytes / 1024);
}

static void duration_text(uint64_t ms, char *out, size_t out_size)
{
    static const struct {
        uint64_t ms;
        const char *name;
    } units[] = {{86400000, "day"}, {3600000, "hour"}, {60000, "minute"}, {1000, "second"}};

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (ms >= units[i].ms && ms % units[i].ms == 0) {
            unsigned long long n = ms / units[i].ms;
            snprintf(out, out_size, "%llu %s%s", n, units[i].name, n == 1 ? "" : "s");
            return;
        }
    }
    snprintf(out, out_size, "%llu", (unsigned long long)ms);
}

static void choices_text(const struct choice *choices, char *out, size_t out_size)
{
    size_t at = 0;
    out[0] = '\0';
    for (const struct choice *row = choices; row->name != NULL; row++) {
        const char *joint = row == choices ? "" : row[1].name == NULL ? " or " : ", ";
        int n = snprintf(out + at, out_size - at, "%s%s", joint, row->name);
        ASSERT(n > 0 && (size_t)n < out_size - at);
        at += (size_t)n;
    }
}
