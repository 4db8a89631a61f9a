/* SPDX-License-Identifier: MIT */
/* The least that taking a backlog in can cost on one core: per batch verify one
 * ES256 signature (OpenSSL), decompress, walk the chain with SHA-256, and insert
 * the events in one durable transaction.
 *     floor_pipe EVENTS BATCH DIR      prints events per second */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zstd.h>

enum { EVENT_LEN = 28, HASH = 32, SIGNATURE_MAX = 80 };

struct packed {
	unsigned char *bytes;
	size_t len;
	unsigned char signature[SIGNATURE_MAX];
	size_t signature_len;
};

static double now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void must(int truth, const char *what)
{
	if (!truth) {
		fprintf(stderr, "floor_pipe: %s failed\n", what);
		exit(EXIT_FAILURE);
	}
}

static uint64_t chance(void)
{
	static uint64_t state = 88172645463325252u;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* One batch of made-up events: time, member, product, amount. */
static void make_batch(unsigned char *events, int count)
{
	for (int i = 0; i < count; i++) {
		unsigned char *e = events + (size_t)i * EVENT_LEN;
		memset(e, 0, EVENT_LEN);
		uint32_t number = (uint32_t)i;
		memcpy(e, &number, sizeof(number));
		uint64_t member = chance() % 5000;
		memcpy(e + 4, &member, sizeof(member));
		uint32_t cents = (uint32_t)(350 + chance() % 39650);
		memcpy(e + 20, &cents, sizeof(cents));
		e[24] = (unsigned char)(chance() % 250);
	}
}

static void pack_batch(
    struct packed *ret, EVP_PKEY *key, const unsigned char *events, size_t len)
{
	size_t cap = ZSTD_compressBound(len);
	ret->bytes = malloc(cap);
	must(ret->bytes != NULL, "malloc");
	ret->len = ZSTD_compress(ret->bytes, cap, events, len, 3);
	must(!ZSTD_isError(ret->len), "compress");
	unsigned char hash[HASH];
	SHA256(ret->bytes, ret->len, hash);
	EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(key, NULL);
	ret->signature_len = SIGNATURE_MAX;
	must(EVP_PKEY_sign_init(sign) == 1 && EVP_PKEY_sign(sign, ret->signature,
						  &ret->signature_len, hash, HASH) == 1,
	    "sign");
	EVP_PKEY_CTX_free(sign);
}

static void exec(sqlite3 *db, const char *sql)
{
	must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK, sql);
}

static void insert(
    sqlite3 *db, sqlite3_stmt *q, const unsigned char *events, int count, int64_t first)
{
	exec(db, "BEGIN");
	for (int i = 0; i < count; i++) {
		const unsigned char *e = events + (size_t)i * EVENT_LEN;
		uint32_t cents;
		memcpy(&cents, e + 20, sizeof(cents));
		sqlite3_bind_int64(q, 1, first + i);
		sqlite3_bind_int(q, 2, e[24]);
		sqlite3_bind_blob(q, 3, e + 4, 16, SQLITE_STATIC);
		sqlite3_bind_int64(q, 4, cents);
		must(sqlite3_step(q) == SQLITE_DONE, "insert");
		sqlite3_reset(q);
	}
	exec(db, "COMMIT");
}

static void take_in(const struct packed *packed, EVP_PKEY_CTX *verify,
    unsigned char *events, size_t len, unsigned char link[HASH])
{
	unsigned char hash[HASH];
	SHA256(packed->bytes, packed->len, hash);
	must(EVP_PKEY_verify(
		 verify, packed->signature, packed->signature_len, hash, HASH) == 1,
	    "verify");
	must(ZSTD_decompress(events, len, packed->bytes, packed->len) == len,
	    "decompress");
	for (size_t at = 0; at < len; at += EVENT_LEN) {
		unsigned char step[HASH + EVENT_LEN];
		memcpy(step, link, HASH);
		memcpy(step + HASH, events + at, EVENT_LEN);
		SHA256(step, sizeof(step), link);
	}
}

int main(int argc, char **argv)
{
	must(argc == 4, "usage: floor_pipe EVENTS BATCH DIR");
	int batch = (int)strtol(argv[2], NULL, 10);
	int batches = (int)strtol(argv[1], NULL, 10) / batch;
	size_t len = (size_t)batch * EVENT_LEN;
	unsigned char *events = malloc(len);
	struct packed *packed = calloc((size_t)batches, sizeof(*packed));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	must(events != NULL && packed != NULL && key != NULL, "set-up");
	for (int b = 0; b < batches; b++) {
		make_batch(events, batch);
		pack_batch(&packed[b], key, events, len);
	}
	char path[512];
	snprintf(path, sizeof(path), "%s/floor_pipe.db", argv[3]);
	sqlite3 *db;
	sqlite3_stmt *q;
	must(sqlite3_open(path, &db) == SQLITE_OK, "open");
	exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE event("
		 "seq INTEGER PRIMARY KEY, kind INTEGER, member BLOB, cents INTEGER)");
	must(sqlite3_prepare_v2(db,
		 "INSERT INTO event VALUES(?1,?2,?3,?4) ON CONFLICT DO NOTHING", -1, &q,
		 NULL) == SQLITE_OK,
	    "prepare");
	EVP_PKEY_CTX *verify = EVP_PKEY_CTX_new(key, NULL);
	must(EVP_PKEY_verify_init(verify) == 1, "verify_init");
	unsigned char link[HASH] = {0};
	double begin = now_s();
	for (int b = 0; b < batches; b++) {
		take_in(&packed[b], verify, events, len, link);
		insert(db, q, events, batch, (int64_t)b * batch + 1);
	}
	printf("%.0f\n", (double)batches * batch / (now_s() - begin));
	return EXIT_SUCCESS;
}
