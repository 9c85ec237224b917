#include "desk/entry.h"

#include "base/encoding.h"
#include "ledger/access_list.h"
#include "ledger/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define OWNER "the-owner-token-01"

static struct entries entries;
static struct buf rows;
static struct http_request request;
static struct entry entry;

static void add(enum access_kind kind, const char *secret, struct message_access_row row)
{
    uint8_t hash[ACCESS_HASH_BYTES];
    sha256(slice_from(secret), hash);
    row.kind = kind;
    row.hash = slice_of(hash, sizeof hash);
    const struct message message = {.kind = MESSAGE_access_row, .access_row = row};
    wire_encode(&rows, &message);
}

static int set_up(void **state)
{
    (void)state;
    buf_init(&rows, 65536);
    entries_init(&entries);
    add(ACCESS_STAFF, "a-person-s-token", (struct message_access_row){.who = WHO_SUPPORT});
    add(ACCESS_SESSION, "cookie",
        (struct message_access_row){
            .who = WHO_OWNER, .id = 7, .seen_ms = 1000, .until_ms = 9000000});
    add(ACCESS_KEY, "uk_shop", (struct message_access_row){.who = WHO_FINANCE, .per_minute = 3});
    add(ACCESS_LOGIN, "code", (struct message_access_row){.who = WHO_STRANGER, .until_ms = 60000});
    assert_true(entries_take(&entries, buf_slice(&rows)));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    entries_deinit(&entries);
    buf_deinit(&rows);
    return 0;
}

static void ask(const char *method, size_t count, const struct http_header *headers)
{
    request = (struct http_request){.method = slice_from(method), .header_count = count};
    for (size_t i = 0; i < count; i++)
        request.headers[i] = headers[i];
}

static enum entry_verdict judge(uint64_t wall_ms, uint64_t mono_ms)
{
    entry_judge(&entries, &request, SLICE(OWNER), wall_ms, mono_ms, &entry);
    return entry.verdict;
}

static enum entry_verdict judge_one(const char *name, const char *value)
{
    const struct http_header header = {slice_from(name), slice_from(value)};
    ask("GET", 1, &header);
    return judge(2000, 1);
}

static void bearers(void **state)
{
    (void)state;
    ask("GET", 0, NULL);
    assert_int_equal(judge(2000, 1), ENTRY_OPEN);
    /* The verifier's to prove, or not. */
    assert_int_equal(judge_one("Authorization", "Bearer " OWNER), ENTRY_OPEN);
    assert_int_equal(judge_one("Authorization", "Bearer another"), ENTRY_OPEN);
    assert_int_equal(judge_one("Authorization", "Bearer"), ENTRY_OPEN);
    assert_int_equal(judge_one("Authorization", "Bearer "), ENTRY_OPEN);
    assert_int_equal(judge_one("Authorization", "Basic uk_shop"), ENTRY_OPEN);
    assert_int_equal(judge_one("Authorization", "bearer a-person-s-token"), ENTRY_KNOWN);
    assert_int_equal(entry.row->access.who, WHO_SUPPORT);
    assert_int_equal(judge_one("authorization", "Bearer uk_shop"), ENTRY_KNOWN);
    assert_int_equal(entry.row->access.who, WHO_FINANCE);
    assert_int_equal(judge_one("Authorization", "Bearer uk_other"), ENTRY_WRONG);
    /* What is a credential of one kind is none of another. */
    assert_int_equal(judge_one("Authorization", "Bearer cookie"), ENTRY_OPEN);
    assert_int_equal(judge_one("Cookie", "__Host-usher=a-person-s-token"), ENTRY_OVER);
}

