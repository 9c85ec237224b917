/* The ledger as a module of its own: its facts. */
#include "ledger/facts.h"
#include "text/say.h"

#define MODULE_DEF    "ledger/facts.def"
#define MODULE_SELF   MODULE_core
#define MODULE_SHAPES shapes_of_core
#include "ledger/define.h"

static void say_stale(struct say *say, const void *part)
{
    static const say_text text = {"This button is no longer up to date.", "这个按钮已失效。",
                                  "這個按鈕已失效。"};
    (void)part;
    say_line(say, text);
}

static const struct say_row says[] = {{shape_stale, say_stale}, {NULL, NULL}};

const struct module module_core = {
    .name = "core",
    .number = MODULE_core,
    .shapes = shapes_of_core,
    .results = module_results,
    .ops = module_ops,
    .asks = module_asks,
    .says = says,
};
