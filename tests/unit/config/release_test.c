#include "config/release.h"

#include "example.h"

/* That nothing leaks and nothing is freed twice is what the sanitizers see here. */
static void zeros(void **state)
{
    struct config config = {0};
    (void)state;
    release_section(SECTION_ROOT, &config);
    for (int id = 0; id < SECTION_COUNT; id++) {
        union {
            struct config config;
            struct config_bot bot;
            struct config_plan plan;
            struct config_gateway gateway;
        } object = {0};
        release_section((enum section_id)id, &object);
    }
}

static void texts_are_gone(void **state)
{
    struct config_gateway gateway = {0};
    (void)state;
    gateway.secrets[0] = strdup("a");
    gateway.secrets[1] = NULL;
    gateway.secrets[2] = strdup("c"); /* also where the count does not reach */
    gateway.secret_count = 1;
    gateway.hmac.prefix = strdup("p");
    gateway.hmac.kinds = calloc(2, sizeof(gateway.hmac.kinds[0]));
    assert_non_null(gateway.hmac.kinds);
    gateway.hmac.kinds[1].from = strdup("k");
    gateway.hmac.kind_count = 2;
    release_section(SECTION_GATEWAY, &gateway);
    assert_null(gateway.secrets[0]);
    assert_null(gateway.secrets[2]);
    assert_null(gateway.hmac.prefix);
}

/* A file that breaks off at any byte is freed as a whole one is. */
static void unfinished(void **state)
{
    (void)state;
    char *text = strdup(example_yaml);
    assert_non_null(text);
    for (size_t len = strlen(text); len > 0; len -= len > 7 ? 7 : len) {
        text[len] = '\0';
        free(errors_of(text));
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros),
        cmocka_unit_test(texts_are_gone),
        cmocka_unit_test(unfinished),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
