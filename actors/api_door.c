#include "actors/api_door.h"

#include "base/alert.h"
#include "base/clock.h"
#include "base/log.h"
#include "desk/api.h"

#include <stdio.h>

enum { ASKER_BYTES_MAX = 1024, BODY_BYTES_MAX = 65536, RETRY_S = 5 };

/* What a module's operation says of a code that is not good: modules/staff/staff.def. */
static const char login_refused[] = "login_refused";
static const char bad_code[] =
    "the code is not, or no longer, good; `usher console login` makes another";

static bool refuse_entry(struct api_door *door, const struct http_request *request,
                         const struct route_match *match, const struct entry *entry);
static bool hand_out(struct api_door *door, const struct http_request *request,
                     const struct route_match *match, struct api_pass *pass);
static bool admit_login(struct api_door *door, const struct http_request *request,
                        const struct route_match *match);
static void say_seen(struct api_door *door, const struct http_request *request);
static void refuse_wrong(struct api_door *door, struct asker asker, const char *detail);

void api_door_open(struct api_door *door)
{
    entries_init(&door->entries);
    buf_init(&door->asker, ASKER_BYTES_MAX);
    buf_init(&door->body, BODY_BYTES_MAX);
}

void api_door_close(struct api_door *door)
{
    for (uint32_t id = 1; id <= HANDOUTS_MAX; id++)
        handout_end(&door->handouts, id);
    entries_deinit(&door->entries);
    buf_deinit(&door->asker);
    buf_deinit(&door->body);
}

void api_door_list(struct api_door *door, struct slice rows)
{
    if (!entries_take(&door->entries, rows))
        log_event(LOG_bad_message, "actor=ingress kind=access_list");
}

bool api_door_enter(struct api_door *door, const struct http_request *request,
                    const struct route_match *match, struct api_pass *pass)
{
    struct entry entry;
    *pass = (struct api_pass){.handout = 0};
    buf_clear(&door->asker);
    if (handout_of(request->method, request->path) == HANDOUT_COOKIE)
        return admit_login(door, request, match) && hand_out(door, request, match, pass);
    entry_judge(&door->entries, request, slice_from(door->config->admin_token), clock_wall_ms(),
                clock_mono_ms(), &entry);
    if (entry.verdict != ENTRY_OPEN && entry.verdict != ENTRY_KNOWN)
        return refuse_entry(door, request, match, &entry);
    if (entry.verdict == ENTRY_KNOWN) {
        const struct message message = {.kind = MESSAGE_access_row,
                                        .access_row = entry.row->access};
        wire_encode(&door->asker, &message);
        if (entry.seen)
            say_seen(door, request);
    }
    pass->asker = buf_slice(&door->asker);
    return hand_out(door, request, match, pass);
}

void api_door_drop(struct api_door *door, uint32_t handout)
{
    handout_end(&door->handouts, handout);
}

void api_door_verdict(struct api_door *door, const struct parked_entry *entry,
                      const struct message_verdict *verdict)
{
    char content_type[97];
    char cookie[HANDOUT_COOKIE_SIZE] = "";
    bool wrong_code = slice_is(verdict->reason, login_refused);
    bool success = verdict->status >= 200 && verdict->status < 300;
    struct slice body = verdict->body;
    if (slice_is(verdict->reason, API_TOKEN_WRONG) || wrong_code) {
        handout_end(&door->handouts, entry->handout);
        refuse_wrong(door, asker_parked(entry), wrong_code ? bad_code : api_unauthorized);
        return;
    }
    if (entry->handout != 0 && success) {
        const struct handout *handout = handout_find(&door->handouts, entry->handout);
        handout_cookie(handout, cookie);
        handout_body(handout, verdict->body, &door->body);
        body = buf_slice(&door->body);
    }
    bool typed = verdict->content_type.len > 0 &&
                 slice_copy(verdict->content_type, content_type, sizeof(content_type));
    const struct http_field fields[] = {
        {"Set-Cookie", cookie}, {"Cache-Control", "no-store"}, {NULL, NULL}};
    const struct http_answer reply = {.status = (unsigned)verdict->status,
                                      .content_type = typed ? content_type : NULL,
                                      .retry_after_s = (uint32_t)verdict->retry_after,
                                      .fields = entry->handout == 0 ? NULL
                                                : cookie[0] == '\0' ? fields + 1
                                                                    : fields,
                                      .body = body};
    answers_give(door->answers, asker_parked(entry), &reply);
    handout_end(&door->handouts, entry->handout);
    if (door->body.len > 0)
        buf_clear(&door->body);
}

