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
/* The first callback button with this data, or, when data is absent, the first button whose text
 * holds `text`. What it does: its callback_data and its url, absent when it has none; owned by the
 * caller, who frees them. False: there is no such button. */
bool keyboard_find(const char *markup, struct slice data, struct slice text, char **callback_data,
                   char **url);

#endif
