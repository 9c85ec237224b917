#include "base/alert.h"

#include "base/assert.h"
#include "base/clean.h"
#include "base/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

enum { LINE_BYTES_MAX = 800 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct alert_table said; /* under lock, as are the texts: a ring */
static char texts[ALERT_TEXTS_MAX][ALERT_TEXT_BYTES];
static size_t first_text, text_count;

static void keep(const char *event, const char *line, const char *remedy);

void alert(enum log_event event, const char *thing, const char *remedy, const char *format, ...)
{
    char line[LINE_BYTES_MAX];
    char more[48] = "";
    uint64_t left_out;
    va_list args;

    ASSERT(pthread_mutex_lock(&lock) == 0);
    bool due = alert_due(&said, event, thing, clock_mono_ms(), &left_out);
    ASSERT(pthread_mutex_unlock(&lock) == 0);
    if (!due)
        return;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (left_out > 0)
        snprintf(more, sizeof(more), " left_out=%llu", (unsigned long long)left_out);
    log_event(event, "%s%s remedy=\"%s\"", line, more, remedy);
    keep(log_event_name(event), line, remedy);
}

static void keep(const char *event, const char *line, const char *remedy)
{
    char whole[LINE_BYTES_MAX + 600];
    snprintf(whole, sizeof(whole), "%s %s\n%s", event, line, remedy);
    ASSERT(pthread_mutex_lock(&lock) == 0);
    char *text = texts[(first_text + text_count) % ALERT_TEXTS_MAX];
    clean_lines(text, ALERT_TEXT_BYTES, slice_from(whole));
    if (text_count == ALERT_TEXTS_MAX)
        first_text = (first_text + 1) % ALERT_TEXTS_MAX;
    else
        text_count++;
    ASSERT(pthread_mutex_unlock(&lock) == 0);
}

bool alert_take(char out[ALERT_TEXT_BYTES])
{
    ASSERT(pthread_mutex_lock(&lock) == 0);
    bool there = text_count > 0;
    if (there) {
        memcpy(out, texts[first_text], ALERT_TEXT_BYTES);
        first_text = (first_text + 1) % ALERT_TEXTS_MAX;
        text_count--;
    }
    ASSERT(pthread_mutex_unlock(&lock) == 0);
    return there;
}

bool alert_due(struct alert_table *table, enum log_event event, const char *thing, uint64_t now_ms,
               uint64_t *left_out)
{
    char name[ALERT_THING_BYTES];
    struct alert_row *row = NULL;
    struct alert_row *victim = &table->rows[0];

    snprintf(name, sizeof(name), "%s", thing[0] == '\0' ? "-" : thing);
    *left_out = 0;
    for (size_t i = 0; i < ALERT_THINGS_MAX && row == NULL; i++) {
        struct alert_row *at = &table->rows[i];
        if (at->thing[0] != '\0' && at->event == event && strcmp(at->thing, name) == 0)
            row = at;
        else if (victim->thing[0] != '\0' &&
                 (at->thing[0] == '\0' || at->said_ms < victim->said_ms))
            victim = at;
    }
    if (row != NULL && now_ms < row->said_ms + ALERT_EVERY_MS) {
        row->left_out++;
        return false;
    }
    if (row == NULL) {
        row = victim;
        *row = (struct alert_row){.event = event};
        memcpy(row->thing, name, sizeof(name));
    }
    *left_out = row->left_out;
    row->left_out = 0;
    row->said_ms = now_ms;
    return true;
}
