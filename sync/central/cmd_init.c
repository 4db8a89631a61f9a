/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/authority.h"
#include "central/command.h"
#include "central/intake.h"
#include "central/ledger.h"
#include "os/file.h"

static const char help[] =
    "Makes a new central in DIR: its certificate authority, the keys that sign\n"
    "receipts and open sealed members, and an empty ledger.\n"
    "  --host NAME  a name or address by which terminals reach it, besides\n"
    "               localhost; may be given more than once\n";

/* Takes a failed init back, so that the next one finds what this one found. */
static void undo(int dir_fd)
{
	static const struct {
		const char *path;
		int flags;
	} made[] = {{"keys/" KEY_CA, 0}, {"keys/" KEY_TLS, 0}, {"keys/" KEY_RECEIPT, 0},
	    {"keys/" KEY_SEALING, 0}, {"keys/" CERTIFICATE_CA, 0},
	    {"keys/" CERTIFICATE_TLS, 0}, {"keys/tokens", AT_REMOVEDIR},
	    {"keys", AT_REMOVEDIR}, {"issued", AT_REMOVEDIR}, {LEDGER_FILE, 0},
	    {LEDGER_FILE "-wal", 0}, {LEDGER_FILE "-shm", 0}};

	for (size_t i = 0; i < COUNT_OF(made); i++)
		(void)unlinkat(dir_fd, made[i].path, made[i].flags);
}

/* The ledger comes last but for opening it all once, which signs the first
 * trust letter and proves that every part fits the others. */
static enum err create(const char *dir, int dir_fd, const struct hosts *hosts)
{
	struct instant now;
	struct intake *intake = NULL;
	struct ledger *ledger = NULL;
	const struct clock *clock = clock_system();
	clock->now(clock->self, &now);
	enum err err = authority_create(dir_fd, hosts, now.wall_ms);
	if (err == ERR_NONE)
		err = ledger_open_in(dir, LEDGER_CREATE, &ledger);
	ledger_close(&ledger);
	if (err == ERR_NONE)
		err = intake_open(dir, dir_fd, clock, &intake);
	intake_close(&intake);
	return err;
}

static int init(const char *dir, const struct hosts *hosts)
{
	int dir_fd = -1;
	int lock_fd = -1;
	enum err err = dir_make(dir, 0700);
	if (err == ERR_NONE)
		err = dir_open(dir, &dir_fd);
	if (err == ERR_NONE)
		err = lock_take(dir_fd, INTAKE_LOCK, "init", 0, NULL, 0, &lock_fd);
	if (err != ERR_NONE) {
		if (dir_fd >= 0)
			(void)close(dir_fd);
		(void)complain_of(err, "cannot make a central in %s", dir);
		return err == ERR_BUSY ? EXIT_TRY_LATER_ : EXIT_CANNOT_CREATE_;
	}
	int code = 0;
	if (faccessat(dir_fd, "keys", F_OK, 0) == 0 ||
	    faccessat(dir_fd, LEDGER_FILE, F_OK, 0) == 0)
		code = complain(EXIT_CANNOT_CREATE_,
		    "%s already holds a central; it was left as it is", dir);
	else if ((err = create(dir, dir_fd, hosts)) != ERR_NONE) {
		undo(dir_fd);
		(void)complain_of(err, "cannot make a central in %s", dir);
		code = err == ERR_FORMAT || err == ERR_LIMIT ? EXIT_USAGE_
							     : EXIT_CANNOT_CREATE_;
	}
	lock_release(&lock_fd);
	(void)close(dir_fd);
	return code;
}

static int show(const char *dir)
{
	uint8_t pin[HASH_LEN];
	char hex[2 * HASH_LEN + 1];
	int dir_fd = -1;
	int code = central_open(dir, &dir_fd);
	if (code != 0)
		return code;
	enum err err = ca_pin(dir_fd, pin);
	(void)close(dir_fd);
	if (err != ERR_NONE)
		return complain_of(err, "cannot read the certificate made in %s", dir);
	hex_encode(hex, bytes_of(pin, sizeof pin));
	(void)printf("central made in %s\nca pin %s\n", dir, hex);
	return finish_output();
}

/* A name that a certificate can hold: no blanks, no slashes, no wildcards. */
static bool host_fits(const char *host)
{
	uint8_t six[16];
	size_t len = 0;
	if (strchr(host, ':') != NULL)
		return inet_pton(AF_INET6, host, six) == 1;
	for (; host[len] != '\0'; len++) {
		char c = host[len];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '.' &&
		    c != ':')
			return false;
	}
	return len > 0 && len <= HOST_LEN_MAX;
}

int cmd_init(int argc, char **argv)
{
	const char *dir = NULL;
	const char *given[HOSTS_MAX];
	static struct hosts hosts;
	size_t count = 0;
	const struct command_option options[] = {
	    {.name = "host", .values = given, .count = &count, .values_max = HOSTS_MAX},
	    {0}};
	const struct command_line line = {.usage = "init DIR [--host NAME]...",
	    .help = help,
	    .options = options,
	    .arguments = &dir,
	    .argument_count = 1};
	int code = 0;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	for (size_t i = 0; i < count; i++) {
		if (!host_fits(given[i]))
			return complain(EXIT_USAGE_,
			    "--host %s is no host name and no address", given[i]);
		(void)snprintf(hosts.host[i], sizeof hosts.host[i], "%s", given[i]);
	}
	hosts.count = count;
	code = init(dir, &hosts);
	return code == 0 ? show(dir) : code;
}
