/* SPDX-License-Identifier: MIT */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

/* Each in its own cmd_NAME.c. argv[0] is the verb; `--state`, `--help` and
 * `--version` were taken out before. Returns the exit code (sysexits.h). */
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
