/* What is said of memberships, payments and what the operator publishes. */
#include "config/web.h"
#include "ledger/words.h"
#include "modules/shop/say.h"

static const say_text heads[SHOP_HEADS] = {
    [SHOP_PLANS] = {"Memberships of {{community}}:", "“{{community}}”的会员套餐：",
                    "「{{community}}」的會員方案："},
    [SHOP_NOTHING] = {"Nothing can be bought here at the moment.", "目前没有可购买的套餐。",
                      "目前沒有可購買的方案。"},
    [SHOP_CODE_ASKED] = {"Please send the promo code as a message.", "请直接发送优惠码。",
                         "請直接傳送優惠碼。"},
    [SHOP_CODE_KEPT] = {"The code {{text}} is kept for your next order, for 24 hours.",
                        "优惠码 {{text}} 已为您保留 24 小时，下次下单时自动使用。",
                        "優惠碼 {{text}} 已為您保留 24 小時，下次下單時會自動套用。"},
    [SHOP_CODE_REFUSED] = {"The code {{text}} cannot be used: {{why}}.",
                           "优惠码 {{text}} 无法使用：{{why}}。",
                           "優惠碼 {{text}} 無法使用：{{why}}。"},
    [SHOP_REFUSED] = {"This cannot be ordered right now: {{why}}.", "暂时无法下单：{{why}}。",
                      "目前無法下單：{{why}}。"},
    [SHOP_ORDERS] = {"Your last orders:", "您最近的订单：", "您最近的訂單："},
    [SHOP_NO_ORDERS] = {"You have not ordered anything yet.", "您还没有下过订单。",
                        "您還沒有下過訂單。"},
    [SHOP_NO_ORDER] = {"Not found: you have no such order.", "未找到：您没有这个订单。",
                       "找不到：您沒有這筆訂單。"},
    [SHOP_MINE] = {"Your membership of {{community}}:", "您在“{{community}}”的会员：",
                   "您在「{{community}}」的會員資格："},
    [SHOP_NONE_MINE] = {"You are not a member of {{community}} yet.",
                        "您目前还不是“{{community}}”的会员。",
                        "您目前還不是「{{community}}」的會員。"},
    [SHOP_LANGUAGES] = {"Which language shall I speak?\n请选择语言。\n請選擇語言。",
                        "请选择语言。\n請選擇語言。\nWhich language shall I speak?",
                        "請選擇語言。\n请选择语言。\nWhich language shall I speak?"},
    [SHOP_LANGUAGE_SET] = {"From now on I write to you in English.",
                           "好的，以后我会用简体中文与您沟通。",
                           "好的，之後我會用繁體中文與您溝通。"},
    [SHOP_PAYMENTS] = {"Your last payments:", "您最近的付款：", "您最近的付款："},
    [SHOP_NO_PAYMENTS] = {"No payment of yours has arrived here yet.", "目前还没有收到您的付款。",
                          "目前還沒有收到您的付款。"},
    [SHOP_ASK_SUPPORT] = {"Something is wrong with a payment? Write to our support and name its "
                          "number.",
                          "付款有问题？请联系客服，并提供付款编号。",
                          "付款有問題嗎？請聯絡客服，並提供付款編號。"},
    [SHOP_ASK_TEAM] = {"Something is wrong with a payment? Write to the {{community}} team and "
                       "name its number.",
                       "付款有问题？请联系“{{community}}”的客服，并提供付款编号。",
                       "付款有問題嗎？請聯絡「{{community}}」的客服人員，並提供付款編號。"},
};
static const say_text haves[] = {
    [SHOP_ACTIVE] = {"{{plan}}: active until {{until}}, {{days}} days left",
                     "{{plan}}：有效期至 {{until}}，还剩 {{days}} 天",
                     "{{plan}}：有效期限至 {{until}}，還剩 {{days}} 天"},
    [SHOP_GRACE] = {"{{plan}}: expired on {{until}}; renew soon to keep your access",
                    "{{plan}}：已于 {{until}} 到期，请尽快续费以保留访问权限",
                    "{{plan}}：已於 {{until}} 到期，請盡快續訂以保留使用權限"},
    [SHOP_ENDED] = {"{{plan}}: ended on {{until}}", "{{plan}}：已于 {{until}} 结束",
                    "{{plan}}：已於 {{until}} 結束"},
};
static const say_text one_day = {"{{plan}}: active until {{until}}, 1 day left",
                                 "{{plan}}：有效期至 {{until}}，还剩 1 天",
                                 "{{plan}}：有效期限至 {{until}}，還剩 1 天"};
