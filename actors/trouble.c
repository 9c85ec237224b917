#include "actors/trouble.h"

#include "base/alert.h"
#include "base/metrics.h"
#include "ledger/ledger.h"
#include "ledger/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

enum {
    SAID_BYTES_MAX = 300,
    SIGNATURES_IN_A_ROW = 3,
    DISK_MS = 60000,
    DISK_PERCENT = 5,
    DISK_BYTES_SPARE = 256 * 1024 * 1024
};

/* Of one gateway. */
struct callbacks {
    char gateway[CONFIG_NAME_MAX + 1]; /* "": free */
    bool genuine;                      /* one was accepted */
    unsigned refused;                  /* signatures, in a row */
};

static struct metric_series *refused_of(const char *bot);
static struct metric_series *conflict_of(const char *bot);

void trouble_token(const char *bot, bool refused, const char *said)
{
    char quoted[SAID_BYTES_MAX];
    metric_set(refused_of(bot), refused);
    if (refused)
        alert(LOG_telegram_token_refused, bot,
              "put the token that @BotFather shows for this bot into the configuration or "
              "secrets.env (and mend api_url if that is not the Bot API's), then restart usher",
              "bot=%s error=%s", bot, log_quote(slice_from(said), quoted, sizeof(quoted)));
}

void trouble_conflict(const char *bot, bool conflict, const char *said)
{
    char quoted[SAID_BYTES_MAX];
    metric_set(conflict_of(bot), conflict);
    if (conflict)
        alert(LOG_telegram_conflict, bot,
              "one program only may fetch a bot's updates: end the other one (a second usher, a "
              "script, a webhook that is set elsewhere), or have @BotFather revoke the token and "
              "put the new one here",
              "bot=%s error=%s", bot, log_quote(slice_from(said), quoted, sizeof(quoted)));
}

void trouble_list(const struct config *config, struct buf *out)
{
    for (size_t i = 0; i < config->bot_count; i++) {
        const char *bot = config->bots[i].name;
        if (metric_value(refused_of(bot)) != 0)
            buf_printf(out, "bot %s: Telegram refuses its token (401)\n", bot);
        if (metric_value(conflict_of(bot)) != 0)
            buf_printf(out, "bot %s: another program fetches its updates (409)\n", bot);
    }
}

static struct metric_series *refused_of(const char *bot)
{
    return metric_series(METRIC_usher_telegram_token_refused, bot, NULL);
}

static struct metric_series *conflict_of(const char *bot)
{
    return metric_series(METRIC_usher_telegram_conflict, bot, NULL);
}

void trouble_standing(const struct config *config, struct slice bot, enum standing standing,
                      int64_t chat_id)
{
    for (size_t i = 0; i < config->group_count; i++) {
        const struct config_group *group = &config->groups[i];
        if (group->chat_id != chat_id || !slice_is(bot, group->bot->name))
            continue;
        if (standing == STANDING_OUT)
            alert(
                LOG_bot_out_of_group, group->name,
                "add the bot to the group again and make it an administrator who may invite users "
                "and ban users; until then nobody gets in or out by usher",
                "bot=%s group=%s", group->bot->name, group->name);
        else if (standing == STANDING_NO_RIGHTS)
            alert(LOG_rights_missing, group->name,
                  "make the bot an administrator of the group who may invite users and ban users",
                  "bot=%s group=%s", group->bot->name, group->name);
    }
}

void trouble_call(const char *lane, uint64_t delivery, struct slice error)
{
    static const char *const rights[] = {"not enough rights", "CHAT_ADMIN_REQUIRED",
                                         "administrator rights", "have no rights"};
    static const char *const gone[] = {"bot was kicked", "bot is not a member",
                                       "group chat was "
                                       "deleted",
                                       "chat not found"};
    char said[SAID_BYTES_MAX];
    char text[SAID_BYTES_MAX];
    bool is_rights = false;
    bool is_gone = false;

    if (!slice_copy(error, text, sizeof(text)))
        return;
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
        is_rights = is_rights || strcasestr(text, rights[i]) != NULL;
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
        is_gone = is_gone || strcasestr(text, gone[i]) != NULL;
    if (!is_rights && !is_gone)
        return; /* it is counted among the dead */
    alert(is_rights ? LOG_rights_missing : LOG_bot_out_of_group, lane,
          is_rights
              ? "make the bot an administrator of the group who may invite users and ban "
                "users, then: usher queue release dead"
              : "look whether the bot is in the group and chat_id is right, then: usher queue "
                "release dead",
          "lane=%s delivery=%" PRIu64 " error=%s", lane, delivery,
          log_quote(error, said, sizeof(said)));
}

void trouble_callback(const char *gateway, unsigned status, const char *reason)
{
    static struct callbacks rows[CONFIG_GATEWAYS_MAX];
    size_t i = 0;
    while (i < CONFIG_GATEWAYS_MAX - 1 && rows[i].gateway[0] != '\0' &&
           strcmp(rows[i].gateway, gateway) != 0)
        i++;
    snprintf(rows[i].gateway, sizeof(rows[i].gateway), "%s", gateway);
    if (status == 200) {
        rows[i].genuine = true;
        rows[i].refused = 0;
    } else if (strcmp(reason, "signature_wrong") == 0 && ++rows[i].refused == SIGNATURES_IN_A_ROW &&
               rows[i].genuine) {
        alert(LOG_signatures_refused, gateway,
              "if the gateway's dashboard shows failed deliveries, its signing secret was changed: "
              "put the new one into secrets (beside the old one) and reload; else somebody tries "
              "forgeries, which do no harm",
              "gateway=%s reason=%s", gateway, reason);
    }
}

void trouble_counts(const struct ledger_counts *counts)
{
    static uint64_t unsettled, held, dead;
    if (counts->unsettled > unsettled)
        alert(LOG_payments_unsettled, "",
              "usher payment list --unsettled, then settle or dismiss each", "count=%" PRIu64,
              counts->unsettled);
    if (counts->deliveries[STAGE_HELD] > held)
        alert(LOG_removals_held, "",
              "more removals in an hour than community.removals_per_hour: usher queue list --state "
              "held, and if they are right, usher queue release held",
              "count=%" PRIu64, counts->deliveries[STAGE_HELD]);
    if (counts->deliveries[STAGE_DEAD] > dead)
        alert(LOG_deliveries_dead, "",
              "usher queue list --state dead shows why; mend that, then usher queue release dead",
              "count=%" PRIu64, counts->deliveries[STAGE_DEAD]);
    unsettled = counts->unsettled;
    held = counts->deliveries[STAGE_HELD];
    dead = counts->deliveries[STAGE_DEAD];
}

void trouble_disk(const char *data_dir, uint64_t now_ms)
{
    static uint64_t looked_ms;
    struct statvfs disk;
    if ((looked_ms != 0 && now_ms - looked_ms < DISK_MS) || statvfs(data_dir, &disk) != 0)
        return;
    looked_ms = now_ms;
    uint64_t free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
    uint64_t all = (uint64_t)disk.f_blocks * disk.f_frsize;
    metric_set(metric_series(METRIC_usher_disk_free_bytes, NULL, NULL), (int64_t)free_bytes);
    if (free_bytes < all / 100 * DISK_PERCENT || free_bytes < DISK_BYTES_SPARE)
        alert(
            LOG_disk_low, "",
            "make room on the disk of data_dir, or let journal.keep and journal.archive_keep drop "
            "what is old; when it is full, payments are answered 503",
            "data_dir=%s free_mib=%" PRIu64 " of_mib=%" PRIu64, data_dir, free_bytes >> 20,
            all >> 20);
}
