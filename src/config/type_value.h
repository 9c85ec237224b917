/* Scalars that become numbers, choices, money and references. See schema.h for what each type
 * fills. */
#ifndef USHER_CONFIG_TYPE_VALUE_H
#define USHER_CONFIG_TYPE_VALUE_H

#include "config/types.h"

type_read_fn type_number, type_size, type_duration, type_percent, type_hours, type_switch,
    type_choice, type_chat_id, type_person, type_listen, type_separator, type_currency, type_amount,
    type_period, type_reference;

#endif
