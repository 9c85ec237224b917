#include "modules/ticket/say.h"

#include "ledger/words.h"
#include "text/say.h"

#include <stdio.h>

static void say_menu(struct say *say, const void *part);
static void say_word(struct say *say, const void *part);
static void say_note(struct say *say, const void *part);

const struct say_row ticket_says[] = {{shape_ticket_menu, say_menu},
                                      {shape_ticket_word, say_word},
                                      {shape_ticket_note, say_note},
                                      {NULL, NULL}};

static const say_text categories[TICKET_CATEGORIES] = {
    [TICKET_PAYMENT] = {"Payment", "支付", "付款"},
    [TICKET_ACCESS] = {"Access", "进群与权限", "進群與權限"},
    [TICKET_RESOURCES] = {"Resources", "资料与福利", "資料與福利"},
    [TICKET_OTHER] = {"Other", "其他", "其他"},
};

/* To the member. */
static const say_text words[] = {
    [TICKET_WORD_OPENED] = {"Your ticket is {{ticket}}. Write here what happened, in as many "
                            "messages as you like: it goes to our team.\nExpect an answer by "
                            "{{due}}.",
                            "您的工单号是 {{ticket}}。请直接在这里描述问题，可以分多条发送，"
                            "客服都能看到。\n预计在 {{due}} 前回复您。",
                            "您的工單編號是 {{ticket}}。請直接在這裡描述問題，可以分多則傳送，"
                            "客服都看得到。\n預計在 {{due}} 前回覆您。"},
    [TICKET_WORD_ANSWER] = {"Support ({{ticket}}):\n", "客服回复（{{ticket}}）：\n",
                            "客服回覆（{{ticket}}）：\n"},
    [TICKET_WORD_RESOLVED] =
        {"We take it that {{ticket}} is solved. If it is not, just write again.",
         "工单 {{ticket}} 已标记为解决。如果问题还在，直接回复即可。",
         "工單 {{ticket}} 已標記為解決。如果問題還在，直接回覆即可。"},
    [TICKET_WORD_CLOSED] = {"Ticket {{ticket}} is closed. For something new, say /support.",
                            "工单 {{ticket}} 已关闭。如有新问题，请发送 /support。",
                            "工單 {{ticket}} 已關閉。如有新問題，請傳送 /support。"},
    [TICKET_WORD_ASKED] = {"How likely are you to recommend {{community}} after ticket {{ticket}}? "
                           "0 is not at all, 10 is certainly.",
                           "工单 {{ticket}} 处理之后，您有多大可能向朋友推荐{{community}}？"
                           "0 表示完全不会，10 表示一定会。",
                           "工單 {{ticket}} 處理之後，您有多大可能向朋友推薦{{community}}？"
                           "0 表示完全不會，10 表示一定會。"},
    [TICKET_WORD_THANKS] = {"Thank you.", "谢谢您的反馈。", "謝謝您的回饋。"},
};

