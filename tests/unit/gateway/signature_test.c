#include "gateway/signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/judging.h"

static const struct config_hmac raw = {.format = SIGNATURE_RAW};
static const struct config_hmac prefix = {.format = SIGNATURE_PREFIX, .prefix = "sha256="};
static const struct config_hmac kv = {
    .format = SIGNATURE_KV, .field = "v1", .timestamp_field = "t"};
static const struct config_hmac kv_semicolon = {
    .format = SIGNATURE_KV, .field = "h1", .timestamp_field = "ts", .separator = ';'};
static const struct config_hmac kv_bare = {.format = SIGNATURE_KV, .field = "v1"};
static const struct config_hmac list = {.format = SIGNATURE_LIST, .field = "v1"};
static const struct config_hmac list_bare = {.format = SIGNATURE_LIST, .separator = ','};

static void test_read(void **state)
{
    static const struct {
        const struct config_hmac *profile;
        const char *value;
        enum gateway_verdict verdict;
        const char *items; /* joined by '|' */
        const char *timestamp;
    } rows[] = {
        {&raw, "abcd", GATEWAY_accepted, "abcd", ""},
        {&raw, "t=1,v1=ab", GATEWAY_accepted, "t=1,v1=ab", ""},
        {&raw, "", GATEWAY_signature_missing, "", ""},
        {&prefix, "sha256=ab", GATEWAY_accepted, "ab", ""},
        {&prefix, "sha256=", GATEWAY_signature_malformed, "", ""},
        {&prefix, "sha1=ab", GATEWAY_signature_malformed, "", ""},
        {&prefix, "SHA256=ab", GATEWAY_signature_malformed, "", ""},
        {&prefix, "sha", GATEWAY_signature_malformed, "", ""},
        {&prefix, "ab", GATEWAY_signature_malformed, "", ""},
        {&kv, "t=1,v1=ab", GATEWAY_accepted, "ab", "1"},
        {&kv, "v1=ab,t=1", GATEWAY_accepted, "ab", "1"},
        {&kv, "t=1, v1=ab ,\tv1=cd", GATEWAY_accepted, "ab|cd", "1"},
        {&kv, "t=1,v1=ab\t", GATEWAY_accepted, "ab", "1"},
        {&kv_bare, "t=1,v1=ab", GATEWAY_accepted, "ab", ""}, /* time is in no field */
        {&kv, "t=1;v1=ab", GATEWAY_accepted, "ab", "1"},     /* no separator given: either */
        {&kv, "t=1,v0=xx,v1=ab,v2=yy", GATEWAY_accepted, "ab", "1"},
        {&kv, "t=1,v1=YQ==", GATEWAY_accepted, "YQ==", "1"},
        {&kv, "v1=ab", GATEWAY_accepted, "ab", ""},
        {&kv, "t=1,v0=ab", GATEWAY_signature_missing, "", "1"},
        {&kv, "t=1,V1=ab", GATEWAY_signature_missing, "", "1"},
        {&kv, "t=1,v1=", GATEWAY_signature_malformed, "", ""},
        {&kv, "t=1,,v1=ab", GATEWAY_signature_malformed, "", ""},
        {&kv, "t=1,v1=ab,", GATEWAY_signature_malformed, "", ""},
        {&kv, "t=1,v1", GATEWAY_signature_malformed, "", ""},
        {&kv, "abcd", GATEWAY_signature_malformed, "", ""},
        {&kv, ",", GATEWAY_signature_malformed, "", ""},
        {&kv, "t=1,t=2,v1=ab", GATEWAY_timestamp_malformed, "", ""},
        {&kv, "t=1,t=1,v1=ab", GATEWAY_timestamp_malformed, "", ""},
        {&kv, "t=,v1=ab", GATEWAY_accepted, "ab", ""},
        {&kv_semicolon, "ts=1;h1=ab;h1=cd", GATEWAY_accepted, "ab|cd", "1"},
        {&kv_semicolon, "ts=1,h1=ab", GATEWAY_signature_missing, "", ""},
        {&list, "v1,ab", GATEWAY_accepted, "ab", ""},
        {&list, "v1,ab v1,cd v1a,ef", GATEWAY_accepted, "ab|cd", ""},
        {&list, "v1a,ef v2,gh", GATEWAY_signature_missing, "", ""},
        {&list, "v1,ab  v1,cd", GATEWAY_signature_malformed, "", ""},
        {&list, "v1,", GATEWAY_signature_malformed, "", ""},
        {&list, "ab", GATEWAY_signature_malformed, "", ""},
        {&list_bare, "ab, cd", GATEWAY_accepted, "ab|cd", ""},
        {&list_bare, "ab,,cd", GATEWAY_signature_malformed, "", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct signatures found;
        char joined[128] = "";
        struct slice value = slice_from(rows[i].value);
        enum gateway_verdict verdict = signatures_read(rows[i].profile, value, &found);
        if (verdict != rows[i].verdict)
            fail_msg("%s: %s", rows[i].value, gateway_verdict_name(verdict));
        if (verdict != GATEWAY_accepted)
            continue;
        for (size_t k = 0; k < found.count; k++) {
            size_t len = strlen(joined);
            (void)snprintf(joined + len, sizeof(joined) - len, "%s%.*s", k ? "|" : "",
                           SLICE_ARG(found.items[k]));
        }
        assert_string_equal(joined, rows[i].items);
        assert_true(slice_is(found.timestamp, rows[i].timestamp));
    }
    struct signatures found;
    assert_verdict(signatures_read(&kv, slice_of(NULL, 0), &found), signature_missing);
}

static void test_bounds(void **state)
{
    char text[SIGNATURE_HEADER_MAX + 2];
    struct signatures found;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < SIGNATURES_MAX; i++)
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%sv1=%zx", i ? "," : "", i);
    assert_verdict(signatures_read(&kv, slice_of(text, len), &found), accepted);
    assert_int_equal(found.count, SIGNATURES_MAX);
    len += (size_t)snprintf(text + len, sizeof(text) - len, ",v1=ff");
    assert_verdict(signatures_read(&kv, slice_of(text, len), &found), signature_malformed);

    memset(text, 'a', sizeof(text));
    assert_verdict(signatures_read(&raw, slice_of(text, SIGNATURE_HEADER_MAX), &found), accepted);
    assert_verdict(signatures_read(&raw, slice_of(text, SIGNATURE_HEADER_MAX + 1), &found),
                   signature_malformed);
    /* A NUL is no separator, although strchr finds one in every string. */
    assert_verdict(signatures_read(&kv, SLICE("t=1\0v1=ab"), &found), signature_missing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
