/* Two servers on one data directory would answer for each other's commands, so a server holds
 * DIR/lock (flock) as long as it lives. The kernel lets go of it when the process ends, however it
 * ends; the process id in the file is for the message only. */
#ifndef USHER_STORE_LOCK_H
#define USHER_STORE_LOCK_H

#include "base/error.h"

struct lock;

/* Makes the directory when it is missing. ERROR_LOCKED names the process that holds it. */
enum error lock_take(const char *directory, struct lock **out, struct why *why);
void lock_release(struct lock **lock);

#endif
