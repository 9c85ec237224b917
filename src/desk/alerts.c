#include "desk/alerts.h"

#include "desk/act.h"

bool alerts_command(struct slice text, struct buf *out)
{
    const struct act_field field = {"text", text};
    return act_command("alert_raise", &field, 1, out);
}
