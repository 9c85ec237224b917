#include "wire/lane.h"

#include <stdio.h>

#define TELEGRAM "telegram"

struct lane_name lane_of(const char *carrier, struct slice name)
{
    struct lane_name lane;
    int length = snprintf(lane.text, sizeof lane.text, "%s:%.*s", carrier, SLICE_ARG(name));
    if (length < 0 || (size_t)length >= sizeof lane.text)
        lane.text[0] = 0;
    return lane;
}

struct lane_name lane_of_bot(struct slice bot)
{
    return lane_of(TELEGRAM, bot);
}

struct slice lane_bot(struct slice lane)
{
    static const char prefix[] = TELEGRAM ":";
    size_t len = sizeof prefix - 1;
    if (lane.len <= len || memcmp(lane.data, prefix, len) != 0)
        return slice_of("", 0);
    return slice_of(lane.data + len, lane.len - len);
}
