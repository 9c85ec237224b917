/* Memory of the simulator. It is a test tool without an operator: running out of memory ends it
 * with a message and exit code 1, so that no caller has a half-made world to mend. */
#ifndef SIM_MEMORY_H
#define SIM_MEMORY_H

#include "base/slice.h"

/* count * size zeroed bytes; never NULL. */
void *memory_new(size_t count, size_t size);
/* Room for count elements, the old content kept and the new part not set; never NULL. */
void *memory_grow(void *old, size_t count, size_t size);
/* A NUL-terminated copy; never NULL. */
char *memory_text(struct slice text);

#endif
