/* The parameters of a call, from a JSON body, the query string or a form body; names in the order
 * in which they came. A form carries every value as text; nested values are then JSON inside the
 * text. An empty text is an absent parameter, as on the real server. Bounded: PARAMS_MAX
 * parameters. */
#ifndef SIM_PARAMS_H
#define SIM_PARAMS_H

#include "base/slice.h"
#include "http/server.h"

#include <cjson/cJSON.h>
#include <stdint.h>

enum { PARAMS_MAX = 64, PARAMS_JSON_DEPTH = 32, PARAMS_JSON_BYTES = 1 << 20 };

enum param_type {
    PARAM_INTEGER = 1 << 0,
    PARAM_NUMBER = 1 << 1,
    PARAM_BOOLEAN = 1 << 2,
    PARAM_STRING = 1 << 3,
    PARAM_FILE = 1 << 4,
    PARAM_OBJECT = 1 << 5,
    PARAM_INTEGERS = 1 << 6, /* arrays of the above */
    PARAM_STRINGS = 1 << 7,
    PARAM_OBJECTS = 1 << 8
};

struct param {
    struct slice name;
    struct slice text; /* absent when the value is a JSON object, array or null */
    const cJSON *item; /* NULL when it came as text and was not parsed */
    cJSON *parsed;     /* the text as JSON, when it was asked for */
    char number[68];   /* text of a JSON number */
};

struct params {
    struct param list[PARAMS_MAX];
    size_t count;
    cJSON *root; /* of a JSON body */
    char *store; /* decoded query and form */
};

/* False: description is what the answer's says. params_deinit is due in both cases. */
bool params_read(const struct http_request *request, struct params *params, char *description,
                 size_t description_size);
/* The members of an object as parameters; takes over root. */
bool params_from_json(cJSON *root, struct params *params);
void params_deinit(struct params *params);

/* NULL when it is absent or empty. */
const struct param *params_find(const struct params *params, const char *name);
/* Scalars as text; absent slice when the parameter is absent or nested. */
struct slice params_text(const struct params *params, const char *name);
bool params_i64(const struct params *params, const char *name, int64_t *out);
/* False also when it is absent. */
bool params_flag(const struct params *params, const char *name);
/* The nested value, parsed from text when it came so; NULL when absent or not JSON. */
const cJSON *params_json(struct params *params, const char *name);
/* Does the value have this type? */
bool param_is(struct param *param, enum param_type type);

#endif
