#include "store/digest.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void pieces_are_as_one(void **state)
{
    (void)state;
    static const char text[] = "pieces\0\0\1\2 as one";
    uint8_t one[32], pieces[DIGEST_SIZE];
    sha256(slice_of(text, sizeof text - 1), one);
    struct digest *digest = digest_new();
    assert_non_null(digest);
    digest_add(digest, SLICE("pieces"));
    digest_add(digest, slice_of(NULL, 0));
    digest_add_u32(digest, 0x00000102);
    digest_add(digest, SLICE(" as one"));
    digest_finish(digest, pieces);
    digest_destroy(&digest);
    assert_null(digest);
    assert_memory_equal(one, pieces, sizeof one);
}

/* FIPS 180-2, appendix B.1. */
static void known_answer(void **state)
{
    (void)state;
    uint8_t out[DIGEST_SIZE];
    char hex[65];
    struct digest *digest = digest_new();
    assert_non_null(digest);
    digest_add(digest, SLICE("abc"));
    digest_finish(digest, out);
    digest_destroy(&digest);
    hex_encode(out, sizeof out, hex, sizeof hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_as_one),
        cmocka_unit_test(known_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
