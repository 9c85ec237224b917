#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static _Noreturn void memory_out(size_t bytes);

void *memory_new(size_t count, size_t size)
{
    void *made = calloc(count ? count : 1, size);
    if (!made)
        memory_out(count * size);
    return made;
}

void *memory_grow(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        memory_out(SIZE_MAX);
    void *made = realloc(old, count * size);
    if (!made)
        memory_out(count * size);
    return made;
}

char *memory_text(struct slice text)
{
    char *copy = memory_new(text.len + 1, 1);
    if (text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

static _Noreturn void memory_out(size_t bytes)
{
    fprintf(stderr, "telegram-sim: out of memory (%zu bytes wanted)\n", bytes);
    exit(1);
}
