/* What may be asked of usher's modules, as their tables say it, without the ledger's inside. */
#ifndef USHER_TESTS_SIM_MODULES_H
#define USHER_TESTS_SIM_MODULES_H

#include "ledger/module.h"

#define MODULE_DEF  "ledger/facts.def"
#define MODULE_SELF MODULE_core
#include "ledger/declare.h"
#define MODULE_DEF  "modules/access/access.def"
#define MODULE_SELF MODULE_access
#include "ledger/declare.h"
#define MODULE_DEF  "modules/payment/payment.def"
#define MODULE_SELF MODULE_payment
#include "ledger/declare.h"
#define MODULE_DEF  "modules/order/order.def"
#define MODULE_SELF MODULE_order
#include "ledger/declare.h"
#define MODULE_DEF  "modules/coupon/coupon.def"
#define MODULE_SELF MODULE_coupon
#include "ledger/declare.h"
#define MODULE_DEF  "modules/points/points.def"
#define MODULE_SELF MODULE_points
#include "ledger/declare.h"
#define MODULE_DEF  "modules/checkin/checkin.def"
#define MODULE_SELF MODULE_checkin
#include "ledger/declare.h"
#define MODULE_DEF  "modules/ticket/ticket.def"
#define MODULE_SELF MODULE_ticket
#include "ledger/declare.h"
#define MODULE_DEF  "modules/renewal/renewal.def"
#define MODULE_SELF MODULE_renewal
#include "ledger/declare.h"

#endif
