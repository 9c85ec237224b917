/* A configuration and a judgement for tests that ask the API. */
#ifndef USHER_TESTS_DESK_ASKED_H
#define USHER_TESTS_DESK_ASKED_H

#include "config/config.h"
#include "desk/judgement.h"

#include <stdio.h>

/* Of this text as usher.yaml; not 0: it is not valid, and what is wrong is printed. End it with
 * asked_end. */
static inline int asked_begin(const char *yaml, struct config **config, struct judgement *judgement)
{
    struct buf errors;
    buf_init(&errors, 65536);
    if (config_parse(slice_from(yaml), "usher.yaml", config, &errors) != ERROR_NONE)
        printf("%.*s\n", SLICE_ARG(buf_slice(&errors)));
    buf_deinit(&errors);
    judgement_init(judgement);
    return *config == NULL;
}

static inline int asked_end(struct config **config, struct judgement *judgement)
{
    judgement_deinit(judgement);
    config_destroy(config);
    return 0;
}

#endif
