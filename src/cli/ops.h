/* The verbs that follow from the modules' tables: an operation coupon_create is `usher coupon
 * create`, a question points_audit `usher points audit`, one of a single word is shown. Fields are
 * options, `--max-uses 3`; those of the address stand alone too. They speak to the running usher.
 */
#ifndef USHER_CLI_OPS_H
#define USHER_CLI_OPS_H

#include "cli/cli.h"
#include "desk/ops.h"

#include <stdio.h>

enum { OPS_NAME_SIZE = 64 };

/* THING and VERB of a route. */
void ops_words(const struct route_view *route, char thing[OPS_NAME_SIZE], char verb[OPS_NAME_SIZE]);
/* False when no module has it; '-' and '_' are the same. verb NULL: any of this thing. */
bool ops_find(const char *thing, const char *verb, struct route_view *out);

/* argv[0] is THING, argv[1] VERB. */
int cli_ops(int argc, char **argv);
/* A line for each thing with its verbs, and one for each verb of a thing. */
void ops_list(FILE *out);
void ops_list_thing(FILE *out, const char *thing);
/* What a verb takes. */
void ops_help(FILE *out, const struct route_view *route);
/* "; did you mean X", or "". */
void ops_suggest_thing(const char *word, const char *const *more, size_t count, char *out,
                       size_t out_size);
void ops_suggest_verb(const char *thing, const char *word, char *out, size_t out_size);
void ops_suggest_option(const struct shape *shape, const char *word, char *out, size_t out_size);

#endif
