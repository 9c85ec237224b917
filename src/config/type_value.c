#include "config/type_value.h"

#include "base/assert.h"
#include "config/web.h"

#include <stdio.h>

static bool split_number(struct slice text, uint64_t *number, struct slice *unit);
static bool read_minute(struct slice text, uint32_t *minute);

bool type_number(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    long long value;
    uint32_t *out = target;
    (void)scope;
    (void)fault;
    if (!slice_to_i64(text, &value) || value < 0 || !type_in_range(place, (uint64_t)value))
        return false;
    ASSERT(place->key->most <= UINT32_MAX);
    *out = (uint32_t)value;
    return true;
}

bool type_size(struct scope *scope, const struct place *place, struct slice text, void *target,
               struct fault *fault)
{
    static const struct choice units[] = {{"", 1},        {" bytes", 1},         {" B", 1},
                                          {" KiB", 1024}, {" MiB", 1024 * 1024}, {NULL, 0}};
    uint64_t number;
    struct slice unit;
    uint32_t *out = target;
    (void)scope;
    (void)fault;
    if (!split_number(text, &number, &unit))
        return false;
    for (const struct choice *row = units; row->name != NULL; row++) {
        if (slice_is(unit, row->name) && type_in_range(place, number * (uint64_t)row->value)) {
            *out = (uint32_t)(number * (uint64_t)row->value);
            return true;
        }
    }
    return false;
}

bool type_duration(struct scope *scope, const struct place *place, struct slice text, void *target,
                   struct fault *fault)
{
    uint64_t ms;
    uint64_t *out = target;
    (void)scope;
    (void)fault;
    if (!duration_parse(text, &ms) || !type_in_range(place, ms))
        return false;
    *out = ms;
    return true;
}

bool type_percent(struct scope *scope, const struct place *place, struct slice text, void *target,
                  struct fault *fault)
{
    if (text.len > 1 && text.data[text.len - 1] == '%')
        text.len--;
    return type_number(scope, place, text, target, fault);
}

/* Two different times: what would begin when it ends is all day or never, and nobody can tell. */
bool type_hours(struct scope *scope, const struct place *place, struct slice text, void *target,
                struct fault *fault)
{
    struct config_hours hours = {.given = true};
    (void)scope;
    (void)place;
    (void)fault;
    if (text.len != 11 || text.data[5] != '-' ||
        !read_minute(slice_of(text.data, 5), &hours.from_minute) ||
        !read_minute(slice_of(text.data + 6, 5), &hours.to_minute) ||
        hours.from_minute == hours.to_minute)
        return false;
    memcpy(target, &hours, sizeof hours);
    return true;
}

bool type_switch(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    bool *out = target;
    (void)scope;
    (void)place;
    (void)fault;
    *out = slice_is(text, "true");
    return *out || slice_is(text, "false");
}

bool type_choice(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    (void)scope;
    (void)fault;
    for (const struct choice *row = place->key->choices; row->name != NULL; row++) {
        if (slice_is(text, row->name)) {
            _Static_assert(sizeof(enum gateway_kind) == sizeof(int), "enums are ints");
            memcpy(target, &row->value, sizeof(row->value));
            return true;
        }
    }
    return false;
}

/* Bot API: an identifier has at most 52 significant bits. */
bool type_person(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    long long value;
    int64_t *out = target;
    (void)scope;
    (void)place;
    (void)fault;
    if (!slice_to_i64(text, &value) || value <= 0 || value >= 1LL << 52)
        return false;
    *out = value;
    return true;
}

bool type_chat_id(struct scope *scope, const struct place *place, struct slice text, void *target,
                  struct fault *fault)
{
    /* Bot API: an identifier has at most 52 significant bits. */
    const long long least = -(1LL << 52);
    long long value;
    int64_t *out = target;
    (void)scope;
    (void)place;
    (void)fault;
    if (!slice_to_i64(text, &value) || value >= 0 || value < least)
        return false;
    *out = value;
    return true;
}

bool type_listen(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    char host[64];
    struct config_listen *listen = target;
    (void)place;
    (void)fault;
    if (!web_split_listen(text, host, sizeof(host), &listen->port))
        return false;
    type_keep(scope->loader, slice_from(host), &listen->host);
    return true;
}

bool type_separator(struct scope *scope, const struct place *place, struct slice text, void *target,
                    struct fault *fault)
{
    char *out = target;
    (void)scope;
    (void)place;
    (void)fault;
    if (text.len != 1 || memchr(",; ", text.data[0], 3) == NULL)
        return false;
    *out = text.data[0];
    return true;
}

bool type_currency(struct scope *scope, const struct place *place, struct slice text, void *target,
                   struct fault *fault)
{
    const char *code = currency_find(text);
    (void)scope;
    (void)place;
    (void)fault;
    return code != NULL && slice_copy(slice_from(code), target, CURRENCY_CODE_MAX);
}

/* The currency's row stands before, so its decimals are known unless it was wrong. */
bool type_amount(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    const struct config_price *price = scope->object;
    int64_t *out = target;
    (void)place;
    if (price->currency[0] == '\0')
        return true;
    if (!money_parse(text, price->currency, out)) {
        snprintf(fault->expected, sizeof(fault->expected),
                 "a plain amount with at most %d decimals in %s, such as \"29\"",
                 currency_decimals(price->currency), price->currency);
        return false;
    }
    return *out > 0;
}

bool type_period(struct scope *scope, const struct place *place, struct slice text, void *target,
                 struct fault *fault)
{
    (void)scope;
    (void)place;
    (void)fault;
    return period_parse(text, target);
}

bool type_reference(struct scope *scope, const struct place *place, struct slice text, void *target,
                    struct fault *fault)
{
    if (!type_is_name(text)) {
        snprintf(fault->expected, sizeof(fault->expected), "the name of %s in this file",
                 schema_sections[place->key->inner].what);
        return false;
    }
    return reader_refer(scope->loader, place, place->key->inner, text, target);
}

static bool split_number(struct slice text, uint64_t *number, struct slice *unit)
{
    size_t at = 0;
    *number = 0;
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9') {
        if (at == 10)
            return false;
        *number = *number * 10 + (uint64_t)(text.data[at++] - '0');
    }
    *unit = slice_of(text.data + at, text.len - at);
    return at > 0;
}

/* "09:30", of the day. */
static bool read_minute(struct slice text, uint32_t *minute)
{
    long long hour, past;
    if (text.data[2] != ':' || text.data[0] == '-' || text.data[3] == '-' ||
        !slice_to_i64(slice_of(text.data, 2), &hour) ||
        !slice_to_i64(slice_of(text.data + 3, 2), &past) || hour > 23 || past > 59)
        return false;
    *minute = (uint32_t)(hour * 60 + past);
    return true;
}
