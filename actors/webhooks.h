/* Inside the webhooks' actor, which is two files: webhooks.c follows and sends, webhooks_answer.c
 * tells operators how each is, and sends again what they ask for.
 *
 *     news_ask ─▶ ledger ─▶ news ─▶ hook ─▶ POST ─▶ 2xx ─▶ the next;  every while cmd_news_read
 *     read ◀─ verifier;  the answer ─▶ verdict to the ingress */
#ifndef USHER_ACTORS_WEBHOOKS_H
#define USHER_ACTORS_WEBHOOKS_H

#include "actors/actors.h"
#include "actors/reload.h"
#include "base/metrics.h"
#include "webhook/hook.h"

#include <limits.h>

struct webhook {
    struct hook hook;
    char path[PATH_MAX]; /* of its cursor's file */
    char reader[CONFIG_READER_MAX + 1];
    struct cursor saved; /* as the file has it */
    bool on_disk;        /* this run has written it */
    uint64_t ask_at_ms;  /* mono, as all below: not before */
    uint64_t save_at_ms; /* not before */
    uint64_t read_at_ms; /* when the ledger is told what may go */
    uint64_t read;       /* what it was told; news behind it are kept */
    uint64_t owed;       /* so many commands' news may still be there */
    bool read_known;     /* the ledger has said what it was told before */
    uint64_t said_ms;    /* when trouble was last logged */
    struct metric_series *sent, *failed, *behind, *disabled;
};

struct webhooks {
    struct webhook hooks[CONFIG_WEBHOOKS_MAX];
    size_t count;
    struct http_client *client;
    struct inlet news, asks;
    struct outlet news_asks, commands;
    struct outlet *verdicts; /* one for each ingress */
    size_t ingress_count;
    struct buf command, json;
    uint64_t number;   /* of the last question */
    size_t asker;      /* whose it was */
    bool asked;        /* it has no answer */
    uint64_t asked_ms; /* mono */
    uint64_t tail;     /* of the journal, as the last answer said */
    uint64_t kept;     /* facts behind this are there, in the news or in segments */
    bool quiet;
    uint64_t quiet_ms; /* mono: since when */
    struct loop loop;
};

/* How many commands it has still to look at. */
uint64_t webhooks_behind(const struct webhooks *it, const struct webhook *webhook);
/* thing: "webhooks", or "replay NAME SEQUENCE" (desk/api_webhook.c). */
void webhooks_answer(struct webhooks *it, const struct message_read *read);

#endif
