#include "ledger/words.h"

#include "base/assert.h"
#include "ledger/ledger.h"
#include "ledger/registry.h"

#include <stdio.h>
#include <strings.h>

static bool say(struct slice text, bool group, struct word *out);
static bool press(struct slice data, struct word *out);
static bool begins_with(struct slice text, const char *word, struct slice *arg);
static void follow_link(struct word *word);
static size_t blank(struct slice text);
static bool until_colon(struct slice *rest, struct slice *out);

const struct words module_words = {say, press};

const struct intent_row *intent_find(unsigned number, struct slice verb)
{
    const struct module *module = registry_module(number);
    for (const struct intent_row *intent = module == NULL ? NULL : module->intents;
         intent != NULL && intent->verb != NULL; intent++)
        if (slice_is(verb, intent->verb))
            return intent;
    return NULL;
}

bool said_data(unsigned number, const char *verb, struct slice arg, char out[SAID_DATA_SIZE])
{
    const struct module *module = registry_module(number);
    ASSERT(module != NULL);
    int n = snprintf(out, SAID_DATA_SIZE, "%s:%s:%.*s", module->name, verb, SLICE_ARG(arg));
    if (n < 0 || n >= SAID_DATA_SIZE)
        out[0] = 0;
    return out[0] != 0;
}

struct slice refusal_text(struct slice result, unsigned language)
{
    for (const struct module *const *module = registry_modules(); *module != NULL; module++)
        for (const struct refusal_row *row = (*module)->refusals; row != NULL && row->result != 0;
             row++)
            if (slice_is(result, result_name(row->result)))
                return slice_from(row->text[language]);
    return result;
}

bool menu_command_next(size_t *at, unsigned language, const char **name, const char **text)
{
    size_t n = 0;
    for (const struct module *const *module = registry_modules(); *module != NULL; module++) {
        for (const struct intent_row *intent = (*module)->intents;
             intent != NULL && intent->verb != NULL; intent++) {
            if (intent->menu[language] == NULL || intent->words == NULL ||
                intent->words[0][0] != '/' || n++ < *at)
                continue;
            *at = n;
            *name = intent->words[0] + 1;
            *text = intent->menu[language];
            return true;
        }
    }
    return false;
}

static bool say(struct slice text, bool group, struct word *out)
{
    size_t longest = 0;
    text = words_trim(text);
    for (const struct module *const *module = registry_modules(); *module != NULL; module++) {
        for (const struct intent_row *intent = (*module)->intents;
             intent != NULL && intent->verb != NULL; intent++) {
            if (group && !intent->in_groups)
                continue;
            for (const char *const *word = intent->words; word != NULL && *word != NULL; word++) {
                struct slice arg;
                if (strlen(*word) <= longest || !begins_with(text, *word, &arg))
                    continue;
                longest = strlen(*word);
                *out = (struct word){(*module)->number, intent->verb, arg};
            }
        }
    }
    if (longest > 0 && strcmp(out->verb, "start") == 0)
        follow_link(out);
    return longest > 0;
}

/* A link may say behind where it leads where it stood: "p_core--u_youtube". That is for the figures
 * (member.payload) and no part of the argument. */
static struct slice without_source(struct slice arg)
{
    static const char mark[] = "--u_";
    const char *at = arg.len == 0 ? NULL : memmem(arg.data, arg.len, mark, sizeof mark - 1);
    return at == NULL ? arg : slice_of(arg.data, (size_t)(at - arg.data));
}

static void follow_link(struct word *word)
{
    for (const struct module *const *module = registry_modules(); *module != NULL; module++) {
        for (const struct intent_row *intent = (*module)->intents;
             intent != NULL && intent->verb != NULL; intent++) {
            size_t len = intent->payload == NULL ? 0 : strlen(intent->payload);
            if (len == 0 || word->arg.len < len ||
                memcmp(word->arg.data, intent->payload, len) != 0)
                continue;
            *word =
                (struct word){(*module)->number, intent->verb,
                              without_source(slice_of(word->arg.data + len, word->arg.len - len))};
            return;
        }
    }
}

static bool press(struct slice data, struct word *out)
{
    struct slice rest = data;
    struct slice name, verb;
    if (!until_colon(&rest, &name) || !until_colon(&rest, &verb))
        return false;
    for (const struct module *const *module = registry_modules(); *module != NULL; module++) {
        if (!slice_is(name, (*module)->name))
            continue;
        const struct intent_row *intent = intent_find((*module)->number, verb);
        if (intent == NULL)
            return false;
        *out = (struct word){(*module)->number, intent->verb, rest};
        return true;
    }
    return false;
}

/* Behind a command the name of the bot may stand. */
static bool begins_with(struct slice text, const char *word, struct slice *arg)
{
    size_t len = strlen(word);
    if (text.len < len || strncasecmp(text.data, word, len) != 0)
        return false;
    struct slice rest = slice_of(text.data + len, text.len - len);
    if (word[0] == '/' && rest.len > 0 && rest.data[0] == '@')
        while (rest.len > 0 && blank(rest) == 0)
            rest = slice_of(rest.data + 1, rest.len - 1);
    if (rest.len > 0 && blank(rest) == 0)
        return false;
    *arg = words_trim(rest);
    return true;
}

/* How long the blank is that text begins with; 0 when there is none. */
static size_t blank(struct slice text)
{
    static const char wide[] = "\xE3\x80\x80"; /* U+3000, of Chinese keyboards */
    if (text.len > 0 && text.data[0] != 0 && strchr(" \t\r\n", text.data[0]) != NULL)
        return 1;
    return text.len >= 3 && memcmp(text.data, wide, 3) == 0 ? 3 : 0;
}

struct slice words_trim(struct slice text)
{
    for (size_t n; (n = blank(text)) > 0;)
        text = slice_of(text.data + n, text.len - n);
    for (;;) {
        size_t wide = text.len >= 3 ? blank(slice_of(text.data + text.len - 3, 3)) : 0;
        if (wide == 3)
            text.len -= 3;
        else if (text.len > 0 && blank(slice_of(text.data + text.len - 1, 1)) == 1)
            text.len--;
        else
            return text;
    }
}

static bool until_colon(struct slice *rest, struct slice *out)
{
    const char *colon = rest->len == 0 ? NULL : memchr(rest->data, ':', rest->len);
    if (colon == NULL)
        return false;
    *out = slice_of(rest->data, (size_t)(colon - rest->data));
    *rest = slice_of(colon + 1, rest->len - out->len - 1);
    return true;
}
