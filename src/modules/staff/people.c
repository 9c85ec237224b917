#include "base/encoding.h"
#include "ledger/access_list.h"
#include "modules/staff/settings.h"
#include "modules/staff/staff.h"

static void take(const struct staff_member *row, struct staff_person *out);

bool staff_person(struct ledger *ledger, int64_t telegram_id, struct staff_person *out)
{
    struct staff_member row;
    *out = (struct staff_person){.telegram_id = telegram_id, .name = "token"};
    if (telegram_id == 0)
        return true;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_staff_member(), &at, &row);) {
        if (row.telegram_id != telegram_id)
            continue;
        take(&row, out);
        return true;
    }
    return false;
}

void staff_person_json(const struct staff_person *person, cJSON *out)
{
    if (person->telegram_id == 0)
        cJSON_AddNullToObject(out, "telegram_id");
    else
        cJSON_AddNumberToObject(out, "telegram_id", (double)person->telegram_id);
    cJSON_AddStringToObject(out, "name", person->name);
    cJSON_AddStringToObject(out, "role", access_roles[person->role]);
}

void staff_people_admit(struct ledger *ledger, struct buf *rows)
{
    struct staff_member row;
    char token[ACCESS_HASH_TEXT + 1];
    for (size_t at = 0; catalog_row(ledger->catalog, shape_staff_member(), &at, &row);) {
        struct message_access_row access = {.kind = ACCESS_STAFF,
                                            .who = 1u << row.role,
                                            .telegram_id = row.telegram_id,
                                            .name = row.name};
        if (slice_copy(row.token, token, sizeof token) && token[0] != '\0')
            staff_admit(rows, &access, token);
    }
}

bool ask_staff_list(struct ledger *ledger, const struct staff_list *ask, cJSON *out)
{
    struct staff_member row;
    cJSON *list = cJSON_AddArrayToObject(out, "staff");
    (void)ask;
    for (size_t at = 0; catalog_row(ledger->catalog, shape_staff_member(), &at, &row);) {
        struct staff_person person;
        cJSON *item = json_add_item(list);
        take(&row, &person);
        staff_person_json(&person, item);
        cJSON_AddBoolToObject(item, "has_token", row.token.len > 0);
    }
    return true;
}

void staff_catalog(const struct config *config, const void *own, struct buf *rows)
{
    const struct config_staff *staff = own;
    (void)config;
    for (size_t i = 0; i < staff->count; i++) {
        const struct config_person *person = &staff->people[i];
        char token[ACCESS_HASH_TEXT + 1] = "";
        uint8_t digest[ACCESS_HASH_BYTES];
        if (person->token != NULL) {
            sha256(slice_from(person->token), digest);
            hex_encode(digest, sizeof digest, token, sizeof token);
        }
        const struct staff_member row = {.telegram_id = person->telegram_id,
                                         .role = (uint64_t)person->role,
                                         .name =
                                             slice_from(person->name == NULL ? "" : person->name),
                                         .token = slice_from(token)};
        shape_encode(rows, shape_staff_member(), &row);
    }
}

static void take(const struct staff_member *row, struct staff_person *out)
{
    *out = (struct staff_person){.telegram_id = row->telegram_id, .role = (unsigned)row->role};
    (void)slice_copy(row->name, out->name, sizeof out->name);
}
