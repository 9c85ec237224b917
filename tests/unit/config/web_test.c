#include "config/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

static void links(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool link;
        bool address;
    } cases[] = {
        {"https://example.org", true, true},
        {"http://127.0.0.1:8081/", true, true},
        {"https://[::1]:443/a", true, true},
        {"https://[::1]", true, true},
        {"https://example.org/a?b=c#d", true, false},
        {"https://example.org#d", true, false},
        {"https://b\xc3\xbc"
         "cher.example/",
         true, true},
        {"ftp://example.org", false, false},
        {"HTTPS://example.org", false, false},
        {"https://", false, false},
        {"https:///path", false, false},
        {"https://user@example.org", false, false},
        {"https://example.org:99999", false, false},
        {"https://example.org:", false, false},
        {"https://exa mple.org", false, false},
        {"https://example.org/a b", false, false},
        {"https://example.org/\n", false, false},
        {"https://[::1", false, false},
        {"https://[::1]x", false, false},
        {"https://[no]", false, false},
        {"https://example.org/\xff", false, false},
        {"example.org", false, false},
        {"", false, false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        if (web_is_link(slice_from(cases[i].text)) != cases[i].link ||
            web_is_address(slice_from(cases[i].text)) != cases[i].address)
            fail_msg("%s", cases[i].text);
    }
}

static void what_is_scanned(void **state)
{
    (void)state;
    static const char *const right[] = {"weixin://wxpay/bizpayurl?pr=p4lpSuKzz", "weixin://x"};
    static const char *const wrong[] = {"weixin://",     "weixin:/x",     "WEIXIN://x",
                                        "weixin://a b",  "weixin://a\"b", "weixin://a\n",
                                        "weixin://a<b>", "wxp://f2f0",    "javascript:x"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        assert_true(web_is_scanned(slice_from(right[i])));
        assert_true(web_is_payable(slice_from(right[i])));
        assert_false(web_is_link(slice_from(right[i])));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_false(web_is_scanned(slice_from(wrong[i])));
        assert_false(web_is_payable(slice_from(wrong[i])));
    }
    assert_true(web_is_payable(SLICE("https://pay.example/1")));
}

static void listening(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *host; /* NULL: refused */
        uint16_t port;
    } cases[] = {
        {"127.0.0.1:8080", "127.0.0.1", 8080},
        {"0.0.0.0:0", "0.0.0.0", 0},
        {"[::1]:65535", "::1", 65535},
        {"localhost:80", "127.0.0.1", 80},
        {"127.0.0.1:65536", NULL, 0},
        {"127.0.0.1:080800", NULL, 0},
        {"127.0.0.1:-1", NULL, 0},
        {"127.0.0.1:", NULL, 0},
        {"127.0.0.1", NULL, 0},
        {":8080", NULL, 0},
        {"8080", NULL, 0},
        {"::1:8080", NULL, 0},
        {"[127.0.0.1]:80", NULL, 0},
        {"[]:80", NULL, 0},
        {"256.0.0.1:80", NULL, 0},
        {"example.org:80", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char host[64];
        uint16_t port = 1;
        bool ok = web_split_listen(slice_from(cases[i].text), host, sizeof(host), &port);
        if (ok != (cases[i].host != NULL))
            fail_msg("%s", cases[i].text);
        if (ok) {
            assert_string_equal(host, cases[i].host);
            assert_int_equal(port, cases[i].port);
        }
    }
    char host[4];
    uint16_t port;
    assert_false(web_split_listen(SLICE("127.0.0.1:80"), host, sizeof(host), &port));
}

static void endpoints(void **state)
{
    (void)state;
    static const char *const good[] = {"inproc://requests", "tcp://10.0.0.2:7001", "tcp://*:7001",
                                       "tcp://[::1]:1", "tcp://ledger.example:65535"};
    static const char *const bad[] = {"inproc://", "ipc:///tmp/x", "tcp://10.0.0.2", "tcp://:7001",
                                      "tcp://*:*", "tcp://a:0",    "tcp://a b:1",    "udp://a:1",
                                      "",          "inproc://a/b"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(web_is_endpoint(slice_from(good[i])));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(web_is_endpoint(slice_from(bad[i])));
}

static void loopback(void **state)
{
    (void)state;
    static const char *const own[] = {"http://127.0.0.1:8081",
                                      "https://localhost",
                                      "http://LOCALHOST:1/x",
                                      "http://api.localhost",
                                      "http://[::1]:80/",
                                      "http://[::]",
                                      "http://127.1",
                                      "http://0.0.0.0:1",
                                      "http://0",
                                      "http://[::ffff:127.0.0.1]",
                                      "http://localhost."};
    static const char *const others[] = {"https://api.telegram.org",
                                         "http://10.0.0.1:80",
                                         "http://notlocalhost",
                                         "http://localhost.example",
                                         "http://[fe80::1]",
                                         "http://128.0.0.1",
                                         "127.0.0.1:80",
                                         ""};
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        if (!web_is_loopback(slice_from(own[i])))
            fail_msg("%s", own[i]);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (web_is_loopback(slice_from(others[i])))
            fail_msg("%s", others[i]);
}

static void a_mail_server_has_a_host_and_nothing_behind_it(void **state)
{
    (void)state;
    static const char *const right[] = {"smtp://mail.example", "smtps://mail.example:465",
                                        "smtp://[::1]:25", "smtp://127.0.0.1:2525"};
    static const char *const wrong[] = {"",
                                        "smtp://",
                                        "http://mail.example",
                                        "smtp://a.example/",
                                        "smtp://u:p@a.example",
                                        "smtp://a.example?x",
                                        "smtp://a.example\r\n",
                                        "SMTP://a.example",
                                        "smtp:a.example"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++)
        assert_true(web_is_mail(slice_from(right[i])));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(web_is_mail(slice_from(wrong[i])));
    assert_true(web_is_loopback(SLICE("smtp://localhost:25")));
    assert_true(web_is_loopback(SLICE("smtps://[::1]")));
    assert_false(web_is_loopback(SLICE("smtp://mail.example:587")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(links),
        cmocka_unit_test(what_is_scanned),
        cmocka_unit_test(listening),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(loopback),
        cmocka_unit_test(a_mail_server_has_a_host_and_nothing_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
