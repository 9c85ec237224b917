#include "methods.h"

#include "memory.h"

#include "base/assert.h"

#include <stdlib.h>

static const struct {
    const char *name;
    method_fn *run;
} table[] = {
    {"answerCallbackQuery", method_answer_callback_query},
    {"answerPreCheckoutQuery", method_answer_pre_checkout_query},
    {"approveChatJoinRequest", method_approve_chat_join_request},
    {"banChatMember", method_ban_chat_member},
    {"banChatSenderChat", method_ban_chat_sender_chat},
    {"closeForumTopic", method_close_forum_topic},
    {"copyMessage", method_copy_message},
    {"createChatInviteLink", method_create_chat_invite_link},
    {"createForumTopic", method_create_forum_topic},
    {"createInvoiceLink", method_create_invoice_link},
    {"declineChatJoinRequest", method_decline_chat_join_request},
    {"deleteForumTopic", method_delete_forum_topic},
    {"deleteMessage", method_delete_message},
    {"deleteMessages", method_delete_messages},
    {"deleteMyCommands", method_delete_my_commands},
    {"deleteWebhook", method_delete_webhook},
    {"editForumTopic", method_edit_forum_topic},
    {"editMessageReplyMarkup", method_edit_message_reply_markup},
    {"editMessageText", method_edit_message_text},
    {"editUserStarSubscription", method_edit_user_star_subscription},
    {"exportChatInviteLink", method_export_chat_invite_link},
    {"forwardMessage", method_forward_message},
    {"getChat", method_get_chat},
    {"getChatAdministrators", method_get_chat_administrators},
    {"getChatMember", method_get_chat_member},
    {"getChatMemberCount", method_get_chat_member_count},
    {"getMe", method_get_me},
    {"getMyCommands", method_get_my_commands},
    {"getStarTransactions", method_get_star_transactions},
    {"getUpdates", method_get_updates},
    {"getWebhookInfo", method_get_webhook_info},
    {"pinChatMessage", method_pin_chat_message},
    {"refundStarPayment", method_refund_star_payment},
    {"reopenForumTopic", method_reopen_forum_topic},
    {"restrictChatMember", method_restrict_chat_member},
    {"revokeChatInviteLink", method_revoke_chat_invite_link},
    {"sendDocument", method_send_document},
    {"sendInvoice", method_send_invoice},
    {"sendMessage", method_send_message},
    {"sendPhoto", method_send_photo},
    {"sendPoll", method_send_poll},
    {"setChatMemberTag", method_set_chat_member_tag},
    {"setMessageReaction", method_set_message_reaction},
    {"setMyCommands", method_set_my_commands},
    {"setWebhook", method_set_webhook},
    {"unbanChatMember", method_unban_chat_member},
    {"unpinChatMessage", method_unpin_chat_message},
};

static method_fn **by_index; /* of api.def */

void methods_init(void)
{
    by_index = memory_new(api_count(), sizeof(*by_index));
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        const struct api_method *method = api_find(slice_from(table[i].name));
        ASSERT(method);
        by_index[method->index] = table[i].run;
    }
}

void methods_deinit(void)
{
    free(by_index);
    by_index = NULL;
}

method_fn *method_find(const struct api_method *method)
{
    return by_index[method->index];
}
