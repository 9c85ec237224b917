#include "base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

static const char *const texts[] = {
#define X(name, text) [ERROR_##name] = text,
    ERROR_LIST(X)
#undef X
};

const char *error_text(enum error error)
{
    size_t index = (size_t)error;
    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown error";
}

enum error why_set(struct why *why, enum error error, const char *format, ...)
{
    if (why == NULL)
        return error;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(why->text, sizeof(why->text), format, args);
    va_end(args);
    if (n < 0)
        snprintf(why->text, sizeof(why->text), "%s", error_text(error));
    return error;
}
