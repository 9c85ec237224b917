#include "carrier/http/who.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(const char *scheme, const char *user, const char *secret, const char *header)
{
    struct buf out;
    buf_init(&out, 4096);
    http_who(&out, scheme, user, secret);
    assert_false(out.failed);
    buf_append_u8(&out, 0);
    assert_string_equal(out.data, header);
    buf_deinit(&out);
}

static void test_headers(void **state)
{
    (void)state;
    expect("Authorization: Bearer ", NULL, "sk_1", "Authorization: Bearer sk_1");
    expect(NULL, NULL, "X-Key: 1", "X-Key: 1");
    expect(NULL, NULL, NULL, "");
    /* RFC 7617, section 2. */
    expect("Authorization: Basic ", "Aladdin", "open sesame",
           "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    expect("", "user", NULL, "dXNlcjo=");
}

static void test_too_long(void **state)
{
    char user[HTTP_WHO_MAX + 1];
    struct buf out;
    (void)state;
    memset(user, 'u', sizeof user - 1);
    user[sizeof user - 1] = '\0';
    buf_init(&out, 8192);
    http_who(&out, NULL, user, "secret");
    assert_true(out.failed);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_headers),
                                       cmocka_unit_test(test_too_long)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
