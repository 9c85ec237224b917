/* Which of the configuration's lanes are mail servers. */
#include "config/module.h"
#include "modules/mail/mail.h"

static void put_lanes(const struct config *config, const void *own, struct buf *rows);

static const struct section sections[] = {{"the configuration", NULL, 0, NULL},
                                          {NULL, NULL, 0, NULL}};

const struct config_module mail_config = {.size = 1, .sections = sections, .catalog = put_lanes};

static void put_lanes(const struct config *config, const void *own, struct buf *rows)
{
    (void)own;
    for (size_t i = 0; i < config_lane_count(config); i++) {
        struct config_lane lane = config_lane(config, i);
        const struct mail_lane row = {.name = slice_from(strchr(lane.name.text, ':') + 1)};
        if (lane.carrier == CARRIER_SMTP)
            shape_encode(rows, shape_mail_lane(), &row);
    }
}
