/* reply_markup as the Bot API checks it. */
#ifndef SIM_KEYBOARD_H
#define SIM_KEYBOARD_H

#include "world.h"

enum { BUTTONS_MAX = 100, CALLBACK_DATA_BYTES_MAX = 64, COPY_TEXT_CHARS_MAX = 256 };

/* False: description says what is wrong. Only inline keyboards are looked into. A button must have
 * exactly one action; the real server takes the first in silence. */
bool keyboard_check(const cJSON *markup, char *description, size_t description_size);
/* The inline keyboard as compact JSON for the message, NULL when there is none; owned by the
 * caller. */
char *keyboard_text(const cJSON *markup);
/* Is there a callback button with this data? */
bool keyboard_has_data(const char *markup, struct slice data);

#endif
