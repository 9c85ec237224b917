/* The verbs that look into a data directory or speak to a running usher; their shape is cli.h's. */
#ifndef USHER_CLI_VERBS_H
#define USHER_CLI_VERBS_H

int cli_broadcast(int argc, char **argv);
int cli_mirror(int argc, char **argv);
int cli_report(int argc, char **argv);
int cli_audit(int argc, char **argv);
int cli_clock(int argc, char **argv);
int cli_console(int argc, char **argv);
int cli_mcp(int argc, char **argv);
int cli_member(int argc, char **argv);
int cli_order(int argc, char **argv);
int cli_gateway(int argc, char **argv);
int cli_payment(int argc, char **argv);
int cli_plan(int argc, char **argv);
int cli_queue(int argc, char **argv);
int cli_status(int argc, char **argv);
int cli_group(int argc, char **argv);
int cli_journal(int argc, char **argv);
int cli_facts(int argc, char **argv);
int cli_backup(int argc, char **argv);
int cli_doctor(int argc, char **argv);
int cli_restore(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_webhooks(int argc, char **argv);
int cli_version(int argc, char **argv);

#endif
