#include "text/letter_text.h"

#include "base/assert.h"
#include "base/utf8.h"
#include "text/template.h"
#include "text/texts.h"

#include <inttypes.h>
#include <stdio.h>

enum { TEXT_BYTES_MAX = 1 << 20, VALUES_MAX = 8 };

/* Of the names that are put into texts, so that none of them crowds out the rest. */
enum { NAME_UNITS_MAX = 64, TITLE_UNITS_MAX = 128 };

/* The values of one text; storage for those that are made for it. */
struct values {
    struct template_value rows[VALUES_MAX];
    size_t count;
    char until[CALENDAR_TEXT_SIZE];
    char id[24];
};

static enum error take_part(struct letter *letter, const struct message *part, struct why *why);
static void take_plan(struct letter *letter, struct letter_plan plan);
static enum error take_button(struct letter *letter, const struct message_part_button *button,
                              struct why *why);
static void write_greeting(const struct letter *letter, struct buf *out);
static bool sells(const struct config *config);
static void write_open_plan(const struct letter *letter, const struct letter_plan *plan,
                            struct buf *out);
static void write_ended_plan(const struct letter *letter, const struct letter_plan *plan,
                             struct buf *out);
static void write_receipt(const struct letter *letter, const struct message_part_receipt *receipt,
                          struct buf *out);
static void write_tail(const struct letter *letter, struct buf *out);
static struct slice cut_at_line(struct slice text, size_t units_max);
static void common_values(const struct letter *letter, struct values *values);
static void add_value(struct values *values, const char *name, struct slice value);
static void plan_values(const struct letter *letter, const struct letter_plan *plan,
                        struct values *values);
static void write_text(const struct letter *letter, enum text text, const struct values *values,
                       struct buf *out);
static void new_block(struct buf *out);
static struct slice plan_title(const struct letter *letter, struct slice plan);
static bool is_url(struct slice link);
static int64_t signed_ms(uint64_t ms);

enum error letter_read(struct letter *letter, const struct config *config,
                       struct calendar *calendar, const struct message_work *work, struct why *why)
{
    *letter = (struct letter){.config = config, .calendar = calendar, .work = work};
    letter->language =
        work->language < LANGUAGE_COUNT ? (enum language)work->language : config->language;
    struct slice rest = work->parts;
    while (rest.len > 0) {
        struct message part;
        struct why reason;
        if (wire_decode(&rest, &part, &reason) != ERROR_NONE)
            return why_set(why, ERROR_INVALID, "the letter's parts are damaged: %s", reason.text);
        enum error error = take_part(letter, &part, why);
        if (error != ERROR_NONE)
            return error;
    }
    /* A door's button goes before what a module offers. */
    if (letter->key_count > LETTER_BUTTONS_MAX - letter->button_count)
        letter->key_count = LETTER_BUTTONS_MAX - letter->button_count;
    if (!letter->greeting && letter->plan_count == 0 && letter->receipt_count == 0 &&
        letter->button_count == 0 && letter->said_count == 0)
        return why_set(why, ERROR_NOT_FOUND, "the letter has nothing left to say");
    return ERROR_NONE;
}

void letter_write(const struct letter *letter, struct buf *out)
{
    struct buf text;
    struct buf tail;
    buf_init(&text, TEXT_BYTES_MAX);
    buf_init(&tail, TEXT_BYTES_MAX);
    if (letter->greeting)
        write_greeting(letter, &text);
    for (size_t i = 0; i < letter->plan_count; i++) {
        if (letter->plans[i].open)
            write_open_plan(letter, &letter->plans[i], &text);
    }
    for (size_t i = 0; i < letter->plan_count; i++) {
        if (!letter->plans[i].open)
            write_ended_plan(letter, &letter->plans[i], &text);
    }
    for (size_t i = 0; i < letter->said_count; i++) {
        new_block(&text);
        buf_append_slice(&text, letter->said[i]);
    }
    for (size_t i = 0; i < letter->receipt_count; i++)
        write_receipt(letter, &letter->receipts[i], &text);
    write_tail(letter, &tail);

    /* The tail tells what to do next and is never cut; what stands first in the text matters most.
     * A text that did not even fit its buffer is cut as well. */
    struct slice body = buf_slice(&text);
    size_t room = LETTER_UNITS_MAX - utf8_utf16_length(buf_slice(&tail)) - 2;
    if (letter->cut || text.failed || utf8_utf16_length(body) > room) {
        struct slice notice = text_get(TEXT_cut, letter->language);
        buf_append_slice(out, cut_at_line(body, room - utf8_utf16_length(notice) - 2));
        new_block(out);
        buf_append_slice(out, notice);
    } else {
        buf_append_slice(out, body);
    }
    if (tail.len > 0) {
        new_block(out);
        buf_append_slice(out, buf_slice(&tail));
    }
    if (text.starved || tail.failed)
        out->failed = true;
    buf_deinit(&text);
    buf_deinit(&tail);
}

