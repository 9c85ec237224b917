#include "actors/trouble.h"

#include "base/alert.h"
#include "base/metrics.h"

enum { SAID_BYTES_MAX = 300 };

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
