/* Any answer of the API for people: a member a line, lists of things as tables. */
#ifndef USHER_CLI_SHOW_H
#define USHER_CLI_SHOW_H

#include "base/buf.h"
#include "base/json.h"

void show_answer(struct buf *out, const cJSON *answer);

#endif
