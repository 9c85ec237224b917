/* What a module's parts become in words, under the configuration of a scenario. For the tests of
 * the texts of modules. */
#ifndef USHER_TESTS_SAID_H
#define USHER_TESTS_SAID_H

#include "config/config.h"
#include "ledger/reply.h"
#include "ledger/words.h"
#include "text/say.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static struct config *config;
static struct calendar *calendar;

/* 0, or -1: for a set-up of cmocka. */
static inline int said_open(const char *path)
{
    struct buf errors;
    buf_init(&errors, 65536);
    return config_load(path, &config, &errors) == ERROR_NONE &&
                   calendar_new(config->timezone, &calendar) == ERROR_NONE
               ? 0
               : -1;
}

static inline int said_close(void **state)
{
    (void)state;
    calendar_destroy(&calendar);
    config_destroy(&config);
    return 0;
}

/* The one text that a part becomes; nothing in it is left open. */
static inline void say_it(const struct shape *shape, const void *part, enum language language,
                          char *out, size_t size)
{
    struct buf parts, words;
    struct why why = {""};
    struct message message = part_make(shape, part);
    buf_init(&parts, 65536);
    buf_init(&words, 65536);
    wire_encode(&parts, &message);
    const struct message_work work = {.kind = DELIVERY_reply,
                                      .name = SLICE("Ann"),
                                      .language = (uint64_t)language,
                                      .parts = buf_slice(&parts)};
    if (say_parts(module_say, config, calendar, &work, &words, &why) != ERROR_NONE)
        fail_msg("%s", why.text);
    struct slice rest = buf_slice(&words);
    assert_int_equal(wire_decode(&rest, &message, NULL), ERROR_NONE);
    assert_int_equal(message.kind, MESSAGE_part_text);
    (void)snprintf(out, size, "%.*s", SLICE_ARG(message.part_text.text));
    assert_null(strstr(out, "{{"));
    buf_deinit(&parts);
    buf_deinit(&words);
}

#endif
