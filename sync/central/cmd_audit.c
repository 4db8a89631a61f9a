/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/banned.h"
#include "central/audit.h"
#include "central/authority.h"
#include "central/command.h"
#include "central/crypto_gnutls.h"

static const char help[] =
    "Proves the ledger again from the signed bytes in it: signatures, chains,\n"
    "receipts, gaps, doubles, and every column. Exits 65 and names the first\n"
    "fault when something is not as it was taken in.\n";

static enum err audit_in(const char *dir, int dir_fd, struct audit_result *ret_result)
{
	struct certificate ca;
	struct certificate_info info;
	struct ledger *ledger = NULL;
	struct registry *registry = NULL;
	enum err err = certificate_load(dir_fd, CERTIFICATE_CA, &ca);
	if (err == ERR_NONE)
		err = certificate_read(bytes_of(ca.der, ca.len), &info);
	if (err == ERR_NONE)
		err = registry_open(dir_fd, &registry);
	if (err == ERR_NONE)
		err = ledger_open_in(dir, LEDGER_READ, &ledger);
	if (err == ERR_NONE)
		err = audit(ledger, registry, &crypto_gnutls, info.key, ret_result);
	ledger_close(&ledger);
	registry_close(&registry);
	return err;
}

int cmd_audit(int argc, char **argv)
{
	const char *dir = NULL;
	const struct command_line line = {
	    .usage = "audit DIR", .help = help, .arguments = &dir, .argument_count = 1};
	static struct audit_result result;
	int code = 0;
	int dir_fd = -1;
	if (!command_parse(&line, argc, argv, &code))
		return code;
	code = central_open(dir, &dir_fd);
	if (code != 0)
		return code;
	enum err err = audit_in(dir, dir_fd, &result);
	(void)close(dir_fd);
	if (err == ERR_CORRUPT && result.fault[0] != '\0')
		return complain(EXIT_DATA_, "audit: %s", result.fault);
	if (err != ERR_NONE)
		return complain_of(err, "the ledger of %s cannot be read", dir);
	(void)printf("audit: %" PRIu64 " events in %" PRIu64 " batches of %" PRIu64
		     " epochs, %" PRIu64 " batches aside, %" PRIu64
		     " letters: every signature, chain and receipt holds\n",
	    result.events, result.batches, result.epochs, result.aside, result.letters);
	return finish_output();
}