void letter_button_label(const struct letter *letter, const struct message_part_button *button,
                         struct buf *out)
{
    const struct config_group *group = config_group_find(letter->config, button->group);
    struct slice title = group != NULL ? slice_from(group->title) : button->group;
    struct values values = {.count = 0};
    size_t frame = utf8_utf16_length(text_get(TEXT_button, letter->language)) - strlen("{{group}}");
    size_t room = LETTER_BUTTON_UNITS_MAX - frame;
    if (utf8_utf16_length(title) <= room) {
        add_value(&values, "group", title);
        write_text(letter, TEXT_button, &values, out);
        return;
    }
    char shorter[4 * LETTER_BUTTON_UNITS_MAX];
    struct slice head = utf8_cut_utf16(title, room - 1);
    int n = snprintf(shorter, sizeof(shorter), "%.*s…", SLICE_ARG(head));
    ASSERT(n > 0 && (size_t)n < sizeof(shorter));
    add_value(&values, "group", slice_from(shorter));
    write_text(letter, TEXT_button, &values, out);
}

static enum error take_part(struct letter *letter, const struct message *part, struct why *why)
{
    switch ((int)part->kind) {
    case MESSAGE_part_greeting:
        letter->greeting = true;
        return ERROR_NONE;
    case MESSAGE_part_access:
        take_plan(letter, (struct letter_plan){.plan = part->part_access.plan,
                                               .open = true,
                                               .first = part->part_access.first != 0,
                                               .until_ms = part->part_access.until_ms});
        return ERROR_NONE;
    case MESSAGE_part_ended:
        take_plan(letter, (struct letter_plan){.plan = part->part_ended.plan,
                                               .reason = part->part_ended.reason});
        return ERROR_NONE;
    case MESSAGE_part_receipt:
        if (letter->receipt_count < LETTER_RECEIPTS_MAX)
            letter->receipts[letter->receipt_count++] = part->part_receipt;
        else
            letter->cut = true;
        return ERROR_NONE;
    case MESSAGE_part_text:
        if (part->part_text.text.len == 0)
            return ERROR_NONE; /* Telegram refuses a message without a text */
        if (letter->said_count < LETTER_SAID_MAX)
            letter->said[letter->said_count++] = part->part_text.text;
        else
            letter->cut = true;
        return ERROR_NONE;
    case MESSAGE_part_key:
        if (letter->key_count < LETTER_BUTTONS_MAX)
            letter->keys[letter->key_count++] = part->part_key;
        return ERROR_NONE;
    case MESSAGE_part_button:
        return take_button(letter, &part->part_button, why);
    default:
        return why_set(why, ERROR_INVALID, "the letter holds a message that is no part of one");
    }
}

static void take_plan(struct letter *letter, struct letter_plan plan)
{
    size_t i = 0;
    while (i < letter->plan_count && !slice_equal(letter->plans[i].plan, plan.plan))
        i++;
    if (i == LETTER_PLANS_MAX) {
        letter->cut = true;
        return;
    }
    if (i == letter->plan_count)
        letter->plan_count++;
    else
        plan.first = plan.open && (plan.first || letter->plans[i].first);
    letter->plans[i] = plan;
}

static enum error take_button(struct letter *letter, const struct message_part_button *button,
                              struct why *why)
{
    /* Telegram refuses the whole message for one bad link. */
    if (!is_url(button->link))
        return why_set(why, ERROR_INVALID, "the button of group \"%.*s\" has no link",
                       SLICE_ARG(button->group));
    size_t i = 0;
    while (i < letter->button_count && !slice_equal(letter->buttons[i].group, button->group))
        i++;
    if (i == LETTER_BUTTONS_MAX) {
        letter->buttons_left_out++;
        return ERROR_NONE;
    }
    letter->buttons[i] = *button;
    if (i == letter->button_count)
        letter->button_count++;
    return ERROR_NONE;
}

