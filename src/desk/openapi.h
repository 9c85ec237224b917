/* What the operators' API offers, as a document of OpenAPI 3.1: the resources of api.c and the
 * operations and questions of all modules (ops.h), which say by themselves what they take. */
#ifndef USHER_DESK_OPENAPI_H
#define USHER_DESK_OPENAPI_H

#include "base/json.h"

/* The caller frees it with json_free; NULL: out of memory. */
cJSON *openapi_make(void);

#endif