static void cookies(void **state)
{
    (void)state;
    assert_int_equal(judge_one("Cookie", "__Host-usher=cookie"), ENTRY_KNOWN);
    assert_int_equal(entry.row->access.id, 7);
    assert_int_equal(judge_one("Cookie", "a=b; __Host-usher=cookie; c=d"), ENTRY_KNOWN);
    assert_int_equal(judge_one("Cookie", "a=b;__Host-usher=cookie"), ENTRY_KNOWN);
    assert_int_equal(judge_one("Cookie", "__Host-usher=cookies"), ENTRY_OVER);
    assert_int_equal(judge_one("Cookie", "x__Host-usher=cookie"), ENTRY_OPEN);
    assert_int_equal(judge_one("Cookie", "__Host-usher="), ENTRY_OPEN);
    assert_int_equal(judge_one("Cookie", ";;; ;"), ENTRY_OPEN);
    /* The plain name counts on this machine alone. */
    assert_int_equal(judge_one("Cookie", "usher=cookie"), ENTRY_OPEN);
    static const struct {
        const char *host;
        enum entry_verdict verdict;
    } hosts[] = {{"127.0.0.1:8080", ENTRY_KNOWN},   {"localhost", ENTRY_KNOWN},
                 {"[::1]:80", ENTRY_KNOWN},         {"club.example.org", ENTRY_OPEN},
                 {"127.0.0.1.example", ENTRY_OPEN}, {"localhost.example:80", ENTRY_OPEN}};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
        const struct http_header headers[] = {{SLICE("Host"), slice_from(hosts[i].host)},
                                              {SLICE("Cookie"), SLICE("usher=cookie")}};
        ask("GET", 2, headers);
        assert_int_equal(judge(2000, 1), hosts[i].verdict);
    }
    /* A bearer goes before it. */
    const struct http_header both[] = {{SLICE("Authorization"), SLICE("Bearer uk_shop")},
                                       {SLICE("Cookie"), SLICE("__Host-usher=cookie")}};
    ask("GET", 2, both);
    assert_int_equal(judge(2000, 1), ENTRY_KNOWN);
    assert_int_equal(entry.row->access.kind, ACCESS_KEY);
}

static void a_session_is_over_at_its_time_and_said_to_be_used(void **state)
{
    (void)state;
    judge_one("Cookie", "__Host-usher=cookie");
    assert_int_equal(judge(1000 + ENTRY_SEEN_MS - 1, 1), ENTRY_KNOWN);
    assert_false(entry.seen);
    assert_int_equal(judge(1000 + ENTRY_SEEN_MS, 1), ENTRY_KNOWN);
    assert_true(entry.seen);
    assert_int_equal(judge(1000 + ENTRY_SEEN_MS, 1), ENTRY_KNOWN);
    assert_false(entry.seen);
    /* A new list forgets no such thing. */
    add(ACCESS_KEY, "uk_second", (struct message_access_row){.who = WHO_VIEWER, .per_minute = 1});
    assert_true(entries_take(&entries, buf_slice(&rows)));
    assert_int_equal(judge(1000 + ENTRY_SEEN_MS, 1), ENTRY_KNOWN);
    assert_false(entry.seen);
    assert_int_equal(judge(8999999, 1), ENTRY_KNOWN);
    assert_int_equal(judge(9000000, 1), ENTRY_OVER);
}

static void a_change_comes_from_our_page(void **state)
{
    static const struct {
        const char *type, *site, *token, *body;
        enum entry_verdict verdict;
    } cases[] = {
        {"application/json", "same-origin", NULL, "{}", ENTRY_KNOWN},
        {"application/json; charset=utf-8", NULL, NULL, "{}", ENTRY_KNOWN},
        {NULL, "same-origin", NULL, "", ENTRY_KNOWN},
        {NULL, "same-origin", NULL, "{}", ENTRY_FORGED},
        {"text/plain", "same-origin", NULL, "{}", ENTRY_FORGED},
        {"application/jsonx", "same-origin", NULL, "{}", ENTRY_FORGED},
        {"application/json", "none", NULL, "{}", ENTRY_FORGED},
        {"application/json", "cross-site", NULL, "{}", ENTRY_FORGED},
        {"application/json", "same-origin", "", "{}", ENTRY_FORGED},
        {"application/json", "same-origin", "00", "{}", ENTRY_FORGED},
    };
    char token[ACCESS_HASH_TEXT + 1];
    uint8_t hash[ACCESS_HASH_BYTES];
    (void)state;
    sha256(SLICE("cookie"), hash);
    access_page_token(hash, token);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *shown = cases[i].token == NULL ? token : cases[i].token;
        struct http_header headers[4] = {{SLICE("Cookie"), SLICE("__Host-usher=cookie")},
                                         {SLICE("X-Usher-Token"), slice_from(shown)}};
        size_t count = 2;
        if (cases[i].type != NULL)
            headers[count++] =
                (struct http_header){SLICE("Content-Type"), slice_from(cases[i].type)};
        if (cases[i].site != NULL)
            headers[count++] =
                (struct http_header){SLICE("Sec-Fetch-Site"), slice_from(cases[i].site)};
        ask("POST", count, headers);
        request.body = slice_from(cases[i].body);
        if (judge(2000, 1) != cases[i].verdict)
            fail_msg("case %zu: %d", i, (int)entry.verdict);
        request.method = SLICE("GET");
        assert_int_equal(judge(2000, 1), ENTRY_KNOWN);
    }
}

