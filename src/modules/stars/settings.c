/* Which of the configuration's gateways are paid in Stars. */
#include "config/module.h"
#include "modules/stars/stars.h"

static void put_gateways(const struct config *config, const void *own, struct buf *rows);

static const struct section sections[] = {{"the configuration", NULL, 0, NULL},
                                          {NULL, NULL, 0, NULL}};

const struct config_module stars_config = {
    .size = 1, .sections = sections, .catalog = put_gateways};

static void put_gateways(const struct config *config, const void *own, struct buf *rows)
{
    (void)own;
    for (size_t i = 0; i < config->gateway_count; i++) {
        const struct config_gateway *gateway = &config->gateways[i];
        if (gateway->kind != GATEWAY_STARS)
            continue;
        const struct star_gateway row = {slice_from(gateway->name), slice_from(gateway->bot->name)};
        shape_encode(rows, shape_star_gateway(), &row);
    }
}
