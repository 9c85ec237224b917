#include "config/config.h"

#include "base/assert.h"
#include "config/web.h"

enum {
    IN_FLIGHT_MIN = 16,
    IN_FLIGHT_MAX = 512,
    IN_FLIGHT_S = 10 /* how long a slow server may take without slowing us down */
};

static struct config_lane lane_of_a_bot(const struct config_bot *bot);
static struct config_lane lane_of_a_service(const struct config_service *service);
static uint32_t in_flight(uint32_t per_second);

size_t config_lane_count(const struct config *config)
{
    return config->bot_count + config->service_count;
}

struct config_lane config_lane(const struct config *config, size_t index)
{
    ASSERT(index < config_lane_count(config));
    if (index < config->bot_count)
        return lane_of_a_bot(&config->bots[index]);
    return lane_of_a_service(&config->services[index - config->bot_count]);
}

bool config_lane_find(const struct config *config, struct slice name, size_t *index)
{
    for (size_t i = 0; i < config_lane_count(config); i++) {
        if (slice_is(name, config_lane(config, i).name.text)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static struct config_lane lane_of_a_bot(const struct config_bot *bot)
{
    return (struct config_lane){.name = lane_of_bot(slice_from(bot->name)),
                                .carrier = CARRIER_TELEGRAM,
                                .url = bot->api_url,
                                .secret = bot->token,
                                .per_second = bot->per_second,
                                .per_chat_per_second = bot->per_chat_per_second,
                                .per_group_per_minute = bot->per_group_per_minute,
                                .concurrency = in_flight(bot->per_second)};
}

/* It knows no chats: the limits of these are never spent. What stays on this machine needs no TLS.
 */
static struct config_lane lane_of_a_service(const struct config_service *service)
{
    bool mail = web_is_mail(slice_from(service->url));
    const char *secret = mail ? service->password : service->header;
    return (struct config_lane){.name = lane_of(mail ? "smtp" : "http", slice_from(service->name)),
                                .carrier = mail ? CARRIER_SMTP : CARRIER_HTTP,
                                .url = service->url,
                                .secret = secret == NULL ? "" : secret,
                                .user = service->user,
                                .from = service->from,
                                .tls = mail && !web_is_loopback(slice_from(service->url)),
                                .per_second = service->per_second,
                                .per_chat_per_second = 1,
                                .per_group_per_minute = 1,
                                .concurrency = service->concurrency};
}

static uint32_t in_flight(uint32_t per_second)
{
    uint32_t most =
        per_second < IN_FLIGHT_MAX / IN_FLIGHT_S ? per_second * IN_FLIGHT_S : IN_FLIGHT_MAX;
    return most < IN_FLIGHT_MIN ? IN_FLIGHT_MIN : most;
}
