#include "http/load_answer.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

static void heads_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        unsigned status;
        bool sized;
        uint64_t body_len;
        bool closes;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, true, 5, false},
        {"HTTP/1.1 200 OK\r\ncontent-length:5  \r\n\r\n", 200, true, 5, false},
        {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, true, 0, false},
        {"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 1\r\n\r\n", 503,
         true, 1, true},
        {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n", 200, true, 1, true},
        {"HTTP/1.1 200 OK\r\n\r\n", 200, false, 0, true},
        {"HTTP/1.1 204 No Content\r\n\r\n", 204, true, 0, false},
        {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, true, 0, false},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n", 100, true, 0, false},
        {"HTTP/1.1 200 OK\r\nX:\r\nno colon\r\nContent-Length: 2\r\n\r\n", 200, true, 2, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct load_answer answer;
        struct slice bytes = slice_from(rows[i].bytes);
        if (load_answer_read(bytes, false, &answer) != LOAD_HEAD_READ)
            fail_msg("not read: %s", rows[i].bytes);
        assert_int_equal(answer.status, rows[i].status);
        assert_int_equal(answer.sized, rows[i].sized);
        assert_int_equal(answer.body_len, rows[i].body_len);
        assert_int_equal(answer.closes, rows[i].closes);
        /* Cut anywhere before its end, it is partial. */
        for (size_t len = 0; len < answer.head_len; len++)
            assert_int_equal(load_answer_read(slice_of(bytes.data, len), false, &answer),
                             LOAD_HEAD_PARTIAL);
    }
}

static void an_answer_to_head_has_no_body(void **state)
{
    (void)state;
    struct load_answer answer;
    assert_int_equal(
        load_answer_read(SLICE("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), true, &answer),
        LOAD_HEAD_READ);
    assert_int_equal(answer.body_len, 0);
    assert_int_equal(load_answer_read(SLICE("HTTP/1.1 200 OK\r\n\r\n"), true, &answer),
                     LOAD_HEAD_READ);
    assert_true(answer.sized);
    assert_false(answer.closes);
}

static void others_are_bad(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "HTTP/2 200 OK\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n",
        "HTTP/1.1 600 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n",
        "hello\r\n\r\n",
        "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct load_answer answer;
        if (load_answer_read(slice_from(rows[i]), false, &answer) != LOAD_HEAD_BAD)
            fail_msg("not bad: %s", rows[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(heads_are_read),
        cmocka_unit_test(an_answer_to_head_has_no_body),
        cmocka_unit_test(others_are_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