static const say_text last_day = {"{{plan}}: active until {{until}}, ends today",
                                  "{{plan}}：有效期至 {{until}}，今天到期",
                                  "{{plan}}：有效期限至 {{until}}，今天到期"};
static const say_text charging = {"{{plan}}: the next period is being charged by {{gateway}}",
                                  "{{plan}}：正在通过 {{gateway}} 扣取下一周期的费用",
                                  "{{plan}}：正在透過 {{gateway}} 收取下一週期的費用"};
static const say_text renewals[] = {
    [SHOP_RENEWS_NOT] = {"", "", ""},
    [SHOP_RENEWS] = {"Renews by itself on {{charge}}: {{amount}} by {{gateway}}",
                     "将于 {{charge}} 通过 {{gateway}} 自动续费 {{amount}}",
                     "將於 {{charge}} 透過 {{gateway}} 自動續訂 {{amount}}"},
    [SHOP_RENEWS_NO_MORE] = {"The renewal is cancelled; what you have paid for stays yours.",
                             "自动续费已取消，已付款的时长不受影响。",
                             "自動續訂已取消，已付款的期間不受影響。"},
    [SHOP_CHARGE_FAILED] = {"The last charge by {{gateway}} failed. Please see to your way to pay.",
                            "最近一次通过 {{gateway}} 扣款失败，请检查您的付款方式。",
                            "最近一次透過 {{gateway}} 扣款失敗，請檢查您的付款方式。"},
};
static const say_text credit = {"Credit: {{amount}}. It is taken off your next order by itself.",
                                "余额：{{amount}}，下次下单时自动抵扣。",
                                "餘額：{{amount}}，下次下單時會自動折抵。"};
static const say_text payment = {
    "{{at}}: {{plan}}, {{amount}} by {{gateway}}\nPayment no. {{payment}}: {{state}}",
    "{{at}}：{{plan}}，{{amount}}（{{gateway}}）\n付款编号 {{payment}}：{{state}}",
    "{{at}}：{{plan}}，{{amount}}（{{gateway}}）\n付款編號 {{payment}}：{{state}}"};
static const say_text payment_states[] = {
    [PAYMENT_STATE_RECORDED] = {"recorded", "已记录", "已記錄"},
    [PAYMENT_STATE_GRANTED] = {"counts", "已生效", "已生效"},
    [PAYMENT_STATE_UNSETTLED] = {"arrived, the team is looking at it", "已收到，客服核对中",
                                 "已收到，客服核對中"},
    [PAYMENT_STATE_TAKEN_BACK] = {"given back", "已退回", "已退回"},
};
static const say_text payment_kinds[] = {
    [PAYMENT_REFUNDED] = {"a refund", "退款", "退款"},
    [PAYMENT_CHARGED_BACK] = {"a dispute", "争议（拒付）", "爭議（拒付）"},
    [PAYMENT_REINSTATED] = {"a dispute that was won", "争议已解决", "爭議已解決"},
    [PAYMENT_PARTLY_REFUNDED] = {"a refund of a part", "部分退款", "部分退款"},
    [PAYMENT_REFUND_FAILED] = {"a refund that failed", "退款失败", "退款失敗"},
};
static const say_text unpublished = {"{{community}} has published nothing about this here.",
                                     "“{{community}}”尚未在这里发布相关内容。",
                                     "「{{community}}」尚未在這裡公布相關內容。"};
