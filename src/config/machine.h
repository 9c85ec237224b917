/* What only this machine can tell of a configuration, for `usher check`: whether data_dir can be
 * made and curve_dir holds keys, and with --live whether `http.listen` is a free address here.
 * Nothing is made or changed. */
#ifndef USHER_CONFIG_MACHINE_H
#define USHER_CONFIG_MACHINE_H

#include "config/reader.h"

/* A value of scope->object that was read without an error, also a default. */
void machine_check(struct scope *scope, const struct place *place);

#endif
