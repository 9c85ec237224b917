/* E-mail by hand: an operator's word to one address, and the way to try a mail server. Modules
 * write theirs by reply_mail (ledger/reply.h). */
#ifndef USHER_MODULES_MAIL_H
#define USHER_MODULES_MAIL_H

#define MODULE_DEF  "modules/mail/mail.def"
#define MODULE_SELF MODULE_mail
#include "ledger/declare.h"

extern const struct config_module mail_config;

#endif
