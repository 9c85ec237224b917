/* Inside the module: the section points of the configuration. */
#ifndef USHER_MODULES_POINTS_SETTINGS_H
#define USHER_MODULES_POINTS_SETTINGS_H

struct config_module; /* config/module.h */

extern const struct config_module points_config;

#endif
