#include "ledger/access_list.h"

#include "ledger/module.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_roles(unsigned who, const char *words)
{
    char text[ACCESS_WHO_SIZE];
    access_who_text(who, text);
    assert_string_equal(text, words);
}

static void roles_in_words(void **state)
{
    (void)state;
    assert_roles(WHO_OWNER, "owner");
    assert_roles(WHO_OPERATOR, "owner or finance");
    assert_roles(WHO_STAFF, "owner, finance, support, moderator or viewer");
    assert_roles(WHO_MEMBER | WHO_VIEWER, "viewer");
    assert_roles(WHO_STRANGER, "nobody");
    assert_string_equal(access_role(WHO_MODERATOR), "moderator");
    assert_string_equal(access_role(WHO_OPERATOR), "");
    assert_string_equal(access_role(0), "");
}

/* printf 'usher page' behind 32 bytes of 0, through sha256sum. */
static void the_token_of_a_page(void **state)
{
    const uint8_t none[ACCESS_HASH_BYTES] = {0};
    uint8_t other[ACCESS_HASH_BYTES] = {1};
    char one[ACCESS_HASH_TEXT + 1];
    char two[ACCESS_HASH_TEXT + 1];
    (void)state;
    access_page_token(none, one);
    assert_string_equal(one, "91f9d7d607a640e9e5325a66c84a453c886469162651e7e643f877f0f57e508d");
    access_page_token(other, two);
    assert_string_not_equal(one, two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(roles_in_words),
                                       cmocka_unit_test(the_token_of_a_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
