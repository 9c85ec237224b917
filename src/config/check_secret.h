/* What a gateway's signing secret is not, though it reads as one: another key of the same provider,
 * or a secret with what stood around it. */
#ifndef USHER_CONFIG_CHECK_SECRET_H
#define USHER_CONFIG_CHECK_SECRET_H

#include "config/reader.h"

/* scope is the gateway's; secret is the item index of its list secrets. */
void check_secret(const struct scope *scope, size_t index, struct slice secret);

#endif
