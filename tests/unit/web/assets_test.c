#include "web/assets.h"

#include "base/encoding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct http_fixed fixed;

/* The answer to this method and path with at most one header; false when it is not the console's.
 */
static bool ask(const char *method, const char *path, const char *name, const char *value)
{
    static struct http_request request;
    request = (struct http_request){.method = slice_from(method), .path = slice_from(path)};
    if (name != NULL)
        request.headers[request.header_count++] =
            (struct http_header){slice_from(name), slice_from(value)};
    return assets_answer(&request, &fixed);
}

static const char *field(const char *name)
{
    for (size_t i = 0; fixed.fields[i].name != NULL; i++)
        if (strcmp(fixed.fields[i].name, name) == 0)
            return fixed.fields[i].value;
    return NULL;
}

static void only_what_is_below_console_is_its_own(void **state)
{
    (void)state;
    assert_false(ask("GET", "/", NULL, NULL));
    assert_false(ask("GET", "/consoles/", NULL, NULL));
    assert_false(ask("GET", "/api/v1/status", NULL, NULL));
    assert_true(ask("GET", "/console", NULL, NULL));
    assert_int_equal(fixed.answer.status, 301);
    assert_string_equal(field("Location"), "/console/");
    assert_true(ask("POST", "/console/", NULL, NULL));
    assert_int_equal(fixed.answer.status, 405);
    assert_string_equal(fixed.answer.allow, "GET, HEAD");
    assert_true(ask("HEAD", "/console/", NULL, NULL));
    assert_int_equal(fixed.answer.status, 200);
}

/* The document for each page, asked about anew; it names the script by an address that is there. */
static void every_page_is_the_document(void **state)
{
    (void)state;
    assert_true(ask("GET", "/console/", NULL, NULL));
    struct slice document = fixed.answer.body;
    assert_string_equal(fixed.answer.content_type, "text/html; charset=utf-8");
    assert_string_equal(field("Cache-Control"), "no-cache");
    assert_null(field("Content-Encoding"));
    assert_non_null(strstr(field("Content-Security-Policy"), "require-trusted-types-for 'script'"));
    assert_null(strstr(field("Content-Security-Policy"), "unsafe"));
    assert_true(ask("GET", "/console/members/7", NULL, NULL));
    assert_true(slice_equal(fixed.answer.body, document));
    assert_true(ask("GET", "/console/..%2f..", NULL, NULL));
    assert_true(slice_equal(fixed.answer.body, document));
    for (const struct asset *asset = &assets[1]; asset->path != NULL; asset++)
        assert_non_null(memmem(document.data, document.len, asset->path, strlen(asset->path)));
}

static void a_file_has_its_hash_in_its_name_and_is_for_ever(void **state)
{
    (void)state;
    for (const struct asset *asset = &assets[1]; asset->path != NULL; asset++) {
        uint8_t digest[32];
        char hex[65];
        char etag[67];
        sha256(asset->bodies[ASSET_RAW], digest);
        hex_encode(digest, sizeof digest, hex, sizeof hex);
        assert_true(snprintf(etag, sizeof etag, "\"%s\"", hex) > 0);
        assert_string_equal(asset->etags[ASSET_RAW], etag);
        hex[16] = '\0';
        assert_non_null(strstr(asset->path, hex));
        assert_true(ask("GET", asset->path, NULL, NULL));
        assert_true(slice_equal(fixed.answer.body, asset->bodies[ASSET_RAW]));
        assert_string_equal(field("Cache-Control"), "public, max-age=31536000, immutable");
        assert_string_equal(field("ETag"), etag);
    }
    assert_true(ask("GET", "/console/assets/app-0000000000000000.js", NULL, NULL));
    assert_int_equal(fixed.answer.status, 404);
    assert_string_equal(field("Cache-Control"), "no-store");
    assert_true(ask("GET", "/console/assets/", NULL, NULL));
    assert_int_equal(fixed.answer.status, 404);
}

static void the_coding_is_the_best_that_is_taken(void **state)
{
    (void)state;
    const struct asset *script = &assets[1];
    assert_true(ask("GET", script->path, "Accept-Encoding", "gzip, deflate, br, zstd"));
    assert_string_equal(field("Content-Encoding"), "br");
    assert_true(slice_equal(fixed.answer.body, script->bodies[ASSET_BROTLI]));
    assert_string_equal(field("ETag"), script->etags[ASSET_BROTLI]);
    assert_string_equal(field("Vary"), "Accept-Encoding");
    assert_true(ask("GET", script->path, "accept-encoding", "gzip"));
    assert_string_equal(field("Content-Encoding"), "gzip");
    assert_int_equal((unsigned char)fixed.answer.body.data[0], 0x1f);
    assert_int_equal((unsigned char)fixed.answer.body.data[1], 0x8b);
    assert_true(script->bodies[ASSET_BROTLI].len < script->bodies[ASSET_RAW].len / 2);
}

static void weights_are_read(void **state)
{
    (void)state;
    assert_int_equal(asset_coding(slice_from(NULL)), ASSET_RAW);
    assert_int_equal(asset_coding(SLICE("")), ASSET_RAW);
    assert_int_equal(asset_coding(SLICE("identity")), ASSET_RAW);
    assert_int_equal(asset_coding(SLICE("br;q=0, GZIP ;q=0.5")), ASSET_GZIP);
    assert_int_equal(asset_coding(SLICE("br; q=0.000,gzip;q=0")), ASSET_RAW);
    assert_int_equal(asset_coding(SLICE("br;q=0.1")), ASSET_BROTLI);
    assert_int_equal(asset_coding(SLICE(",,br")), ASSET_BROTLI);
    assert_int_equal(asset_coding(SLICE("brotli, gzipped, b r")), ASSET_RAW);
}

static void who_has_it_gets_nothing_again(void **state)
{
    (void)state;
    const struct asset *script = &assets[1];
    assert_true(ask("GET", script->path, "If-None-Match", script->etags[ASSET_RAW]));
    assert_int_equal(fixed.answer.status, 304);
    assert_int_equal(fixed.answer.body.len, 0);
    assert_string_equal(field("ETag"), script->etags[ASSET_RAW]);
    assert_true(ask("GET", script->path, "If-None-Match", script->etags[ASSET_GZIP]));
    assert_int_equal(fixed.answer.status, 200); /* another coding's */
    assert_true(asset_known(SLICE("\"a\", W/\"b\" ,\"c\""), "\"b\""));
    assert_true(asset_known(SLICE("*"), "\"b\""));
    assert_false(asset_known(SLICE("\"bb\""), "\"b\""));
    assert_false(asset_known(SLICE("b"), "\"b\""));
    assert_false(asset_known(slice_from(NULL), "\"b\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_below_console_is_its_own),
        cmocka_unit_test(every_page_is_the_document),
        cmocka_unit_test(a_file_has_its_hash_in_its_name_and_is_for_ever),
        cmocka_unit_test(the_coding_is_the_best_that_is_taken),
        cmocka_unit_test(weights_are_read),
        cmocka_unit_test(who_has_it_gets_nothing_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
