/* Declares what a module's table says. Before it stands
 *
 *   #define MODULE_DEF  "modules/coupon/coupon.def"
 *   #define MODULE_SELF MODULE_coupon
 *
 * The table:
 *
 *   RESULT(name, number, status, "text")
 *   OP(name, number, who, "POST", "path/{field}", status, "needed fields", answer)   a command
 *   ASK(name, number, who, "path/{field}")    a question, answered by ask_NAME
 *   FACT(name, number)                        what happened: a struct fact_NAME
 *   PART(name, number)                        of a letter or reply, put into words by say.c
 *   ROW(name, number)                         of the configuration, or of a list
 *       F(type, field, max) ...
 *   END
 *   RECORD(name, number)                      kept in a table: a struct record_NAME
 *   ASPECT(name, number)                      the same, kept with a person
 *       R(type, field, max) ...
 *   END
 *
 * Numbers are below MODULE_SHAPES_MAX, of results below 256, and never reused. No include guard:
 * each module's header includes it for its own table. */
#include "ledger/module.h"
#include "wire/shape_types.h"

#if !defined(MODULE_DEF) || !defined(MODULE_SELF)
#error "MODULE_DEF names the module's table, MODULE_SELF its number"
#endif

#define PASTE_TEXT(a, b) a##b
#define PASTE(a, b)      PASTE_TEXT(a, b)
#define RESULT(name, number, status, text)                                                         \
    RESULT_##name = (MODULE_SELF) << 8 | ((number) < 1 || (number) > UINT8_MAX ? -1 : (number)),
#define OP(name, number, who, method, path, status, needs, answer)
#define ASK(name, number, who, path)
#define FACT(name, number)
#define PART(name, number)
#define ROW(name, number)
#define RECORD(name, number)
#define ASPECT(name, number)
#define F(type, field, max)
#define R(type, field, max)
#define END
enum {
    PASTE(RESULT_of_, MODULE_SELF) = MODULE_SELF << 8,
#include MODULE_DEF
};
#undef PASTE
#undef PASTE_TEXT
#include "ledger/undefine.h"

#define RESULT(name, number, status, text)
#define OP(name, number, who, method, path, status, needs, answer) struct name {
#define ASK(name, number, who, path)                               struct name {
#define FACT(name, number)                                         struct fact_##name {
#define PART(name, number)                                         struct name {
#define ROW(name, number)                                          struct name {
#define RECORD(name, number)                                       struct record_##name {
#define ASPECT(name, number)                                       struct record_##name {
#define F(type, field, max)                                        SHAPE_FIELD_M(type, field, max)
#define R(type, field, max)                                        SHAPE_FIELD_R(type, field, max)
#define END                                                                                        \
    }                                                                                              \
    ;
#include MODULE_DEF
#include "ledger/undefine.h"

#define RESULT(name, number, status, text)
#define OP(name, number, who, method, path, status, needs, answer)                                 \
    const struct shape *shape_##name(void);                                                        \
    unsigned op_##name(struct ledger *ledger, const struct name *command);
#define ASK(name, number, who, path)                                                               \
    const struct shape *shape_##name(void);                                                        \
    bool ask_##name(struct ledger *ledger, const struct name *ask, cJSON *out);
#define FACT(name, number)   const struct shape *shape_fact_##name(void);
#define PART(name, number)   const struct shape *shape_##name(void);
#define ROW(name, number)    const struct shape *shape_##name(void);
#define RECORD(name, number) const struct shape *shape_record_##name(void);
#define ASPECT(name, number) const struct shape *shape_record_##name(void);
#define F(type, field, max)
#define R(type, field, max)
#define END
#include MODULE_DEF
#include "ledger/undefine.h"
#undef MODULE_DEF
#undef MODULE_SELF
