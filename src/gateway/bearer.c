#include "gateway/bearer.h"

void bearer_init(struct bearer *bearer, const struct check_token *how)
{
    *bearer = (struct bearer){.how = how, .since_ms = UINT64_MAX};
}

bool bearer_good(const struct bearer *bearer, uint64_t now_ms)
{
    return bearer->how == NULL || now_ms < bearer->until_ms;
}

bool bearer_ask(struct bearer *bearer, uint64_t now_ms)
{
    if (bearer->under_way || now_ms < bearer->again_ms)
        return false;
    bearer->under_way = true;
    return true;
}

bool bearer_took(struct bearer *bearer, unsigned status, struct slice body, uint64_t now_ms)
{
    uint64_t lives_ms = 0;
    if (!bearer->under_way)
        return true; /* it was of other keys */
    bearer->under_way = false;
    if (status != 200 || !check_read_token(body, bearer->text, &lives_ms) || lives_ms == 0) {
        bearer->again_ms = now_ms + BEARER_AGAIN_MS;
        return false;
    }
    bearer->until_ms = now_ms + lives_ms;
    bearer->since_ms = now_ms;
    bearer->worked = false;
    return true;
}

bool bearer_ended(struct bearer *bearer, unsigned status, uint64_t began_ms)
{
    bool older = began_ms < bearer->since_ms;
    if (bearer->how == NULL || status == 0)
        return false;
    if (status != 401) {
        bearer->worked = bearer->worked || !older;
        return false;
    }
    if (older)
        return true;
    if (!bearer->worked)
        return false;
    bearer->until_ms = 0;
    bearer->since_ms = UINT64_MAX;
    bearer->worked = false;
    return true;
}

long bearer_timeout_ms(const struct bearer *bearer, uint64_t now_ms)
{
    if (bearer->under_way)
        return -1;
    return bearer->again_ms > now_ms ? (long)(bearer->again_ms - now_ms) : 0;
}

void bearer_apply(const struct bearer *bearer, struct config_lane *lane)
{
    if (bearer->how == NULL)
        return;
    lane->scheme = "Authorization: Bearer ";
    lane->secret = bearer->text;
    lane->user = NULL;
}
