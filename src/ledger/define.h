/* Defines what a module's header declared (declare.h): shapes, and the tables that struct module
 * names: module_results, module_ops, module_asks, and MODULE_SHAPES. In NAME.c, behind the module's
 * header and the answers that the table names, with MODULE_DEF and MODULE_SELF as there, and
 *
 *   #define MODULE_SHAPES shapes_of_coupon */
#if !defined(MODULE_DEF) || !defined(MODULE_SELF) || !defined(MODULE_SHAPES)
#error "MODULE_DEF names the module's table, MODULE_SELF its number, MODULE_SHAPES its shapes"
#endif

#define DEFINE_SHAPE(type, role_, label, name, number_)                                            \
    const struct shape *shape_##name(void)                                                         \
    {                                                                                              \
        typedef type self;                                                                         \
        enum { id = MODULE_SELF << 8 | (number_), kept = (int)(role_) >= (int)ROLE_RECORD };       \
        static const enum shape_role role = role_;                                                 \
        static const char name_of[] = #label;                                                      \
        _Static_assert((number_) < MODULE_SHAPES_MAX, "a module's numbers are bounded");           \
        static const struct field fields[] = {
#define RESULT(name, number, status, text)
#define OP(name, number, who, method, path, status, needs, answer)                                 \
    DEFINE_SHAPE(struct name, ROLE_COMMAND, name, name, number)
#define ASK(name, number, who, path) DEFINE_SHAPE(struct name, ROLE_ASK, name, name, number)
#define FACT(name, number)           DEFINE_SHAPE(struct fact_##name, ROLE_FACT, name, fact_##name, number)
#define PART(name, number)           DEFINE_SHAPE(struct name, ROLE_PART, name, name, number)
#define ROW(name, number)            DEFINE_SHAPE(struct name, ROLE_ROW, name, name, number)
#define RECORD(name, number)                                                                       \
    DEFINE_SHAPE(struct record_##name, ROLE_RECORD, name, record_##name, number)
#define ASPECT(name, number)                                                                       \
    DEFINE_SHAPE(struct record_##name, ROLE_ASPECT, name, record_##name, number)
#define F(type, field, max) SHAPE_ROW_M(type, field, max)
#define R(type, field, max) SHAPE_ROW_R(type, field, max)
#define END                                                                                        \
    }                                                                                              \
    ;                                                                                              \
    static const struct shape shape = {                                                            \
        name_of, id, role, fields, sizeof fields / sizeof *fields, sizeof(self)};                  \
    _Static_assert(kept ? RECORD_IS_BOUNDED(self, fields) : sizeof(self) <= SHAPE_BYTES_MAX,       \
                   "too many fields");                                                             \
    return &shape;                                                                                 \
    }
#include MODULE_DEF
#include "ledger/undefine.h"
#undef DEFINE_SHAPE

#define F(type, field, max)
#define R(type, field, max)
#define END
#define RESULT(name, number, status, text)
#define OP(name, number, who, method, path, status, needs, answer)                                 \
    static unsigned apply_##name(struct ledger *ledger, const void *command)                       \
    {                                                                                              \
        return op_##name(ledger, command);                                                         \
    }
#define ASK(name, number, who, path)                                                               \
    static bool answer_##name(struct ledger *ledger, const void *ask, cJSON *out)                  \
    {                                                                                              \
        return ask_##name(ledger, ask, out);                                                       \
    }
#define FACT(name, number)
#define PART(name, number)
#define ROW(name, number)
#define RECORD(name, number)
#define ASPECT(name, number)
#include MODULE_DEF
#undef RESULT
#undef OP
#undef ASK
#undef FACT
#undef PART
#undef ROW
#undef RECORD
#undef ASPECT

#define OP(name, number, who, method, path, status, needs, answer)
#define ASK(name, number, who, path)
#define FACT(name, number)
#define PART(name, number)
#define ROW(name, number)
#define RECORD(name, number)
#define ASPECT(name, number)
#define RESULT(name, number, status, text) {MODULE_SELF << 8 | number, #name, status, text},
static const struct result_row module_results[] = {
#include MODULE_DEF
    {0, NULL, 0, NULL}};
#undef RESULT
#undef OP
#undef ASK
#undef FACT
#undef PART
#undef ROW
#undef RECORD
#undef ASPECT

#define RESULT(name, number, status, text)
#define OP(name, number, who, method, path, status, needs, answer)                                 \
    {shape_##name, WHO_##who, method, path, status, needs, apply_##name, answer},
#define ASK(name, number, who, path)
#define FACT(name, number)
#define PART(name, number)
#define ROW(name, number)
#define RECORD(name, number)
#define ASPECT(name, number)
static const struct op_row module_ops[] = {
#include MODULE_DEF
    {NULL, 0, NULL, NULL, 0, NULL, NULL, NULL}};
#undef OP
#undef ASK

#define OP(name, number, who, method, path, status, needs, answer)
#define ASK(name, number, who, path) {shape_##name, WHO_##who, path, answer_##name},
static const struct ask_row module_asks[] = {
#include MODULE_DEF
    {NULL, 0, NULL, NULL}};
#undef OP
#undef ASK
#undef FACT
#undef PART
#undef ROW
#undef RECORD
#undef ASPECT

#define OP(name, number, who, method, path, status, needs, answer) [number] = shape_##name,
#define ASK(name, number, who, path)                               [number] = shape_##name,
#define FACT(name, number)                                         [number] = shape_fact_##name,
#define PART(name, number)                                         [number] = shape_##name,
#define ROW(name, number)                                          [number] = shape_##name,
#define RECORD(name, number)                                       [number] = shape_record_##name,
#define ASPECT(name, number)                                       [number] = shape_record_##name,
extern shape_fn *const MODULE_SHAPES[MODULE_SHAPES_MAX];
shape_fn *const MODULE_SHAPES[MODULE_SHAPES_MAX] = {
#include MODULE_DEF
};
#include "ledger/undefine.h"
