/* What each type of a field (shape.h) is in C: SHAPE_M in a message, SHAPE_R in a record, with how
 * it is stored, its most bytes, and its names. For the headers that declare and define shapes. */
#ifndef USHER_WIRE_SHAPE_TYPES_H
#define USHER_WIRE_SHAPE_TYPES_H

#include "wire/shape.h"

/* clang-format off */
#define SHAPE_M_U64(field, max)         uint64_t field;
#define SHAPE_M_I64(field, max)         int64_t field;
#define SHAPE_M_STR(field, max)         struct slice field;
#define SHAPE_M_BIN(field, max)         struct slice field;
#define SHAPE_M_NAME(field, max)        struct slice field;
#define SHAPE_M_CODE(field, max)        struct slice field;
#define SHAPE_M_TEXT(field, max)        struct slice field;
#define SHAPE_M_SECRET(field, max)      struct slice field;
#define SHAPE_M_LIST(field, max)        struct slice field;
#define SHAPE_M_CURRENCY(field, max)    struct slice field;
#define SHAPE_M_MEMBER(field, max)      int64_t field;
#define SHAPE_M_AMOUNT(field, max)      int64_t field;
#define SHAPE_M_ID(field, max)          uint64_t field;
#define SHAPE_M_COUNT(field, max)       uint64_t field;
#define SHAPE_M_FLAG(field, max)        uint64_t field;
#define SHAPE_M_PERCENT(field, max)     uint64_t field;
#define SHAPE_M_CHOICE(field, max)      uint64_t field;
#define SHAPE_M_PERIOD(field, max)      uint64_t field;
#define SHAPE_M_TIME(field, max)        uint64_t field;
#define SHAPE_M_DURATION(field, max)    uint64_t field;

#define SHAPE_R_U8(field, max)          uint8_t field;
#define SHAPE_R_U32(field, max)         uint32_t field;
#define SHAPE_R_U64(field, max)         uint64_t field;
#define SHAPE_R_I64(field, max)         int64_t field;
#define SHAPE_R_STR(field, max)         char field[(max) + 1];
#define SHAPE_R_NAME(field, max)        char field[(max) + 1];
#define SHAPE_R_CODE(field, max)        char field[(max) + 1];
#define SHAPE_R_TEXT(field, max)        char field[(max) + 1];
#define SHAPE_R_SECRET(field, max)      char field[(max) + 1];
#define SHAPE_R_LIST(field, max)        char field[(max) + 1];
#define SHAPE_R_CURRENCY(field, max)    char field[(max) + 1];
#define SHAPE_R_MEMBER(field, max)      int64_t field;
#define SHAPE_R_AMOUNT(field, max)      int64_t field;
#define SHAPE_R_ID(field, max)          uint64_t field;
#define SHAPE_R_COUNT(field, max)       uint64_t field;
#define SHAPE_R_FLAG(field, max)        uint8_t field;
#define SHAPE_R_PERCENT(field, max)     uint8_t field;
#define SHAPE_R_CHOICE(field, max)      uint8_t field;
#define SHAPE_R_PERIOD(field, max)      uint64_t field;
#define SHAPE_R_TIME(field, max)        uint64_t field;
#define SHAPE_R_DURATION(field, max)    uint64_t field;

#define SHAPE_STORE_M_U64               STORE_U64
#define SHAPE_STORE_M_I64               STORE_I64
#define SHAPE_STORE_M_STR               STORE_SLICE
#define SHAPE_STORE_M_BIN               STORE_SLICE
#define SHAPE_STORE_M_NAME              STORE_SLICE
#define SHAPE_STORE_M_CODE              STORE_SLICE
#define SHAPE_STORE_M_TEXT              STORE_SLICE
#define SHAPE_STORE_M_SECRET            STORE_SLICE
#define SHAPE_STORE_M_LIST              STORE_SLICE
#define SHAPE_STORE_M_CURRENCY          STORE_SLICE
#define SHAPE_STORE_M_MEMBER            STORE_I64
#define SHAPE_STORE_M_AMOUNT            STORE_I64
#define SHAPE_STORE_M_ID                STORE_U64
#define SHAPE_STORE_M_COUNT             STORE_U64
#define SHAPE_STORE_M_FLAG              STORE_U64
#define SHAPE_STORE_M_PERCENT           STORE_U64
#define SHAPE_STORE_M_CHOICE            STORE_U64
#define SHAPE_STORE_M_PERIOD            STORE_U64
#define SHAPE_STORE_M_TIME              STORE_U64
#define SHAPE_STORE_M_DURATION          STORE_U64
#define SHAPE_STORE_R_U8                STORE_U8
#define SHAPE_STORE_R_U32               STORE_U32
#define SHAPE_STORE_R_U64               STORE_U64
#define SHAPE_STORE_R_I64               STORE_I64
#define SHAPE_STORE_R_STR               STORE_CHARS
#define SHAPE_STORE_R_NAME              STORE_CHARS
#define SHAPE_STORE_R_CODE              STORE_CHARS
#define SHAPE_STORE_R_TEXT              STORE_CHARS
#define SHAPE_STORE_R_SECRET            STORE_CHARS
#define SHAPE_STORE_R_LIST              STORE_CHARS
#define SHAPE_STORE_R_CURRENCY          STORE_CHARS
#define SHAPE_STORE_R_MEMBER            STORE_I64
#define SHAPE_STORE_R_AMOUNT            STORE_I64
#define SHAPE_STORE_R_ID                STORE_U64
#define SHAPE_STORE_R_COUNT             STORE_U64
#define SHAPE_STORE_R_FLAG              STORE_U8
#define SHAPE_STORE_R_PERCENT           STORE_U8
#define SHAPE_STORE_R_CHOICE            STORE_U8
#define SHAPE_STORE_R_PERIOD            STORE_U64
#define SHAPE_STORE_R_TIME              STORE_U64
#define SHAPE_STORE_R_DURATION          STORE_U64

