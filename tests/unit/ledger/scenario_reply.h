/* Scenarios of conversations: what the pending reply or answer shows, and its buttons.
 *
 *   presses MEMBER @PART[(CHOICE)][/N]     the button of the N-th such part of the pending reply
 *   presses MEMBER again                   the same button once more
 *   expect shows ID PART[(CHOICE)][/N] [name=value ...], expect shows ID no PART
 *
 * For scenario_test.c, behind find_delivery and expect_fields. */

static void name_part(const struct message *part, char *out, size_t size);

/* The n-th part of this name in the member's pending answer, else reply; its texts lie in work. */
static bool find_part(struct scenario *scenario, int64_t member, const char *wanted,
                      struct buf *work, struct message *out)
{
    static const char *const kinds[] = {"answer", "reply"};
    char name[64];
    const char *stroke = strchr(wanted, '/');
    assert_true(
        slice_copy(slice_of(wanted, stroke == NULL ? strlen(wanted) : (size_t)(stroke - wanted)),
                   name, sizeof name));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct message message;
        int64_t n = stroke == NULL ? 1 : number(stroke + 1);
        uint64_t id = find_delivery(scenario, member, kinds[i], NULL, "pending");
        if (id == 0)
            continue;
        buf_clear(work);
        assert_int_equal(ledger_work(scenario->ledger, id, 1, work), ERROR_NONE);
        assert_int_equal(wire_decode_one(buf_slice(work), &message, NULL), ERROR_NONE);
        for (struct slice parts = message.work.parts; parts.len > 0;) {
            char is[128];
            assert_int_equal(wire_decode(&parts, out, NULL), ERROR_NONE);
            if (strncmp(message_name(out->kind), "part_", 5) == 0)
                continue;
            name_part(out, is, sizeof is);
            size_t len = strcspn(is, "(");
            bool same = strcmp(is + 1, name) == 0 ||
                        (len == 1 + strlen(name) && strncmp(is + 1, name, len - 1) == 0);
            if (same && --n == 0)
                return true;
        }
    }
    return false;
}

/* The data of the button that a word of "presses" names. */
static const char *button_of(struct scenario *scenario, int64_t member, const char *word)
{
    static char data[65];
    struct message part;
    struct buf work;
    if (strcmp(word, "again") == 0)
        return data;
    if (word[0] != '@') {
        (void)snprintf(data, sizeof data, "%s", word);
        return data;
    }
    buf_init(&work, 1 << 17);
    if (!find_part(scenario, member, word + 1, &work, &part))
        FAIL(scenario, "there is no %s to press", word + 1);
    const struct field *field = shape_field(shape_find(part.kind), "data");
    struct slice text;
    assert_non_null(field);
    memcpy(&text, (const char *)part.module + field->offset, sizeof text);
    if (!slice_copy(text, data, sizeof data))
        FAIL(scenario, "%.*s is no data", SLICE_ARG(text));
    if (data[0] == 0)
        FAIL(scenario, "%s has no button", word + 1);
    buf_deinit(&work);
    return data;
}

static void expect_shows(struct scenario *scenario)
{
    struct message part;
    struct buf work, json;
    int64_t member = number(scenario->words[2]);
    bool none = strcmp(scenario->words[3], "no") == 0;
    const char *name = scenario->words[none ? 4 : 3];
    buf_init(&work, 1 << 17);
    buf_init(&json, 1 << 17);
    if (find_part(scenario, member, name, &work, &part) == none)
        FAIL(scenario, none ? "%s is shown" : "%s is not shown", name);
    if (!none) {
        message_print_json(&json, &part);
        cJSON *root = cJSON_ParseWithLength(json.data, json.len);
        expect_fields(scenario, root, 4);
        cJSON_Delete(root);
    }
    buf_deinit(&work);
    buf_deinit(&json);
}
