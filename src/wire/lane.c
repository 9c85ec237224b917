#include "wire/lane.h"

#define TELEGRAM "telegram"

struct lane_name lane_of(const char *carrier, struct slice name)
{
    struct lane_name lane;
    size_t len = strlen(carrier);
    if (len + 1 + name.len >= sizeof lane.text) {
        lane.text[0] = 0;
        return lane;
    }
    memcpy(lane.text, carrier, len);
    lane.text[len++] = ':';
    if (name.len > 0)
        memcpy(lane.text + len, name.data, name.len);
    lane.text[len + name.len] = 0;
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
