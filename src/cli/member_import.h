/* usher member import: members of another system, from a file. */
#ifndef USHER_CLI_MEMBER_IMPORT_H
#define USHER_CLI_MEMBER_IMPORT_H

#include "cli/cli.h"

/* path: a CSV file whose first line names telegram_id, plan and until, in any order, among other
 * columns. Tells the running usher each line; dry: only says what each would do. Goes on behind a
 * line that is refused; CLI_FAILED when one was. */
int member_import(const struct cli_common *common, const char *url, const char *path, bool dry);

#endif
