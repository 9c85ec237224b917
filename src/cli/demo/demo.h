/* The verb "demo"; its shape is cli.h's. */
#ifndef USHER_CLI_DEMO_DEMO_H
#define USHER_CLI_DEMO_DEMO_H

int cli_demo(int argc, char **argv);

#endif
