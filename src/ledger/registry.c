#include "ledger/registry.h"

#include "base/assert.h"
#include "ledger/ledger.h"
#include "ledger/words.h"
#include "wire/event_name.h"

#define NEEDS(...)
extern const struct module module_core;
extern shape_fn *const shapes_of_core[MODULE_SHAPES_MAX];
#define MODULE(name, number, needs) extern const struct module module_##name;
#include MODULES_DEF
#undef MODULE

static const struct module *const modules[] = {&module_core,
#define MODULE(name, number, needs) &module_##name,
#include MODULES_DEF
#undef MODULE
                                               NULL};

#define MODULE(name, number, needs) extern shape_fn *const shapes_of_##name[MODULE_SHAPES_MAX];
#include MODULES_DEF
#undef MODULE

shape_fn *const *const shape_modules[MODULES_MAX] = {
    [MODULE_core] = shapes_of_core,
#define MODULE(name, number, needs) [number] = shapes_of_##name,
#include MODULES_DEF
#undef MODULE
};

static const struct {
    const char *name;
    unsigned status;
    const char *text;
} frame_results[] = {
#define RESULT(name, status, text) {#name, status, text},
#include "ledger/results.def"
#undef RESULT
};

/* NULL when there is none. */
static const struct result_row *module_result(unsigned result);

const struct module *const *registry_modules(void)
{
    return modules;
}

const struct module *registry_module(unsigned number)
{
    for (size_t i = 0; modules[i] != NULL; i++)
        if (modules[i]->number == number)
            return modules[i];
    return NULL;
}

const struct op_row *registry_op(uint64_t id)
{
    const struct module *module = registry_module((unsigned)(id >> 8));
    for (const struct op_row *op = module == NULL ? NULL : module->ops;
         op != NULL && op->shape != NULL; op++)
        if (op->shape()->id == id)
            return op;
    return NULL;
}

const struct ask_row *registry_ask(uint64_t id)
{
    const struct module *module = registry_module((unsigned)(id >> 8));
    for (const struct ask_row *ask = module == NULL ? NULL : module->asks;
         ask != NULL && ask->shape != NULL; ask++)
        if (ask->shape()->id == id)
            return ask;
    return NULL;
}

const struct command_row *registry_command(enum message_kind kind)
{
    for (size_t i = 0; modules[i] != NULL; i++)
        for (const struct command_row *row = modules[i]->commands;
             row != NULL && row->apply != NULL; row++)
            if (row->kind == kind)
                return row;
    return NULL;
}

const struct query_row *registry_query(uint64_t what)
{
    for (size_t i = 0; modules[i] != NULL; i++)
        for (const struct query_row *row = modules[i]->queries; row != NULL && row->answer != NULL;
             row++)
            if (row->what == what)
                return row;
    return NULL;
}

const struct timer_row *registry_timer(unsigned kind)
{
    for (size_t i = 0; modules[i] != NULL; i++)
        for (const struct timer_row *row = modules[i]->timers; row != NULL && row->due != NULL;
             row++)
            if (row->kind == kind)
                return row;
    return NULL;
}

const struct wait_row *registry_wait(uint64_t id)
{
    const struct module *module = registry_module((unsigned)(id >> 8));
    for (const struct wait_row *row = module == NULL ? NULL : module->waits;
         row != NULL && row->op != NULL; row++)
        if (row->op()->id == id)
            return row;
    return NULL;
}

const struct doors *registry_doors(void)
{
    for (size_t i = 0; modules[i] != NULL; i++)
        if (modules[i]->doors != NULL)
            return modules[i]->doors;
    return NULL;
}

const struct campaign *registry_campaign(void)
{
    for (size_t i = 0; modules[i] != NULL; i++)
        if (modules[i]->campaign != NULL)
            return modules[i]->campaign;
    return NULL;
}

void registry_extend(struct ledger *ledger, const struct shape *ask, const void *object, cJSON *out)
{
    for (size_t i = 0; modules[i] != NULL; i++)
        for (const struct extend_row *row = modules[i]->extends; row != NULL && row->ask != NULL;
             row++)
            if (row->ask() == ask)
                row->extend(ledger, object, out);
}

bool module_say(struct say *say, const struct message *part)
{
    const struct module *module = registry_module((unsigned)part->kind >> 8);
    for (const struct say_row *row = module == NULL ? NULL : module->says;
         row != NULL && row->part != NULL; row++) {
        if (row->part()->id == (unsigned)part->kind) {
            row->say(say, part->module);
            return true;
        }
    }
    return false;
}

const struct config_module *config_module(unsigned number)
{
    const struct module *module = registry_module(number);
    return module == NULL ? NULL : module->config;
}

const char *event_module(unsigned number)
{
    const struct module *module = registry_module(number);
    return module == NULL ? NULL : module->name;
}

bool result_known(unsigned result)
{
    return result < RESULT_COUNT || module_result(result) != NULL;
}

const char *result_name(unsigned result)
{
    ASSERT(result_known(result));
    return result < RESULT_COUNT ? frame_results[result].name : module_result(result)->name;
}

const char *result_text(unsigned result)
{
    ASSERT(result_known(result));
    return result < RESULT_COUNT ? frame_results[result].text : module_result(result)->text;
}

unsigned result_status(unsigned result)
{
    ASSERT(result_known(result));
    return result < RESULT_COUNT ? frame_results[result].status : module_result(result)->status;
}

static const struct result_row *module_result(unsigned result)
{
    const struct module *module = registry_module(result >> 8);
    for (const struct result_row *row = module == NULL ? NULL : module->results;
         row != NULL && row->name != NULL; row++)
        if (row->result == result)
            return row;
    return NULL;
}