/* A list of what the member has; welcomes follow by themselves. Without anything at all, how to
 * join. */
static void write_greeting(const struct letter *letter, struct buf *out)
{
    size_t open = 0;
    size_t listed = 0;
    for (size_t i = 0; i < letter->plan_count; i++) {
        open += letter->plans[i].open ? 1 : 0;
        listed += letter->plans[i].open && !letter->plans[i].first ? 1 : 0;
    }
    struct values values;
    common_values(letter, &values);
    if (open == 0 && letter->button_count == 0 && letter->receipt_count == 0)
        write_text(letter, sells(letter->config) ? TEXT_greeting_buyer : TEXT_greeting_stranger,
                   &values, out);
    else if (open == 0)
        write_text(letter, TEXT_greeting, &values, out);
    else if (listed > 0)
        write_text(letter, TEXT_greeting_member, &values, out);
    for (size_t i = 0; i < letter->plan_count; i++) {
        const struct letter_plan *plan = &letter->plans[i];
        if (!plan->open || plan->first)
            continue;
        plan_values(letter, plan, &values);
        buf_append_text(out, "\n");
        bool over = plan->until_ms <= letter->work->turn_ms;
        write_text(letter, over ? TEXT_access_grace : TEXT_access, &values, out);
    }
}

static bool sells(const struct config *config)
{
    for (size_t i = 0; i < config->plan_count; i++)
        if (config->plans[i].price_count > 0)
            return true;
    return false;
}

static void write_open_plan(const struct letter *letter, const struct letter_plan *plan,
                            struct buf *out)
{
    struct values values;
    plan_values(letter, plan, &values);
    if (!plan->first) {
        if (!letter->greeting) {
            new_block(out);
            write_text(letter, TEXT_renewed, &values, out);
        }
        return;
    }

    const struct config_plan *known = config_plan_find(letter->config, plan->plan);
    new_block(out);
    if (known == NULL || known->welcome_text == NULL) {
        write_text(letter, TEXT_welcome, &values, out);
    } else {
        struct slice text = slice_from(known->welcome_text);
        template_render(out, text, values.rows, values.count);
        if (!template_uses(text, "until")) {
            new_block(out);
            write_text(letter, TEXT_access, &values, out);
        }
    }
    if (known == NULL || known->resource_count == 0)
        return;
    new_block(out);
    write_text(letter, TEXT_resources, &values, out);
    for (size_t i = 0; i < known->resource_count; i++)
        buf_printf(out, "\n• %s", known->resources[i]);
}

static void write_ended_plan(const struct letter *letter, const struct letter_plan *plan,
                             struct buf *out)
{
    static const enum text texts[] = {TEXT_ended_expired, TEXT_ended_refunded,
                                      TEXT_ended_charged_back};
    struct values values;
    plan_values(letter, plan, &values);
    new_block(out);
    bool known = plan->reason < sizeof(texts) / sizeof(texts[0]);
    write_text(letter, known ? texts[plan->reason] : TEXT_ended_other, &values, out);
}

static void write_receipt(const struct letter *letter, const struct message_part_receipt *receipt,
                          struct buf *out)
{
    char amount[CALENDAR_TEXT_SIZE];
    char at[CALENDAR_TEXT_SIZE];
    char currency[CURRENCY_CODE_MAX + 1];
    struct values values = {.count = 0};
    add_value(&values, "plan", plan_title(letter, receipt->plan));
    calendar_format(letter->calendar, letter->language, signed_ms(receipt->at_ms), at, sizeof(at));
    add_value(&values, "at", slice_from(at));
    add_value(&values, "payment", receipt->payment_id);
    bool priced = receipt->amount >= 0 && receipt->currency.len > 0 &&
                  slice_copy(receipt->currency, currency, sizeof(currency));
    if (priced) {
        money_format_local(letter->language, receipt->amount, currency, amount, sizeof(amount));
        add_value(&values, "amount", slice_from(amount));
    }
    new_block(out);
    write_text(letter, priced ? TEXT_receipt : TEXT_receipt_bare, &values, out);
    if (receipt->payment_id.len > 0) {
        buf_append_text(out, "\n");
        write_text(letter, TEXT_receipt_payment, &values, out);
    }
}