/* The third column of a CHOICE is its names, of a text its most bytes. */
#define SHAPE_MAX_U8(max)               0
#define SHAPE_MAX_U32(max)              0
#define SHAPE_MAX_U64(max)              0
#define SHAPE_MAX_I64(max)              0
#define SHAPE_MAX_STR(max)              (max)
#define SHAPE_MAX_BIN(max)              (max)
#define SHAPE_MAX_NAME(max)             (max)
#define SHAPE_MAX_CODE(max)             (max)
#define SHAPE_MAX_TEXT(max)             (max)
#define SHAPE_MAX_SECRET(max)           (max)
#define SHAPE_MAX_LIST(max)             (max)
#define SHAPE_MAX_CURRENCY(max)         (max)
#define SHAPE_MAX_MEMBER(max)           0
#define SHAPE_MAX_AMOUNT(max)           0
#define SHAPE_MAX_ID(max)               0
#define SHAPE_MAX_COUNT(max)            0
#define SHAPE_MAX_FLAG(max)             0
#define SHAPE_MAX_PERCENT(max)          0
#define SHAPE_MAX_CHOICE(max)           0
#define SHAPE_MAX_PERIOD(max)           0
#define SHAPE_MAX_TIME(max)             0
#define SHAPE_MAX_DURATION(max)         0
#define SHAPE_NAMES_U8(max)             NULL
#define SHAPE_NAMES_U32(max)            NULL
#define SHAPE_NAMES_U64(max)            NULL
#define SHAPE_NAMES_I64(max)            NULL
#define SHAPE_NAMES_STR(max)            NULL
#define SHAPE_NAMES_BIN(max)            NULL
#define SHAPE_NAMES_NAME(max)           NULL
#define SHAPE_NAMES_CODE(max)           NULL
#define SHAPE_NAMES_TEXT(max)           NULL
#define SHAPE_NAMES_SECRET(max)         NULL
#define SHAPE_NAMES_LIST(max)           NULL
#define SHAPE_NAMES_CURRENCY(max)       NULL
#define SHAPE_NAMES_MEMBER(max)         NULL
#define SHAPE_NAMES_AMOUNT(max)         NULL
#define SHAPE_NAMES_ID(max)             NULL
#define SHAPE_NAMES_COUNT(max)          NULL
#define SHAPE_NAMES_FLAG(max)           NULL
#define SHAPE_NAMES_PERCENT(max)        NULL
#define SHAPE_NAMES_CHOICE(max)         (max)
#define SHAPE_NAMES_PERIOD(max)         NULL
#define SHAPE_NAMES_TIME(max)           NULL
#define SHAPE_NAMES_DURATION(max)       NULL
/* clang-format on */

#define SHAPE_FIELD_M(type, field, max) SHAPE_M_##type(field, max)
#define SHAPE_FIELD_R(type, field, max) SHAPE_R_##type(field, max)

/* A row of a table of fields. Its offset needs the type of the struct, which a row does not name;
 * so each shape stands in a function of its own, where `self` is that type. */
#define SHAPE_ROW_M(type, field, max)                                                              \
    {#field,                                                                                       \
     FIELD_##type,                                                                                 \
     SHAPE_STORE_M_##type,                                                                         \
     SHAPE_MAX_##type(max),                                                                        \
     (uint32_t)offsetof(self, field),                                                              \
     SHAPE_NAMES_##type(max)},
#define SHAPE_ROW_R(type, field, max)                                                              \
    {#field,                                                                                       \
     FIELD_##type,                                                                                 \
     SHAPE_STORE_R_##type,                                                                         \
     SHAPE_MAX_##type(max),                                                                        \
     (uint32_t)offsetof(self, field),                                                              \
     SHAPE_NAMES_##type(max)},

#endif
