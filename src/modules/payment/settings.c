#include "modules/payment/settings.h"

#include "config/module.h"

static const struct section sections[] = {{"the configuration", NULL, 0, NULL},
                                          {NULL, NULL, 0, NULL}};

const struct config_module config_of_payment = {
    .size = 1, .sections = sections, .catalog = payment_catalog};