static void write_tail(const struct letter *letter, struct buf *out)
{
    if (letter->button_count == 0)
        return;
    struct values values;
    common_values(letter, &values);
    bool request = false;
    bool once = false;
    for (size_t i = 0; i < letter->button_count; i++) {
        const struct config_group *group =
            config_group_find(letter->config, letter->buttons[i].group);
        request = request || (group != NULL && group->invite == INVITE_JOIN_REQUEST);
        once = once || (group != NULL && group->invite == INVITE_ONE_TIME_LINK);
    }
    write_text(letter, TEXT_enter, &values, out);
    if (request) {
        buf_append_text(out, "\n");
        write_text(letter, TEXT_enter_request, &values, out);
    }
    if (once) {
        buf_append_text(out, "\n");
        write_text(letter, TEXT_enter_once, &values, out);
    }
    if (letter->buttons_left_out > 0) {
        char count[24];
        int n = snprintf(count, sizeof(count), "%zu", letter->buttons_left_out);
        ASSERT(n > 0 && (size_t)n < sizeof(count));
        add_value(&values, "count", slice_from(count));
        buf_append_text(out, "\n");
        write_text(letter, TEXT_more_groups, &values, out);
    }
}

/* Cut behind a line's end, unless that would cost more than half of what fits. */
static struct slice cut_at_line(struct slice text, size_t units_max)
{
    struct slice head = utf8_cut_utf16(text, units_max);
    if (head.len == text.len)
        return head;
    const char *line_end = memrchr(head.data, '\n', head.len);
    if (line_end != NULL && (size_t)(line_end - head.data) > head.len / 2)
        head.len = (size_t)(line_end - head.data);
    while (head.len > 0 && (head.data[head.len - 1] == '\n' || head.data[head.len - 1] == ' '))
        head.len--;
    return head;
}

static void common_values(const struct letter *letter, struct values *values)
{
    values->count = 0;
    struct slice name = utf8_cut_utf16(letter->work->name, NAME_UNITS_MAX);
    if (name.len == 0)
        name = text_get(TEXT_nameless, letter->language);
    add_value(values, "name", name);
    add_value(values, "community",
              utf8_cut_utf16(slice_from(letter->config->community_name), TITLE_UNITS_MAX));
    int n = snprintf(values->id, sizeof(values->id), "%" PRId64, letter->work->telegram_id);
    ASSERT(n > 0 && (size_t)n < sizeof(values->id));
    add_value(values, "id", slice_from(values->id));
}

static void plan_values(const struct letter *letter, const struct letter_plan *plan,
                        struct values *values)
{
    common_values(letter, values);
    add_value(values, "plan", plan_title(letter, plan->plan));
    if (!plan->open)
        return;
    calendar_format(letter->calendar, letter->language, signed_ms(plan->until_ms), values->until,
                    sizeof(values->until));
    add_value(values, "until", slice_from(values->until));
}

static void add_value(struct values *values, const char *name, struct slice value)
{
    ASSERT(values->count < VALUES_MAX);
    values->rows[values->count++] = (struct template_value){name, value};
}

static void write_text(const struct letter *letter, enum text text, const struct values *values,
                       struct buf *out)
{
    template_render(out, text_get(text, letter->language), values->rows, values->count);
}

/* Blocks stand apart by a blank line. */
static void new_block(struct buf *out)
{
    if (out->len > 0)
        buf_append_text(out, "\n\n");
}

/* A plan that is no longer configured keeps its name. */
static struct slice plan_title(const struct letter *letter, struct slice plan)
{
    const struct config_plan *known = config_plan_find(letter->config, plan);
    return known != NULL ? utf8_cut_utf16(slice_from(known->title), TITLE_UNITS_MAX) : plan;
}

/* What Telegram takes on a button; the link itself came from Telegram. */
static bool is_url(struct slice link)
{
    static const char *const schemes[] = {"https://", "http://", "tg://"};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);
        if (link.len > len && memcmp(link.data, schemes[i], len) == 0)
            return true;
    }
    return false;
}

static int64_t signed_ms(uint64_t ms)
{
    return ms > INT64_MAX ? INT64_MAX : (int64_t)ms;
}