static const say_text legals[] = {
    [SHOP_TERMS] = {"The terms of {{community}}:", "“{{community}}”的服务条款：",
                    "「{{community}}」的服務條款："},
    [SHOP_PRIVACY] = {"How {{community}} treats your data:", "“{{community}}”的隐私政策：",
                      "「{{community}}」的隱私權政策："},
};
static const say_text open_page = {"Open", "打开", "開啟"};
static const say_text helps = {"What you can ask for here:", "您可以在这里使用：",
                               "您可以在這裡使用："};
static const say_text command = {"/{{command}}: {{text}}", "/{{command}}：{{text}}",
                                 "/{{command}}：{{text}}"};

void shop_say_head(struct say *say, const void *part)
{
    const struct shop_head *head = part;
    say_append(say, heads[head->what], {"text", head->text},
               {"why", refusal_text(head->why, say->language)});
}

void shop_say_have(struct say *say, const void *part)
{
    const struct shop_have *have = part;
    bool renews = have->renewal == SHOP_RENEWS;
    const char *const *text = have->status == SHOP_GRACE && renews ? charging
                              : have->status != SHOP_ACTIVE        ? haves[have->status]
                              : have->days == 0                    ? last_day
                              : have->days == 1                    ? one_day
                                                                   : haves[SHOP_ACTIVE];
    say_append(say, text, {"plan", say_plan(say, have->plan)},
               {"until", say_time(say, have->until)},
               {"days", say_number(say, (int64_t)have->days)},
               {"gateway", shop_gateway_label(say, have->gateway)});
    if (have->status == SHOP_ENDED || have->renewal == SHOP_RENEWS_NOT ||
        (renews && have->status == SHOP_GRACE))
        return;
    say_line(say, renewals[have->renewal], {"charge", say_time(say, have->charge)},
             {"amount", say_exact(say, have->amount, have->currency)},
             {"gateway", shop_gateway_label(say, have->gateway)});
}

void shop_say_credit(struct say *say, const void *part)
{
    const struct shop_credit *has = part;
    say_append(say, credit, {"amount", say_exact(say, has->amount, has->currency)});
}

/* What is no payment itself says what it is. */
void shop_say_payment(struct say *say, const void *part)
{
    const struct shop_payment *paid = part;
    const char *const *state = payment_states[paid->state];
    if (paid->kind > PAYMENT_PAID && paid->kind <= PAYMENT_REFUND_FAILED)
        state = payment_kinds[paid->kind];
    say_append(say, payment, {"at", say_time(say, paid->at)}, {"plan", say_plan(say, paid->plan)},
               {"amount", say_exact(say, paid->amount, paid->currency)},
               {"gateway", shop_gateway_label(say, paid->gateway)}, {"payment", paid->payment_id},
               {"state", say_choice(say, state)});
}

void shop_say_legal(struct say *say, const void *part)
{
    const struct shop_legal *legal = part;
    const struct config_legal *published = &say->config->legal;
    const char *text = legal->what == SHOP_TERMS ? published->terms : published->privacy;
    if (text == NULL) {
        say_append(say, unpublished);
        return;
    }
    say_append(say, legals[legal->what]);
    buf_append_text(say->text, "\n");
    buf_append_text(say->text, text); /* as it is: a value would lose its line breaks */
    if (web_is_link(slice_from(text)))
        say_link(say, SAY_BELOW, text, open_page);
}

/* What the menu shows, of all modules. */
void shop_say_help(struct say *say, const void *part)
{
    const char *name, *text;
    (void)part;
    say_append(say, helps);
    for (size_t at = 0; menu_command_next(&at, say->language, &name, &text);)
        say_line(say, command, {"command", slice_from(name)}, {"text", slice_from(text)});
}
