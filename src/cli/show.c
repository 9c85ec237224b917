#include "cli/show.h"

#include "cli/table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 12, TITLE_SIZE = 48 };

static void show_member(struct buf *out, const cJSON *member);
static void show_list(struct buf *out, const cJSON *list);
static bool plain(const cJSON *value);

void show_answer(struct buf *out, const cJSON *answer)
{
    /* Lists stand below what is said in a line, each under its name. */
    for (const cJSON *member = answer == NULL ? NULL : answer->child; member != NULL;
         member = member->next)
        if (!cJSON_IsArray(member) || plain(member->child) || member->child == NULL)
            show_member(out, member);
    for (const cJSON *member = answer == NULL ? NULL : answer->child; member != NULL;
         member = member->next) {
        if (!cJSON_IsArray(member) || plain(member->child) || member->child == NULL)
            continue;
        buf_printf(out, "%s%s:\n", out->len == 0 ? "" : "\n", member->string);
        show_list(out, member);
    }
}

static void show_member(struct buf *out, const cJSON *member)
{
    buf_printf(out, "%-20s ", member->string);
    if (plain(member)) {
        table_value(out, member);
    } else if (cJSON_IsArray(member)) {
        for (const cJSON *item = member->child; item != NULL; item = item->next) {
            if (item != member->child)
                buf_append_text(out, ", ");
            table_value(out, item);
        }
    } else {
        const char *between = "";
        for (const cJSON *item = member->child; item != NULL; item = item->next) {
            buf_printf(out, "%s%s ", between, item->string);
            table_value(out, item);
            between = ", ";
        }
    }
    buf_append_text(out, "\n");
}

/* The columns are the plain members of its first things. */
static void show_list(struct buf *out, const cJSON *list)
{
    struct column columns[COLUMNS + 1] = {{0}};
    char titles[COLUMNS][TITLE_SIZE];
    size_t count = 0;
    for (const cJSON *item = list->child; item != NULL && count == 0; item = item->next) {
        for (const cJSON *member = item->child; member != NULL && count < COLUMNS;
             member = member->next) {
            if (!plain(member) || strlen(member->string) >= TITLE_SIZE)
                continue;
            for (size_t i = 0; i <= strlen(member->string); i++)
                titles[count][i] = (char)toupper((unsigned char)member->string[i]);
            columns[count] = (struct column){titles[count], member->string};
            count++;
        }
    }
    table_print(out, list, columns);
}

static bool plain(const cJSON *value)
{
    return !cJSON_IsArray(value) && !cJSON_IsObject(value);
}
