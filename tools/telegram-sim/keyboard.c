#include "keyboard.h"

#include "base/json.h"
#include "base/utf8.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char *const actions[] = {"url",
                                      "callback_data",
                                      "web_app",
                                      "login_url",
                                      "switch_inline_query",
                                      "switch_inline_query_current_chat",
                                      "switch_inline_query_chosen_chat",
                                      "copy_text",
                                      "callback_game",
                                      "pay"};

static bool button_check(const cJSON *button, char *description, size_t size);
static bool action_check(const cJSON *button, const char *action, char *description, size_t size);
static bool url_check(struct slice url);
static bool refuse(char *description, size_t size, const char *words);

bool keyboard_check(const cJSON *markup, char *description, size_t description_size)
{
    const cJSON *rows = json_member(markup, "inline_keyboard");
    if (!rows)
        return true;
    if (!cJSON_IsArray(rows))
        return refuse(description, description_size,
                      "field \"inline_keyboard\" must be of type Array");
    size_t count = 0;
    for (const cJSON *row = rows->child; row; row = row->next) {
        if (!cJSON_IsArray(row))
            return refuse(description, description_size,
                          "field \"inline_keyboard\" of the InlineKeyboardMarkup must be an Array "
                          "of Arrays");
        for (const cJSON *button = row->child; button; button = button->next) {
            if (!button_check(button, description, description_size))
                return false;
            count++;
        }
    }
    if (count > BUTTONS_MAX)
        return refuse(description, description_size, "reply markup is too long");
    return true;
}

char *keyboard_text(const cJSON *markup)
{
    const cJSON *rows = json_member(markup, "inline_keyboard");
    if (!rows || !rows->child)
        return NULL;
    char *printed = cJSON_PrintUnformatted(rows);
    if (!printed)
        return NULL;
    struct slice text = slice_from(printed);
    char *whole = memory_new(text.len + 32, 1);
    snprintf(whole, text.len + 32, "{\"inline_keyboard\":%s}", printed);
    cJSON_free(printed);
    return whole;
}

bool keyboard_find(const char *markup, struct slice data, struct slice text, char **callback_data,
                   char **url)
{
    cJSON *root = NULL;
    const cJSON *found = NULL;
    if (!markup || json_parse(slice_from(markup), 1 << 20, 32, &root, NULL))
        return false;
    const cJSON *rows = json_member(root, "inline_keyboard");
    for (const cJSON *row = rows->child; row && !found; row = row->next)
        for (const cJSON *button = row->child; button && !found; button = button->next) {
            struct slice label = json_string(json_member(button, "text"));
            bool match = data.len
                             ? slice_equal(json_string(json_member(button, "callback_data")), data)
                             : text.len && memmem(label.data, label.len, text.data, text.len);
            found = match ? button : NULL;
        }
    struct slice pressed = json_string(json_member(found, "callback_data"));
    struct slice address = json_string(json_member(found, "url"));
    *callback_data = found && pressed.data ? memory_text(pressed) : NULL;
    *url = found && address.data ? memory_text(address) : NULL;
    json_free(&root);
    return found;
}

static bool button_check(const cJSON *button, char *description, size_t size)
{
    if (!cJSON_IsObject(button))
        return refuse(description, size,
                      "can't parse inline keyboard button: InlineKeyboardButton must be an Object");
    const cJSON *text = json_member(button, "text");
    if (!text)
        return refuse(description, size,
                      "can't parse inline keyboard button: Can't find field \"text\"");
    if (!cJSON_IsString(text))
        return refuse(description, size,
                      "can't parse inline keyboard button: Field \"text\" must be of type String");
    if (!json_string(text).len)
        return refuse(description, size, "inline keyboard button text must be non-empty");
    const char *action = NULL;
    for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
        if (!json_member(button, actions[i]))
            continue;
        if (action)
            return refuse(description, size,
                          "can't parse inline keyboard button: exactly one action is allowed");
        action = actions[i];
    }
    if (!action)
        return refuse(
            description, size,
            "can't parse inline keyboard button: Text buttons are unallowed in the inline "
            "keyboard");
    return action_check(button, action, description, size);
}

static bool action_check(const cJSON *button, const char *action, char *description, size_t size)
{
    const cJSON *value = json_member(button, action);
    struct slice text = json_string(value);
    if (strcmp(action, "url") == 0) {
        if (url_check(text))
            return true;
        snprintf(description, size,
                 "Bad Request: inline keyboard button URL '%.100s' is invalid: Wrong HTTP URL",
                 text.data ? text.data : "");
        return false;
    }
    if (strcmp(action, "callback_data") == 0 && (!text.len || text.len > CALLBACK_DATA_BYTES_MAX))
        return refuse(description, size, "BUTTON_DATA_INVALID");
    if (strcmp(action, "copy_text") == 0) {
        size_t len = utf8_utf16_length(json_string(json_member(value, "text")));
        if (!len || len > COPY_TEXT_CHARS_MAX)
            return refuse(description, size, "BUTTON_COPY_TEXT_INVALID");
    }
    return true;
}

/* http, https, tg or ton, and a host with a dot where there is a host: the server refuses
 * localhost. */
static bool url_check(struct slice url)
{
    static const char *const schemes[] = {"http://", "https://", "tg://", "ton://"};
    size_t scheme = 0;
    if (!url.len || !slice_is_text(url) || memchr(url.data, ' ', url.len))
        return false;
    while (scheme < 4 && strncasecmp(url.data, schemes[scheme], strlen(schemes[scheme])) != 0)
        scheme++;
    if (scheme >= 2)
        return scheme < 4;
    size_t at = strlen(schemes[scheme]);
    size_t end = at;
    while (end < url.len && !strchr("/?#:", url.data[end]))
        end++;
    return memchr(url.data + at, '.', end - at) && url.data[at] != '.' && url.data[end - 1] != '.';
}

static bool refuse(char *description, size_t size, const char *words)
{
    snprintf(description, size, "Bad Request: %s", words);
    return false;
}
