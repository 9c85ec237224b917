/* The version of this build, from git: "0.1.0-12-gabcdef". */
#ifndef USHER_BASE_VERSION_H
#define USHER_BASE_VERSION_H

const char *version_text(void);

#endif
