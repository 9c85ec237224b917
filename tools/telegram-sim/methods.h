/* The methods that are simulated: one table, one file a family. */
#ifndef SIM_METHODS_H
#define SIM_METHODS_H

#include "call.h"

/* Once, after api_init. */
void methods_init(void);
void methods_deinit(void);
/* NULL: validated, but not simulated. */
method_fn *method_find(const struct api_method *method);

method_fn method_get_me, method_get_updates, method_set_webhook, method_delete_webhook,
    method_get_webhook_info;
method_fn method_send_message, method_send_document, method_send_photo, method_send_poll,
    method_answer_callback_query;
method_fn method_edit_message_text, method_edit_message_reply_markup, method_delete_message,
    method_delete_messages, method_pin_chat_message, method_unpin_chat_message,
    method_set_message_reaction;
method_fn method_copy_message, method_forward_message;
method_fn method_create_chat_invite_link, method_export_chat_invite_link,
    method_revoke_chat_invite_link, method_approve_chat_join_request,
    method_decline_chat_join_request;
method_fn method_ban_chat_member, method_unban_chat_member, method_get_chat_member,
    method_get_chat_member_count, method_get_chat;
method_fn method_restrict_chat_member, method_ban_chat_sender_chat, method_set_chat_member_tag,
    method_get_chat_administrators;
method_fn method_create_forum_topic, method_edit_forum_topic, method_close_forum_topic,
    method_reopen_forum_topic, method_delete_forum_topic;
method_fn method_send_invoice, method_create_invoice_link, method_answer_pre_checkout_query,
    method_refund_star_payment, method_get_star_transactions, method_edit_user_star_subscription;
method_fn method_set_my_commands, method_get_my_commands, method_delete_my_commands;

#endif
