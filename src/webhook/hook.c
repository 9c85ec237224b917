#include "webhook/hook.h"

#include "base/assert.h"

#include <stdio.h>

static bool wants(const struct hook *hook);
static void pass(struct hook *hook);
static void forget(struct hook *hook);
static uint64_t pause_ms(struct hook *hook);

enum error hook_init(struct hook *hook, const struct config_webhook *config, uint64_t seed)
{
    *hook = (struct hook){.config = config, .prng = {seed}};
    buf_init(&hook->items, HOOK_ITEMS_MAX);
    buf_init(&hook->body, HOOK_BODY_MAX);
    hook->key = webhook_key(slice_from(config->secret));
    return hook->key == NULL ? ERROR_MEMORY : ERROR_NONE;
}

void hook_deinit(struct hook *hook)
{
    if (hook->key != NULL)
        hmac_destroy(&hook->key);
    buf_deinit(&hook->items);
    buf_deinit(&hook->body);
}

void hook_place(struct hook *hook, uint64_t position)
{
    ASSERT(!hook->placed);
    hook->cursor.position = position;
    hook->placed = true;
}

bool hook_hungry(const struct hook *hook)
{
    return hook->placed && !hook->busy && hook->at == hook->items.len;
}

enum error hook_feed(struct hook *hook, struct slice items, uint64_t upto)
{
    ASSERT(hook_hungry(hook) && upto >= hook->cursor.position);
    forget(hook);
    if (!hook->cursor.disabled)
        buf_append_slice(&hook->items, items);
    if (hook->items.failed) {
        forget(hook);
        return ERROR_MEMORY;
    }
    hook->upto = upto;
    if (hook->items.len == 0)
        hook->cursor.position = upto;
    return ERROR_NONE;
}

bool hook_next(struct hook *hook, uint64_t mono_ms)
{
    if (hook->busy || mono_ms < hook->try_ms)
        return false;
    while (hook->at < hook->items.len) {
        struct slice rest = slice_of(hook->items.data + hook->at, hook->items.len - hook->at);
        struct message message;
        if (wire_decode(&rest, &message, NULL) != ERROR_NONE ||
            message.kind != MESSAGE_news_item) { /* not ours to mend: the rest is asked for again */
            forget(hook);
            hook->try_ms = mono_ms + HOOK_FIRST_MS;
            return false;
        }
        const struct message_news_item *item = &message.news_item;
        hook->next = hook->items.len - rest.len;
        /* What came before this command is done with. */
        if (item->sequence > 0 && item->sequence - 1 > hook->cursor.position)
            hook->cursor.position = item->sequence - 1;
        if (webhook_event(item, hook->fact, hook->name) && wants(hook)) {
            buf_clear(&hook->body);
            webhook_id(item, hook->id);
            hook->busy = webhook_body(item, hook->fact, hook->name, &hook->body) == ERROR_NONE;
            if (!hook->busy)
                hook->try_ms = mono_ms + HOOK_FIRST_MS;
            return hook->busy;
        }
        pass(hook);
    }
    return false;
}

uint64_t hook_try_at(const struct hook *hook)
{
    return hook->busy || hook->at == hook->items.len ? UINT64_MAX : hook->try_ms;
}

enum hook_result hook_done(struct hook *hook, unsigned status, const char *error, uint64_t mono_ms,
                           uint64_t wall_ms)
{
    ASSERT(hook->busy);
    hook->busy = false;
    if (hook->stale) {
        hook->stale = false;
        forget(hook);
        return HOOK_STALE;
    }
    if (status >= 200 && status < 300) {
        hook->failures = 0;
        hook->try_ms = 0;
        hook->error[0] = '\0';
        hook->cursor.failing_since_ms = 0;
        pass(hook);
        return HOOK_SENT;
    }
    if (status != 0)
        snprintf(hook->error, sizeof hook->error, "answered %u", status);
    else
        snprintf(hook->error, sizeof hook->error, "%s", error);
    if (hook->cursor.failing_since_ms == 0)
        hook->cursor.failing_since_ms = wall_ms;
    if (status == 410 || wall_ms >= hook->cursor.failing_since_ms + hook->config->give_up_ms) {
        hook->cursor.disabled = true;
        forget(hook);
        return HOOK_DISABLED;
    }
    hook->failures++;
    hook->try_ms = mono_ms + pause_ms(hook);
    return HOOK_AGAIN;
}

void hook_replay(struct hook *hook, uint64_t position)
{
    hook->placed = true;
    hook->stale = hook->busy;
    hook->cursor.position = position;
    hook->cursor.disabled = false;
    hook->cursor.failing_since_ms = 0;
    hook->failures = 0;
    hook->try_ms = 0;
    if (!hook->busy)
        forget(hook);
}

static bool wants(const struct hook *hook)
{
    for (size_t i = 0; i < hook->config->event_count; i++)
        if (event_matches(hook->config->events[i], hook->name))
            return true;
    return false;
}

static void pass(struct hook *hook)
{
    hook->at = hook->next;
    if (hook->at == hook->items.len)
        hook->cursor.position = hook->upto;
}

static void forget(struct hook *hook)
{
    buf_clear(&hook->items);
    hook->at = 0;
}

/* Twice as long each time, a quarter more or less so that many do not come back at once. */
static uint64_t pause_ms(struct hook *hook)
{
    uint64_t pause = HOOK_FIRST_MS;
    for (uint32_t i = 1; i < hook->failures && pause < HOOK_LONGEST_MS; i++)
        pause *= 2;
    pause = pause < HOOK_LONGEST_MS ? pause : HOOK_LONGEST_MS;
    return pause - pause / 4 + prng_below(&hook->prng, pause / 2);
}