static void a_key_has_a_bucket(void **state)
{
    (void)state;
    judge_one("Authorization", "Bearer uk_shop");
    assert_int_equal(judge(2000, 1), ENTRY_KNOWN);
    assert_int_equal(judge(2000, 1), ENTRY_KNOWN);
    assert_int_equal(judge(2000, 1), ENTRY_TOO_OFTEN);
    assert_int_equal(entry.retry_after_s, 20);
    assert_true(entries_take(&entries, buf_slice(&rows)));
    assert_int_equal(judge(2000, 19000), ENTRY_TOO_OFTEN);
    assert_int_equal(entry.retry_after_s, 2);
    assert_int_equal(judge(2000, 20002), ENTRY_KNOWN);
    assert_int_equal(judge(2000, 20002), ENTRY_TOO_OFTEN);
    for (int i = 0; i < 3; i++)
        assert_int_equal(judge(2000, 10000000), ENTRY_KNOWN);
    assert_int_equal(judge(2000, 10000000), ENTRY_TOO_OFTEN);
}

static enum entry_verdict log_in(const char *body, const char *site, uint64_t wall_ms)
{
    const char *detail;
    const struct http_header headers[] = {{SLICE("Content-Type"), SLICE("application/json")},
                                          {SLICE("Sec-Fetch-Site"), slice_from(site)}};
    ask("POST", 2, headers);
    request.body = slice_from(body);
    enum entry_verdict verdict = entry_login(&entries, &request, wall_ms, &detail);
    assert_true(verdict == ENTRY_OPEN || detail[0] != '\0');
    return verdict;
}

static void codes(void **state)
{
    (void)state;
    assert_int_equal(log_in("{\"code\":\"code\"}", "same-origin", 59999), ENTRY_OPEN);
    assert_int_equal(log_in("{\"code\":\"code\"}", "same-origin", 60000), ENTRY_WRONG);
    assert_int_equal(log_in("{\"code\":\"other\"}", "same-origin", 1), ENTRY_WRONG);
    assert_int_equal(log_in("{\"code\":\"cookie\"}", "same-origin", 1), ENTRY_WRONG);
    assert_int_equal(log_in("{\"code\":7}", "same-origin", 1), ENTRY_WRONG);
    assert_int_equal(log_in("{", "same-origin", 1), ENTRY_WRONG);
    assert_int_equal(log_in("", "same-origin", 1), ENTRY_WRONG);
    assert_int_equal(log_in("{\"code\":\"code\"}", "cross-site", 1), ENTRY_FORGED);
}

static void without_a_list_nobody_is_refused_for_good(void **state)
{
    (void)state;
    entries_deinit(&entries);
    entries_init(&entries);
    assert_int_equal(judge_one("Authorization", "Bearer " OWNER), ENTRY_OPEN);
    assert_int_equal(judge_one("Authorization", "Bearer uk_shop"), ENTRY_EARLY);
    assert_int_equal(judge_one("Cookie", "__Host-usher=cookie"), ENTRY_EARLY);
    assert_int_equal(log_in("{\"code\":\"code\"}", "same-origin", 1), ENTRY_EARLY);
    assert_false(entries_take(&entries, SLICE("no messages")));
    assert_int_equal(judge_one("Authorization", "Bearer uk_shop"), ENTRY_EARLY);
    assert_true(entries_take(&entries, SLICE("")));
    assert_int_equal(judge_one("Authorization", "Bearer uk_shop"), ENTRY_WRONG);
}

static void plain_is_http_on_this_machine(void **state)
{
    static const struct {
        const char *host, *name, *value;
        bool plain;
    } cases[] = {{"127.0.0.1:8080", "Origin", "http://127.0.0.1:8080", true},
                 {"localhost:8080", "Accept", "*/*", true},
                 {"127.0.0.1:8080", "Origin", "https://club.example.org", false},
                 {"127.0.0.1:8080", "X-Forwarded-Proto", "https", false},
                 {"club.example.org", "Origin", "http://club.example.org", false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct http_header headers[] = {
            {SLICE("Host"), slice_from(cases[i].host)},
            {slice_from(cases[i].name), slice_from(cases[i].value)}};
        ask("POST", 2, headers);
        assert_int_equal(entry_plain(&request), cases[i].plain);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bearers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cookies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_is_over_at_its_time_and_said_to_be_used, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_change_comes_from_our_page, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_has_a_bucket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(codes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_list_nobody_is_refused_for_good, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(plain_is_http_on_this_machine, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
