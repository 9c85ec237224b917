#include "modules/staff/staff.h"

#include "base/encoding.h"
#include "modules/staff/settings.h"

const char *const session_ends[] = {"left", "revoked", "over", "gone", "crowded", NULL};

static void configured(struct ledger *ledger);
static void timer(struct ledger *ledger, int64_t id, const char *subject);
static void admits(struct ledger *ledger, struct buf *rows);

#define MODULE_DEF    "modules/staff/staff.def"
#define MODULE_SELF   MODULE_staff
#define MODULE_SHAPES shapes_of_staff
#include "ledger/define.h"

const struct module module_staff = {.name = "staff",
                                    .number = MODULE_staff,
                                    .shapes = shapes_of_staff,
                                    .config = &config_of_staff,
                                    .results = module_results,
                                    .ops = module_ops,
                                    .asks = module_asks,
                                    .configured = configured,
                                    .admits = admits,
                                    .timer = timer};

bool staff_minted(struct slice minted, char out[ACCESS_HASH_TEXT + 1])
{
    if (minted.len != ACCESS_HASH_BYTES)
        return false;
    hex_encode(minted.data, minted.len, out, ACCESS_HASH_TEXT + 1);
    return true;
}

void staff_admit(struct buf *rows, struct message_access_row *row, const char *hash)
{
    uint8_t bytes[ACCESS_HASH_BYTES];
    size_t len;
    if (!hex_decode(slice_from(hash), bytes, sizeof bytes, &len) || len != sizeof bytes)
        return;
    row->hash = slice_of(bytes, sizeof bytes);
    const struct message message = {.kind = MESSAGE_access_row, .access_row = *row};
    wire_encode(rows, &message);
    row->hash = SLICE("");
}

/* Whoever is not there any more has nothing from now on. */
static void configured(struct ledger *ledger)
{
    login_sweep(ledger);
    session_sweep(ledger);
}

static void timer(struct ledger *ledger, int64_t id, const char *subject)
{
    (void)subject;
    if (id == 0)
        login_sweep(ledger);
    else
        session_due(ledger, (uint64_t)id);
}

static void admits(struct ledger *ledger, struct buf *rows)
{
    staff_people_admit(ledger, rows);
    login_admit(ledger, rows);
    session_admit(ledger, rows);
    key_admit(ledger, rows);
}
