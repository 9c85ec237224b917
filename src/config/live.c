#include "config/live.h"

#include "config/web.h"

void live_check(struct scope *scope, const struct place *place)
{
    const struct key *key = place->key;
    const char *field = (const char *)scope->object + key->offset;

    if (key->type == TYPE_SWITCH && slice_is(slice_from(key->name), "test_clock")) {
        bool on;
        memcpy(&on, field, sizeof(on));
        if (on)
            reader_fault(scope->loader, place,
                         "is on, so whoever has the admin token can move the time; expected false "
                         "in production");
    } else if (key->type == TYPE_ADDRESS && slice_is(slice_from(key->name), "api_url")) {
        const char *address;
        memcpy(&address, field, sizeof(address));
        if (web_is_loopback(slice_from(address)))
            reader_fault(scope->loader, place,
                         "is an address of this machine; expected the service's own in "
                         "production");
    }
}
