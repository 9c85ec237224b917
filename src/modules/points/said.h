/* Inside the module: the word /points, and what is said to it. */
#ifndef USHER_MODULES_POINTS_SAID_H
#define USHER_MODULES_POINTS_SAID_H

#include "ledger/module.h"

void said_points(struct ledger *ledger, const struct message_cmd_said *said);
extern const struct say_row points_says[];

#endif
