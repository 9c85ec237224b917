/* What runs, and how the world reaches it. */
#include "cli/doctor/doctor.h"

#include "config/web.h"

#include <stdio.h>

enum { URL_MAX = 1024 };

static void look_at_usher(struct doctor *doctor);
static void look_at_public(struct doctor *doctor);

void doctor_world(struct doctor *doctor)
{
    look_at_usher(doctor);
    look_at_public(doctor);
}

/* What it says of itself, a line each behind "ready". */
static void look_at_usher(struct doctor *doctor)
{
    char url[URL_MAX];
    struct why why = {""};
    if (doctor->base_url == NULL ||
        snprintf(url, sizeof(url), "%s/readyz", doctor->base_url) >= (int)sizeof(url))
        return;
    const struct doctor_ask ask = {.method = "GET", .url = url};
    unsigned status = doctor_fetch(doctor, &ask, &why);
    struct slice text = buf_slice(&doctor->answer);
    if (status == 0) {
        doctor_say(doctor, HEALTH_MISSING, "usher", "usher run",
                   "systemctl start usher; journalctl -u usher says why it ended",
                   "does not run: %.200s", why.text);
        return;
    }
    if (status != 200) {
        doctor_say(doctor, HEALTH_MISSING, "usher", "usher run", "journalctl -u usher says more",
                   "is not ready (%u): %.*s", status, (int)(text.len < 300 ? text.len : 300),
                   text.data);
        return;
    }
    doctor_say(doctor, HEALTH_FINE, "usher", "usher run", NULL, "runs and is ready");
    while (text.len > 0) {
        const char *end = memchr(text.data, '\n', text.len);
        size_t len = end == NULL ? text.len : (size_t)(end - text.data);
        struct slice line = slice_of(text.data, len);
        if (len > 0 && !slice_is(line, "ready"))
            doctor_say(doctor, HEALTH_MISSING, "usher", "usher run",
                       "stop the other program, or revoke the token with @BotFather and put the "
                       "new one into secrets.env",
                       "%.*s", (int)(len < 300 ? len : 300), line.data);
        text = slice_of(text.data + len + (end != NULL), text.len - len - (end != NULL));
    }
}

static void look_at_public(struct doctor *doctor)
{
    const char *public_url = doctor->config->http.public_url;
    char url[URL_MAX];
    struct why why = {""};
    if (public_url == NULL) {
        doctor_say(doctor, HEALTH_NOTE, "world", "public_url",
                   "set http.public_url: pages, buttons and webhooks need it",
                   "is not set, so nobody knows where usher is reached");
        return;
    }
    if (snprintf(url, sizeof(url), "%s/p/none", public_url) >= (int)sizeof(url))
        return;
    const struct doctor_ask ask = {.method = "GET", .url = url};
    unsigned status = doctor_fetch(doctor, &ask, &why);
    if (status == 0)
        doctor_say(doctor, HEALTH_MISSING, "world", "public_url",
                   "look at the proxy in front, its certificate and DNS (docs/OPERATIONS.md); some "
                   "networks do not let a machine reach its own public address",
                   "%s does not answer: %.200s", public_url, why.text);
    else if (status != 404 && status != 200)
        doctor_say(doctor, HEALTH_MISSING, "world", "public_url",
                   "look whether the proxy passes /hooks/, /telegram/, /p/, /o/ and /style/ on to "
                   "http.listen",
                   "%s answers %u for a page of usher's", public_url, status);
    else
        doctor_say(doctor, HEALTH_FINE, "world", "public_url", NULL, "%s%s", public_url,
                   strncmp(public_url, "https:", 6) == 0 ? " answers, its certificate is good"
                                                         : " answers");
}
