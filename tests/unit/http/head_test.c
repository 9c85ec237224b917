#include "http/head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* Heads as libmicrohttpd leaves them: what ended a word is a NUL. */
static char memory[512];
static struct http_header headers[8];
static struct head head;

static struct slice word(const char **at)
{
    struct slice found = slice_from(*at);
    *at += found.len + 1;
    return found;
}

/* bytes: "GET\0/x\0HTTP/1.1\0\0Host\0 a\0\0..."; how many header lines it holds. */
static enum refusal judge(const char *bytes, size_t len, size_t count)
{
    assert_true(len < sizeof(memory));
    memcpy(memory, bytes, len);
    const char *at = memory;
    head = (struct head){.method = memory, .bytes = len, .headers = headers};
    head.header_count = count;
    (void)word(&at);
    at += strspn(at, " ");
    head.target = word(&at);
    while (strncmp(at, "HTTP", 4) != 0)
        at++;
    head.version = at;
    (void)word(&at);
    for (size_t i = 0; i < count; i++) {
        at += *at == '\0';
        headers[i].name = word(&at);
        at += strspn(at, " ");
        headers[i].value = word(&at);
        /* Where something stands behind a NUL, the next line is found as its parser found it. */
        while (at < memory + len && *at != '\0')
            at++;
    }
    return head_judge(&head);
}
#define JUDGE(bytes, count) judge(bytes, sizeof(bytes) - 1, count)

static void whole_heads(void **state)
{
    (void)state;
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0\0\0\0", 1), REFUSAL_NONE);
    assert_int_equal(JUDGE("GET\0  /x\0HTTP/1.1\0\0Host\0a:80\0\0X\0   y z\0\0\0\0", 2),
                     REFUSAL_NONE);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0Host\0 a\0\0", 1), REFUSAL_NONE);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 \0\0\0\0", 1), REFUSAL_NONE);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0\0X\0 \tb\xe4\0\0\0\0", 2),
                     REFUSAL_NONE);
}

static void what_stands_behind_a_nul_is_seen(void **state)
{
    (void)state;
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0b\0\0\0\0", 1), REFUSAL_BAD_HEADER);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0\0\0\0\0", 1), REFUSAL_BAD_HEADER);
    assert_int_equal(JUDGE("GET\0/x\0 HTTP/1.1\0\0Host\0 a\0\0\0\0", 1), REFUSAL_NONE);
    assert_int_equal(JUDGE("GET\0/x\0\0HTTP/1.1\0\0Host\0 a\0\0\0\0", 1), REFUSAL_BAD_HEADER);
    assert_int_equal(JUDGE("GET\0/x\0y\0HTTP/1.1\0\0Host\0 a\0\0\0\0", 1), REFUSAL_BAD_HEADER);
}

static void values_are_text(void **state)
{
    (void)state;
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0\0X\0 b\rc\0\0\0\0", 2),
                     REFUSAL_BAD_HEADER);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0\0X\0 b\x7f\0\0\0\0", 2),
                     REFUSAL_BAD_HEADER);
}

static void one_host(void **state)
{
    (void)state;
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0X\0 a\0\0\0\0", 1), REFUSAL_BAD_HOST);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0\0hOST\0 a\0\0\0\0", 2),
                     REFUSAL_BAD_HOST);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a b\0\0\0\0", 1), REFUSAL_BAD_HOST);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.0\0\0X\0 a\0\0\0\0", 1), REFUSAL_NONE);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.0\0\0Host\0 a\0\0Host\0 a\0\0\0\0", 2),
                     REFUSAL_BAD_HOST);
}

/* Memory laid out otherwise (another version of the library) says nothing. */
static void elsewhere(void **state)
{
    (void)state;
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0b\0\0\0\0", 1), REFUSAL_BAD_HEADER);
    head.bytes = 0;
    assert_int_equal(head_judge(&head), REFUSAL_NONE);
    assert_int_equal(JUDGE("GET\0/x\0HTTP/1.1\0\0Host\0 a\0b\0\0\0\0", 1), REFUSAL_BAD_HEADER);
    headers[0].value = SLICE("a");
    assert_int_equal(head_judge(&head), REFUSAL_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_heads),     cmocka_unit_test(what_stands_behind_a_nul_is_seen),
        cmocka_unit_test(values_are_text), cmocka_unit_test(one_host),
        cmocka_unit_test(elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
