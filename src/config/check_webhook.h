/* Which events a webhook may name. */
#ifndef USHER_CONFIG_CHECK_WEBHOOK_H
#define USHER_CONFIG_CHECK_WEBHOOK_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* A pattern that means an event (wire/event_name.h). Otherwise expected says what there is: events
 * of the same group when the group exists, else the groups, and what may have been meant. */
bool webhook_event_is(struct slice text, char *expected, size_t size);

/* The key of a secret, "whsec_" and 24 to 64 bytes in base64; false when it is none. */
enum { WEBHOOK_KEY_MAX = 64 };
bool webhook_secret_key(struct slice secret, uint8_t out[WEBHOOK_KEY_MAX], size_t *len);

#endif
