/* Alerts in a Telegram chat: the sentences of base/alert.h, once each, through the ledger like
 * everything that goes out. Whoever runs usher's process puts them here (desk/alerts.h); an
 * operator may, to see that they arrive. */
#ifndef USHER_MODULES_ALERTS_H
#define USHER_MODULES_ALERTS_H

#define MODULE_DEF  "modules/alerts/alerts.def"
#define MODULE_SELF MODULE_alerts
#include "ledger/declare.h"

extern const struct config_module alerts_config;

#endif
