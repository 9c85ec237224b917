/* A configuration by hand for the tests of letters: two groups, two plans. */
#ifndef USHER_TESTS_TEXT_CLUB_H
#define USHER_TESTS_TEXT_CLUB_H

#include "config/config.h"

static struct config_group club_groups[] = {
    {.name = "starter",
     .chat_id = -1001000000001,
     .invite = INVITE_JOIN_REQUEST,
     .title = "Starter \"A\""},
    {.name = "core",
     .chat_id = -1001000000002,
     .invite = INVITE_ONE_TIME_LINK,
     .title = "Core 核心群",
     .link_ttl_ms = 24 * 3600 * 1000},
};
static char *club_resources[] = {"https://example.org/starter-pack.pdf", "https://example.org/faq"};
static struct config_plan club_plans[] = {
    {.name = "starter", .title = "Starter"},
    {.name = "core",
     .title = "Core",
     .welcome_text = "Welcome, {{name}}! Your {{plan}} at {{community}} runs until {{until}}.",
     .resources = club_resources,
     .resource_count = 2},
};
static struct config club = {
    .community_name = "Trade Club",
    .timezone = "Asia/Shanghai",
    .language = LANGUAGE_ZH_HANT,
    .groups = club_groups,
    .group_count = 2,
    .plans = club_plans,
    .plan_count = 2,
};

static const uint64_t club_now_ms = 1767182400000;   /* 2025-12-31 20:00 in Shanghai */
static const uint64_t club_until_ms = 1769860800000; /* 2026-01-31 20:00 in Shanghai */

/* Appends a part, encoded. */
static inline void club_add(struct buf *parts, struct message part)
{
    wire_encode(parts, &part);
}

static inline void club_add_access(struct buf *parts, const char *plan, uint64_t until_ms,
                                   bool first)
{
    club_add(parts, (struct message){.kind = MESSAGE_part_access,
                                     .part_access = {slice_from(plan), until_ms, first}});
}

static inline void club_add_button(struct buf *parts, const char *group, const char *link)
{
    club_add(parts, (struct message){.kind = MESSAGE_part_button,
                                     .part_button = {slice_from(group), slice_from(link)}});
}

static inline void club_add_ended(struct buf *parts, const char *plan, uint64_t reason)
{
    club_add(parts, (struct message){.kind = MESSAGE_part_ended,
                                     .part_ended = {slice_from(plan), reason}});
}

static inline void club_add_receipt(struct buf *parts, const char *payment_id, int64_t amount,
                                    const char *currency)
{
    club_add(parts, (struct message){.kind = MESSAGE_part_receipt,
                                     .part_receipt = {SLICE("core"), slice_from(payment_id), amount,
                                                      slice_from(currency), club_now_ms}});
}

static inline struct message_work club_work(enum delivery_kind kind, const struct buf *parts)
{
    return (struct message_work){.delivery = 1,
                                 .kind = (uint64_t)kind,
                                 .lane = SLICE("telegram:main"),
                                 .telegram_id = 7000000001,
                                 .name = SLICE("Ann"),
                                 .language = LANGUAGE_EN,
                                 .turn_ms = club_now_ms,
                                 .lease_until_ms = club_now_ms + 60000,
                                 .parts = parts != NULL ? buf_slice(parts) : slice_of(NULL, 0)};
}

#endif
