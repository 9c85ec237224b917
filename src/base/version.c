#include "base/version.h"

/* The Makefile compiles only this file with the version, so that a commit rebuilds nothing else. */
const char *version_text(void)
{
    return USHER_VERSION;
}