/* To the staff, in the community's language. */
static const say_text notes[] = {
    [TICKET_NOTE_OPENED] =
        {"{{ticket}} {{category}}\nFrom {{member}} ({{id}}). First answer due "
         "{{due}}.\nWhat is written here goes to the member; begin with // to "
         "stay among yourselves. /assign /resolve /close",
         "{{ticket}} {{category}}\n来自 {{member}}（{{id}}）。首次回复截止 {{due}}。"
         "\n在这里写的内容会发给会员；以 // 开头的只有客服可见。/assign /resolve "
         "/close",
         "{{ticket}} {{category}}\n來自 {{member}}（{{id}}）。首次回覆期限 {{due}}。"
         "\n在這裡寫的內容會傳給會員；以 // 開頭的只有客服可見。/assign /resolve "
         "/close"},
    [TICKET_NOTE_SAID] = {"{{ticket}} {{member}}: ", "{{ticket}} {{member}}:",
                          "{{ticket}} {{member}}:"},
    [TICKET_NOTE_ANSWERED] = {"{{ticket}} answered: ", "{{ticket}} 已回复：",
                              "{{ticket}} 已回覆："},
    [TICKET_NOTE_ASSIGNED] = {"{{ticket}} is assigned to {{id}}.", "{{ticket}} 已分配给 {{id}}。",
                              "{{ticket}} 已指派給 {{id}}。"},
    [TICKET_NOTE_RESOLVED] = {"{{ticket}} is resolved.", "{{ticket}} 已解决。",
                              "{{ticket}} 已解決。"},
    [TICKET_NOTE_CLOSED] = {"{{ticket}} is closed. What is written about it goes to nobody.",
                            "{{ticket}} 已关闭，之后写的内容不会再发给会员。",
                            "{{ticket}} 已關閉，之後寫的內容不會再傳給會員。"},
    [TICKET_NOTE_WARNED] = {"{{ticket}} ({{category}}) waits: a reply is due by {{due}}.",
                            "{{ticket}}（{{category}}）等待处理：请在 {{due}} 前回复。",
                            "{{ticket}}（{{category}}）等待處理：請在 {{due}} 前回覆。"},
    [TICKET_NOTE_BREACHED] = {"{{ticket}} ({{category}}) is overdue since {{due}}.",
                              "{{ticket}}（{{category}}）已超时，截止时间为 {{due}}。",
                              "{{ticket}}（{{category}}）已逾時，期限為 {{due}}。"},
    [TICKET_NOTE_COMMANDS] =
        {"{{ticket}}: that was not done. Known are /assign [Telegram id of the "
         "roster], /resolve and /close.",
         "{{ticket}}：未执行。可用命令：/assign [值班名单里的 Telegram id]、"
         "/resolve、/close。",
         "{{ticket}}：未執行。可用指令：/assign [值班名單裡的 Telegram id]、"
         "/resolve、/close。"},
};

const char *say_category(enum ticket_category category, enum language language)
{
    return categories[category][language];
}

static void say_menu(struct say *say, const void *part)
{
    static const say_text off = {"There is no support to write to here.", "这里暂时没有人工客服。",
                                 "這裡暫時沒有人工客服。"};
    static const say_text full = {
        "You have three open tickets already. Write here, and we will see "
        "it.",
        "您已有三个未关闭的工单，直接在这里留言即可。",
        "您已有三個未關閉的工單，直接在這裡留言即可。"};
    static const say_text what = {"What is it about?", "请问是哪方面的问题？",
                                  "請問是哪方面的問題？"};
    const struct ticket_menu *menu = part;
    if (menu->off || menu->full) {
        say_append(say, menu->off ? off : full);
        return;
    }
    say_append(say, what);
    for (size_t i = 0; i < TICKET_CATEGORIES; i++) {
        char data[SAID_DATA_SIZE];
        if (said_data(MODULE_ticket, "open", slice_from(ticket_categories[i]), data))
            say_key(say, i % 2 == 0 ? SAY_BELOW : SAY_BESIDE, data, categories[i]);
    }
}

static void say_word(struct say *say, const void *part)
{
    static const say_text score = {"{{n}}", "{{n}}", "{{n}}"};
    const struct ticket_word *word = part;
    char id[TICKET_ID_SIZE];
    ticket_id(word->ticket, id);
    say_append(say, words[word->word], {"ticket", slice_from(id)},
               {"due", say_time(say, word->due)});
    buf_append_slice(say->text, word->text); /* with its lines, which a placeholder would join */
    for (int n = 0; word->word == TICKET_WORD_ASKED && n <= 10; n++) {
        char arg[TICKET_ID_SIZE + 8];
        char data[SAID_DATA_SIZE];
        (void)snprintf(arg, sizeof arg, "%s:%d", id, n);
        if (said_data(MODULE_ticket, "rate", slice_from(arg), data))
            say_key(say, n == 0 || n == 6 ? SAY_BELOW : SAY_BESIDE, data, score,
                    {"n", say_number(say, n)});
    }
}

static void say_note(struct say *say, const void *part)
{
    const struct ticket_note *note = part;
    char id[TICKET_ID_SIZE];
    ticket_id(note->ticket, id);
    say_append(say, notes[note->note], {"ticket", slice_from(id)},
               {"category", slice_from(categories[note->category][say->language])},
               {"member", note->name}, {"id", say_number(say, note->telegram_id)},
               {"due", say_time(say, note->due)});
    buf_append_slice(say->text, note->text);
}
