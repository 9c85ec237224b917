/* The configuration's list `staff`. Sees nothing of the ledger, whose words are others. */
#ifndef USHER_MODULES_STAFF_SETTINGS_H
#define USHER_MODULES_STAFF_SETTINGS_H

#include "config/config.h"

enum { STAFF_MAX = 50 };

struct config_person {
    int64_t telegram_id;
    int role;    /* an index into access_roles */
    char *name;  /* NULL: none */
    char *token; /* NULL: none */
};

struct config_staff {
    struct config_person *people;
    size_t count;
};

struct config_module;
extern const struct config_module config_of_staff;

/* What of it the ledger knows, as rows of the catalog: in people.c. */
void staff_catalog(const struct config *config, const void *own, struct buf *rows);

#endif