void api_door_turn(struct api_door *door, bool all)
{
    struct login_held held;
    while (logins_due(&door->logins, all ? UINT64_MAX : clock_mono_ms(), &held)) {
        const struct asker asker = {held.id, "/api/v1", held.received_us};
        answers_refuse(door->answers, asker, 401, NULL, 0, held.detail);
    }
}

uint64_t api_door_due_ms(const struct api_door *door)
{
    return logins_due_ms(&door->logins);
}

static bool refuse_entry(struct api_door *door, const struct http_request *request,
                         const struct route_match *match, const struct entry *entry)
{
    static const unsigned statuses[] = {
        [ENTRY_OVER] = 401, [ENTRY_FORGED] = 403, [ENTRY_TOO_OFTEN] = 429, [ENTRY_EARLY] = 503};
    if (entry->verdict == ENTRY_WRONG)
        refuse_wrong(door, asker_of(request, match), entry->detail);
    else
        answers_refuse(door->answers, asker_of(request, match), statuses[entry->verdict], NULL,
                       entry->retry_after_s, entry->detail);
    return false;
}

/* A code that nobody waits for goes no further: strangers write nothing into the journal. */
static bool admit_login(struct api_door *door, const struct http_request *request,
                        const struct route_match *match)
{
    struct entry entry = {.retry_after_s = 0};
    entry.verdict = entry_login(&door->entries, request, clock_wall_ms(), &entry.detail);
    entry.retry_after_s = entry.verdict == ENTRY_EARLY ? 1 : 0;
    return entry.verdict == ENTRY_OPEN || refuse_entry(door, request, match, &entry);
}

/* The place and the secret of what the answer will show. */
static bool hand_out(struct api_door *door, const struct http_request *request,
                     const struct route_match *match, struct api_pass *pass)
{
    enum handout_kind kind = handout_of(request->method, request->path);
    if (kind == HANDOUT_NONE)
        return true;
    pass->handout = handout_begin(&door->handouts, kind, entry_plain(request), door->minted);
    if (pass->handout == 0) {
        answers_busy(door->answers, asker_of(request, match), "handouts");
        return false;
    }
    if (kind != HANDOUT_FAREWELL)
        pass->minted = slice_of(door->minted, sizeof(door->minted));
    return true;
}

/* A request of our own, which nobody waits for. */
static void say_seen(struct api_door *door, const struct http_request *request)
{
    const struct message message = {.kind = MESSAGE_request,
                                    .request = {.source = SOURCE_API,
                                                .method = SLICE("POST"),
                                                .path = SLICE("/api/v1/session/seen"),
                                                .received_ms = request->received_ms,
                                                .asker = buf_slice(&door->asker)}};
    if (outlet_has_room(door->requests))
        (void)outlet_put(door->requests, &message);
}

/* Who tries tokens or codes leaves a trace, and waits. */
static void refuse_wrong(struct api_door *door, struct asker asker, const char *detail)
{
    char peer[HTTP_PEER_BYTES];
    uint64_t now_ms = clock_mono_ms();

    http_server_peer(door->answers->server, asker.id, peer);
    uint32_t delay_ms = logins_refused(&door->logins, peer, now_ms);
    alert(
        LOG_admin_refused, peer,
        "if that is not one of yours, let only the networks that need it reach /api/v1 and change "
        "admin.token; behind a proxy http.trust_forwarded shows whose address it is",
        "peer=%s", peer[0] == '\0' ? "unknown" : peer);
    const struct login_held held = {asker.id, asker.received_us, now_ms + delay_ms, detail};
    if (delay_ms == 0)
        answers_refuse(door->answers, asker, 401, NULL, 0, detail);
    else if (!logins_hold(&door->logins, &held))
        answers_refuse(door->answers, asker, 429, NULL, RETRY_S, "too many wrong tokens at once");
}
