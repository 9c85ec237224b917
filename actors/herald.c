#include "actors/herald.h"

#include "base/alert.h"
#include "base/log.h"
#include "desk/alerts.h"

enum { OUT_BYTES_MAX = 262144, COMMAND_BYTES_MAX = 16384 };

enum error herald_open(struct herald *herald, struct topology *topology, struct why *why)
{
    buf_init(&herald->command, COMMAND_BYTES_MAX);
    enum error error =
        outlet_open(&herald->commands, topology, LINK_commands, 0, OUT_BYTES_MAX, why);
    herald->open = error == ERROR_NONE;
    return error;
}

void herald_close(struct herald *herald)
{
    if (herald->open)
        outlet_deinit(&herald->commands);
    buf_deinit(&herald->command);
    herald->open = false;
}

void herald_turn(struct herald *herald, const struct config *config)
{
    char text[ALERT_TEXT_BYTES];

    while (outlet_has_room(&herald->commands) && alert_take(text)) {
        if (config->alerts_chat == 0)
            continue;
        buf_clear(&herald->command);
        bool fits = alerts_command(slice_from(text), &herald->command);
        const struct message message = {.kind = MESSAGE_command,
                                        .command = {.ack_type = SLICE(""),
                                                    .ack = SLICE(""),
                                                    .body = buf_slice(&herald->command)}};
        if (!fits || !outlet_put(&herald->commands, &message))
            log_event(LOG_command_lost, "kind=cmd_act actor=herald");
    }
    outlet_flush(&herald->commands);
}
