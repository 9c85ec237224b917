#include "config/links.h"

enum endpoints { ENDPOINTS_ONE, ENDPOINTS_ANY, ENDPOINTS_LANE };

const char *const link_names[LINK_COUNT] = {
#define LINK(name, bound, endpoints, hwm) [LINK_##name] = #name,
    LINK_LIST(LINK)
#undef LINK
};

static const enum endpoints endpoints_of[LINK_COUNT] = {
#define LINK(name, bound, endpoints, hwm) [LINK_##name] = ENDPOINTS_##endpoints,
    LINK_LIST(LINK)
#undef LINK
};

size_t links_wanted(enum link link, const struct config *config)
{
    return endpoints_of[link] == ENDPOINTS_LANE  ? config_lane_count(config)
           : endpoints_of[link] == ENDPOINTS_ANY ? 0
                                                 : 1;
}

bool links_find(struct slice name, enum link *out)
{
    for (size_t i = 0; i < LINK_COUNT; i++) {
        if (slice_is(name, link_names[i])) {
            *out = (enum link)i;
            return true;
        }
    }
    return false;
}

bool links_networked(const struct config *config)
{
    for (size_t i = 0; i < config->link_count; i++)
        for (size_t j = 0; j < config->links[i].endpoint_count; j++)
            if (strncmp(config->links[i].endpoints[j], "tcp://", 6) == 0)
                return true;
    return false;
}
