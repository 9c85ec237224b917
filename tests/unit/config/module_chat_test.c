/* A module's part of the configuration: its keys, where they stand, and the chats that are its own.
 */
#define MODULES_DEF "tests/unit/config/module_modules.def"
#include "ledger/registry.c"

#include "config/module.h"
#include "example.h"

struct pair {
    int64_t chat_id;
    uint32_t size;
    int64_t *people;
    size_t people_count;
};

static const struct key pair_keys[] = {
    {"pair_chat", TYPE_CHAT_ID, OPTIONAL, .offset = offsetof(struct pair, chat_id)},
    {"pair_size", TYPE_NUMBER, DEFAULTED, "2", 1, 9, .offset = offsetof(struct pair, size)},
    {"pair_people", TYPE_PEOPLE, OPTIONAL, NULL, 1, 2, .offset = offsetof(struct pair, people),
     .count_offset = offsetof(struct pair, people_count)},
};
static const struct section pair_sections[] = {
    {"the file", pair_keys, sizeof pair_keys / sizeof *pair_keys, NULL}, {NULL, NULL, 0, NULL}};

static bool is_chat(const struct config *config, const void *own, const char *bot, int64_t chat_id)
{
    const struct pair *pair = own;
    (void)config;
    return strcmp(bot, "main") == 0 && pair->chat_id == chat_id;
}

static const struct config_module config_of_pair = {
    .size = sizeof(struct pair), .sections = pair_sections, .chat = is_chat};

shape_fn *const shapes_of_pair[MODULE_SHAPES_MAX] = {NULL};
const struct module module_pair = {
    .name = "pair", .number = MODULE_pair, .shapes = shapes_of_pair, .config = &config_of_pair};

static void keys_stand_in_the_root(void **state)
{
    (void)state;
    struct config *config = parse_example(
        "data_dir: ./var", "data_dir: ./var\npair_chat: -1009\npair_people: [7, 4503599627370495]");
    const struct pair *pair = config_of(config, MODULE_pair);
    assert_int_equal(pair->chat_id, -1009);
    assert_int_equal(pair->size, 2);
    assert_int_equal(pair->people_count, 2);
    assert_int_equal(pair->people[0], 7);
    assert_int_equal(pair->people[1], 4503599627370495);
    config_destroy(&config);
    assert_true(modules_know("", SLICE("pair_chat")));
    assert_false(modules_know("", SLICE("pair")));
    assert_string_equal(section_of(MODULE_SECTION(MODULE_pair, 0))->what, "the file");
}

static void what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    expect_errors("data_dir: ./var",
                  "data_dir: ./var\npair_chat: 9\npair_size: 10\npair_people: [7, -7, x]",
                  ":2: pair_chat: \"9\" is not valid; expected a group's number at Telegram, which "
                  "is negative: -1001234567890\n"
                  ":3: pair_size: \"10\" is not valid; expected a whole number from 1 to 9\n"
                  ":4: pair_people: has 3 items; expected a list of 1 to 2 Telegram ids");
    expect_errors("data_dir: ./var", "data_dir: ./var\npair_people: [-7, x]",
                  ":2: pair_people[0]: \"-7\" is not valid; expected a person's number at "
                  "Telegram, such as 1001\n"
                  ":2: pair_people[1]: \"x\" is not valid; expected a person's number at "
                  "Telegram, such as 1001");
}

static void a_chat_is_its_own_for_the_bot_that_it_names(void **state)
{
    (void)state;
    struct config *config = parse_example("data_dir: ./var", "data_dir: ./var\npair_chat: -1009");
    assert_true(modules_chat(config, "main", -1009));
    assert_false(modules_chat(config, "main", -1008));
    assert_false(modules_chat(config, "second", -1009));
    config_destroy(&config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_stand_in_the_root),
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(a_chat_is_its_own_for_the_bot_that_it_names),
    };
    return cmocka_run_group_tests(tests, example_environment, NULL);
}
