#include "config/schema.h"

#include "config/lists.h"
#include "config/starter.h"
#include "config/types.h"
#include "example.h"

/* Mistakes in the tables that no configuration would show. */
static void rows_make_sense(void **state)
{
    bool reached[SECTION_COUNT] = {[SECTION_ROOT] = true};
    (void)state;
    for (int id = 0; id < SECTION_COUNT; id++) {
        const struct section *section = &schema_sections[id];
        assert_true(reached[id]); /* sections stand behind the section that uses them */
        assert_non_null(section->what);
        assert_in_range(section->key_count, 1, 64);
        for (size_t i = 0; i < section->key_count; i++) {
            const struct key *key = &section->keys[i];
            assert_true(type_is_token(slice_from(key->name)));
            assert_true(key->least <= key->most);
            for (size_t j = 0; j < i; j++)
                assert_string_not_equal(key->name, section->keys[j].name);
            assert_true((key->fallback != NULL) ==
                        (key->presence == DEFAULTED && key->type != TYPE_SECTION));
            assert_true((key->choices != NULL) == (key->type == TYPE_CHOICE));
            assert_true((key->item_size != 0) == (key->type == TYPE_SECTIONS));
            assert_true((key->count_offset != 0) == (list_is(key->type) && key->most > 0));
            if (key->type == TYPE_SECTION || key->type == TYPE_SECTIONS)
                reached[key->inner] = true;
        }
    }
}

static void every_key_is_in_the_starter(void **state)
{
    (void)state;
    for (int id = 0; id < SECTION_COUNT; id++) {
        for (size_t i = 0; i < schema_sections[id].key_count; i++) {
            char text[64];
            snprintf(text, sizeof(text), "%s:", schema_sections[id].keys[i].name);
            if (strstr(starter_text, text) == NULL)
                fail_msg("config/usher.yaml says nothing of %s", text);
        }
    }
}

/* The defaults that the starter's comments promise: with them written out nothing changes. */
static void defaults(void **state)
{
    (void)state;
    static const char minimal[] = "admin: {token: 0123456789abcdef}\n"
                                  "community: {name: x}\n"
                                  "bots: [{name: b, token: \"1:a\"}]\n";
    struct config *config;
    struct buf errors;
    buf_init(&errors, 4096);
    assert_int_equal(config_parse(slice_from(minimal), EXAMPLE_NAME, &config, &errors), ERROR_NONE);
    assert_string_equal(config->data_dir, "nowhere/var");
    assert_string_equal(config->http.listen.host, "127.0.0.1");
    assert_int_equal(config->http.listen.port, 8080);
    assert_string_equal(config->timezone, "UTC");
    assert_string_equal(config->bots[0].api_url, "https://api.telegram.org");
    assert_int_equal(config->bots[0].per_second, 30);
    assert_int_equal(config->group_count + config->plan_count + config->gateway_count, 0);
    config_destroy(&config);
    buf_deinit(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_make_sense),
        cmocka_unit_test(every_key_is_in_the_starter),
        cmocka_unit_test(defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
