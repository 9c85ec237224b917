#include "actors/reload.h"

#include "base/log.h"
#include "config/load.h"
#include "config/restart.h"

static void log_errors(const struct report *report);
static void log_restart(void *context, const char *path);

struct config *reload_read(const char *path, const struct config *before,
                           uint32_t connections_wanted)
{
    struct report report;
    struct config *config;

    report_init(&report, path);
    if (config_load_reported(path, &config, &report) != ERROR_NONE) {
        log_errors(&report);
        report_deinit(&report);
        return NULL;
    }
    report_deinit(&report);
    /* As at the start, where fewer descriptors than wanted stood against it. */
    if (config->http.connections_max == connections_wanted)
        config->http.connections_max = before->http.connections_max;
    size_t count = restart_keys(before, config, log_restart, NULL);
    if (count == 0)
        return config;
    log_event(LOG_reload_refused,
              "keys=%zu remedy=\"nothing has changed: put these keys back and send SIGHUP again, "
              "or restart usher\"",
              count);
    config_destroy(&config);
    return NULL;
}

enum error reload_make(struct reload_part *parts, size_t count, const struct config *config)
{
    struct why why = {""};
    enum error error = ERROR_NONE;

    for (size_t i = 0; i < count && error == ERROR_NONE; i++) {
        parts[i].change = (struct change){.config = config};
        if (parts[i].maker != NULL)
            error = parts[i].maker->make(config, &parts[i].change.made, &why);
    }
    if (error != ERROR_NONE) {
        char quoted[600];
        reload_drop(parts, count);
        log_event(LOG_reload_refused,
                  "error=%s remedy=\"nothing has changed: send SIGHUP again when that is mended\"",
                  log_quote(slice_from(why.text), quoted, sizeof(quoted)));
    }
    return error;
}

void reload_tell(struct reload_part *parts, size_t count, enum reload_step step)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].step == step)
            actor_change(parts[i].actor, &parts[i].change);
}

void reload_drop(struct reload_part *parts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (parts[i].maker != NULL && parts[i].change.made != NULL)
            parts[i].maker->drop(&parts[i].change.made);
}

static void log_errors(const struct report *report)
{
    char quoted[600];
    char file[300];

    for (size_t i = 0; i < report->count; i++) {
        const struct report_item *item = &report->items[i];
        const char *name = item->file == 0 ? report->file : report->other_file;
        log_event(LOG_config_error, "file=%s line=%lu key=%s error=%s",
                  log_quote(slice_from(name), file, sizeof(file)), item->line,
                  item->path[0] == '\0' ? "-" : item->path,
                  log_quote(slice_from(item->message), quoted, sizeof(quoted)));
    }
    log_event(LOG_reload_refused,
              "errors=%zu remedy=\"nothing has changed: mend the configuration, try it with usher "
              "check, send SIGHUP again\"",
              report->count + report->dropped);
}

static void log_restart(void *context, const char *path)
{
    (void)context;
    log_event(LOG_config_restart, "key=%s remedy=\"this key is read at the start only\"", path);
}
