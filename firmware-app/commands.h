/* SPDX-License-Identifier: MIT */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

/* One function a verb, in cmd_VERB.c; argv[0] is the verb; the result is the
 * exit code (sysexits.h). The table is in main.c. */
int cmd_run(int argc, char **argv);
int cmd_enrol(int argc, char **argv);
int cmd_sync(int argc, char **argv);
int cmd_record(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_journal(int argc, char **argv);
int cmd_devices(int argc, char **argv);
int cmd_carry(int argc, char **argv);
int cmd_report(int argc, char **argv);

#endif
