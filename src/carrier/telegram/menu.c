#include "carrier/telegram/menu.h"

#include "base/assert.h"
#include "base/json.h"

#include <string.h>

enum { AGAIN_MS = 60000, ANSWER_BYTES_MAX = 1 << 20, ANSWER_DEPTH_MAX = 16 };

static bool is_same(struct slice body, struct slice commands);

void menu_init(struct menu *menu)
{
    memset(menu, 0, sizeof(*menu));
}

void menu_deinit(struct menu *menu)
{
    for (size_t i = 0; i < menu->count; i++)
        buf_deinit(&menu->lists[i].commands);
    menu->count = 0;
}

struct buf *menu_add(struct menu *menu, const char *language_code)
{
    ASSERT(menu->count < MENU_LISTS_MAX);
    struct menu_list *list = &menu->lists[menu->count++];
    list->language_code = language_code;
    buf_init(&list->commands, MENU_BYTES_MAX);
    return &list->commands;
}

void menu_restart(struct menu *menu)
{
    menu->at = 0;
    menu->set = false;
    menu->not_before_ms = 0;
}

void menu_command(struct buf *commands, const char *name, const char *description)
{
    buf_append_text(commands, commands->len == 0 ? "" : ",");
    buf_append_text(commands, "{\"command\":");
    json_append_string(commands, slice_from(name));
    buf_append_text(commands, ",\"description\":");
    json_append_string(commands, slice_from(description));
    buf_append_text(commands, "}");
}

bool menu_next(struct menu *menu, uint64_t now_ms, const char **method, struct buf *params)
{
    if (menu->under_way || menu->at == menu->count || now_ms < menu->not_before_ms)
        return false;
    const struct menu_list *list = &menu->lists[menu->at];
    *method = menu->set ? "setMyCommands" : "getMyCommands";
    buf_append_text(params, "{\"language_code\":");
    json_append_string(params, slice_from(list->language_code));
    if (menu->set) {
        buf_append_text(params, ",\"commands\":[");
        buf_append_slice(params, buf_slice(&list->commands));
        buf_append_text(params, "]");
    }
    buf_append_text(params, "}");
    menu->under_way = true;
    return true;
}

void menu_answered(struct menu *menu, uint64_t now_ms, bool ok, bool again, struct slice body)
{
    bool asked = !menu->set;
    menu->under_way = false;
    if (menu->at == menu->count)
        return; /* begun anew meanwhile, with fewer lists */
    if (!ok && again) {
        menu->not_before_ms = now_ms + AGAIN_MS;
    } else if (!ok) {
        menu->at = menu->count;
    } else if (asked && !is_same(body, buf_slice(&menu->lists[menu->at].commands))) {
        menu->set = true;
    } else {
        menu->set = false;
        menu->at++;
    }
}

/* Is the answer to getMyCommands this list? */
static bool is_same(struct slice body, struct slice commands)
{
    cJSON *root;
    struct buf is;
    bool complete = true;
    if (json_parse(body, ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX, &root, NULL) != ERROR_NONE)
        return false;
    buf_init(&is, MENU_BYTES_MAX);
    const cJSON *item;
    cJSON_ArrayForEach(item, json_member(root, "result"))
    {
        const cJSON *name = json_member(item, "command");
        const cJSON *text = json_member(item, "description");
        complete = complete && cJSON_IsString(name) && cJSON_IsString(text);
        if (complete)
            menu_command(&is, name->valuestring, text->valuestring);
    }
    bool same = complete && !is.failed && slice_equal(buf_slice(&is), commands);
    buf_deinit(&is);
    json_free(&root);
    return same;
}
