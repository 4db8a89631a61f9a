/* SPDX-License-Identifier: MIT */
/*
 * What recording one sale costs beside what the disk itself takes. The floor is
 * a file filled with zeros, 128 bytes written and flushed at a time; ours is
 * journal_append: encode, seal a member, chain, commit. Rounds of both take
 * turns on the same file system.
 *     record DIR ROUNDS SALES
 * prints one JSON line: by round the rates, over all rounds the p50 and p99, and the
 * flushes that a sale took.
 */
#include "bench.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"
#include "os/file.h"
#include "sync/journal.h"
#include "sync/keys.h"

enum { RECORD_LEN = 128, FLOOR_FILE_LEN = 16 << 20, ROUNDS_MAX = 99 };

/* Ours and SQLite's calls come here first: the program's own symbol wins. */
static long flushes;

int fdatasync(int fd);
int fsync(int fd);

int fdatasync(int fd)
{
	flushes++;
	return (int)syscall(SYS_fdatasync, fd);
}

int fsync(int fd)
{
	flushes++;
	return (int)syscall(SYS_fsync, fd);
}

/* --- the floor -------------------------------------------------------------------- */

static int floor_open(int dir_fd)
{
	static uint8_t zeros[1 << 20];
	int fd = openat(dir_fd, "floor", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	must_be(fd >= 0, "floor file");
	for (long at = 0; at < FLOOR_FILE_LEN; at += (long)sizeof(zeros))
		must_be(write(fd, zeros, sizeof(zeros)) == sizeof(zeros), "floor file");
	must_be(fsync(fd) == 0, "floor file");
	return fd;
}

static void floor_round(int fd, long count, double *us)
{
	static long at;
	uint8_t record[RECORD_LEN];
	for (long i = 0; i < count; i++, at += RECORD_LEN) {
		memset(record, (int)(i % 251 + 1), sizeof(record));
		double began = now_us();
		must_be(pwrite(fd, record, sizeof(record), at % FLOOR_FILE_LEN) ==
				sizeof(record) &&
			    fdatasync(fd) == 0,
		    "floor write");
		us[i] = now_us() - began;
	}
}

/* --- ours ------------------------------------------------------------------------- */

struct till {
	struct journal *journal;
	struct signer signer;
	struct session session;
	uint8_t seal_key[PUBLIC_KEY_LEN];
	uint8_t seal_key_id[KEY_ID_LEN];
};

static void till_open(struct till *till, int dir_fd)
{
	static struct journal_owner owner;
	static struct event opened;
	uint8_t scalar[SCALAR_LEN];
	uint64_t bad_seq = 0;
	must(key_generate(scalar, till->seal_key), "key");
	must(key_id_of(&crypto_psa, till->seal_key, till->seal_key_id, NULL), "key");
	must(key_generate(scalar, till->signer.key), "key");
	must(signer_from_scalar(scalar, &till->signer), "key");
	owner = (struct journal_owner){.terminal = "caixa-1",
	    .crypto = &crypto_psa,
	    .signer = &till->signer,
	    .clock = clock_system(),
	    .software = "bench"};
	must(journal_open(dir_fd, &owner, &till->journal, &bad_seq), "journal");
	opened = (struct event){.type = EVENT_EPOCH_OPENED,
	    .zone = "America/Sao_Paulo",
	    .business_day = 20261122,
	    .wall_ms = INT64_C(1795000000000)};
	must(crypto_psa.random(opened.id, sizeof(opened.id)), "id");
	must(journal_epoch_open(till->journal, &opened), "epoch");
}

static void sale_fill(struct event *event, struct person *person)
{
	struct instant now;
	clock_system()->now(clock_system()->self, &now);
	*person = (struct person){.kind = MEMBER_CARD};
	(void)snprintf(person->member, sizeof(person->member), "9076%09u",
	    (unsigned)(chance() % 1000000000));
	const int64_t cents = 350 + (int64_t)(chance() % 9650);
	*event = (struct event){.type = EVENT_SALE,
	    .clock = CLOCK_SURE,
	    .utc_offset_min = -180,
	    .zone = "America/Sao_Paulo",
	    .programme_version = UINT64_C(1795000000000),
	    .business_day = 20261122,
	    .clerk = "c01",
	    .points = {cents / 200, 1, 0},
	    .wall_ms = now.wall_ms,
	    .mono_ms = now.mono_ms,
	    .amount_cents = cents,
	    .line_count = 1,
	    .line = {{"07891000315507", 1000, cents}}};
	memcpy(event->boot_id, now.boot_id, BOOT_ID_LEN);
}

/* The id and a new session, when one is due, are part of what a sale costs. */
static void till_round(struct till *till, long count, double *us)
{
	static struct event event;
	struct person person;
	for (long i = 0; i < count; i++) {
		sale_fill(&event, &person);
		double began = now_us();
		must(crypto_psa.random(event.id, sizeof(event.id)), "id");
		if (till->session.counter % SESSION_EVENTS_MAX == 0)
			must(session_new(&crypto_psa, till->seal_key, till->seal_key_id,
				 &till->session),
			    "session");
		must(journal_append(till->journal, &event, &person, &till->session),
		    "append");
		us[i] = now_us() - began;
	}
}

/* --- both ------------------------------------------------------------------------- */

static double rate(const double *us, long count)
{
	double sum = 0;
	for (long i = 0; i < count; i++)
		sum += us[i];
	return (double)count * 1e6 / sum;
}

static void print_side(const char *name, const double *rates, long rounds, double *us,
    size_t count, double flushes_each)
{
	printf("\"%s\": {\"rate\": [", name);
	for (long i = 0; i < rounds; i++)
		printf("%s%.1f", i > 0 ? ", " : "", rates[i]);
	printf("], \"p50_us\": %.1f", quantile(us, count, 0.5));
	printf(", \"p99_us\": %.1f, \"flushes\": %.4f}", quantile(us, count, 0.99),
	    flushes_each);
}

int main(int argc, char **argv)
{
	int dir_fd = -1;
	struct till till = {0};
	double rates[2][ROUNDS_MAX];
	long flushed[2] = {0};
	must_be(argc == 4, "usage: record DIR ROUNDS SALES");
	const long rounds = number_arg(argv[2]);
	const long count = number_arg(argv[3]);
	const size_t all = (size_t)(rounds * count);
	must_be(rounds <= ROUNDS_MAX, "at most 99 rounds");
	double *us[2] = {calloc(all, sizeof(double)), calloc(all, sizeof(double))};
	must_be(us[0] != NULL && us[1] != NULL, "memory");
	must(dir_open(argv[1], &dir_fd), argv[1]);
	int floor_fd = floor_open(dir_fd);
	till_open(&till, dir_fd);
	for (long i = 0; i < rounds; i++) {
		double *at[2] = {us[0] + i * count, us[1] + i * count};
		long before = flushes;
		floor_round(floor_fd, count, at[0]);
		long between = flushes;
		till_round(&till, count, at[1]);
		flushed[0] += between - before;
		flushed[1] += flushes - between;
		for (int side = 0; side < 2; side++)
			rates[side][i] = rate(at[side], count);
	}
	printf("{");
	print_side(
	    "floor", rates[0], rounds, us[0], all, (double)flushed[0] / (double)all);
	printf(", ");
	print_side(
	    "ours", rates[1], rounds, us[1], all, (double)flushed[1] / (double)all);
	printf("}\n");
	journal_close(&till.journal);
	signer_free(&till.signer);
	free(us[0]);
	free(us[1]);
	return EXIT_SUCCESS;
}
