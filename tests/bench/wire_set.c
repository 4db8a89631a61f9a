/* SPDX-License-Identifier: MIT */
/*
 * Batches of anonymous sales and top-ups as a counter has them, for wire.py:
 * 45 s between two on the average with a night now and then, 40 % top-ups, 300
 * products of which few sell most, amounts spread over two decades, a change of
 * clerk in a hundred. The same in every run.
 *     wire_set DIR EVENTS BATCH
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/banned.h"
#include "contract/batch.h"
#include "contract/chain.h"
#include "sync/keys.h"
#include "sync/pack.h"

enum { PRODUCTS = 300, OPERATOR_KINDS = 5, VALUES = 6, PATH_LEN = 512 };

static const struct crypto *const crypto = &crypto_psa;
static uint64_t seed = 20240607;
static double product_below[PRODUCTS]; /* cumulated share, Zipf */
static uint64_t product_code[PRODUCTS];

static const struct epoch_id epoch = {
    .number = 1, .mark = {0x9a, 0x31, 0x07, 0xe4, 0x55, 0x10, 0xcd, 0x28}};

static uint8_t body_buf[BATCH_BODY_MAX], packed_buf[BATCH_FILE_MAX],
    file_buf[BATCH_FILE_MAX];
static uint8_t event_buf[EVENT_BYTES_MAX];

static void must(enum err err, const char *what)
{
	if (err == ERR_NONE)
		return;
	(void)fprintf(stderr, "wire_set: %s: %s\n", what, err_name(err));
	exit(70);
}

/* Uniform in (0, 1): xorshift64. */
static double uniform(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return ((double)(seed >> 11) + 0.5) / 9007199254740992.0;
}

static size_t below(size_t count)
{
	return (size_t)((double)count * uniform());
}

static void make_products(void)
{
	double sum = 0;

	for (size_t i = 0; i < PRODUCTS; i++)
		product_below[i] = sum += 1.0 / (double)(i + 1);
	for (size_t i = 0; i < PRODUCTS; i++) {
		product_below[i] /= sum;
		product_code[i] = UINT64_C(7890000000000) + (uint64_t)below(9999999999);
	}
}

static void make_sale(struct event *event)
{
	struct event_line *line = &event->line[0];
	const double u = uniform();
	size_t i = 0;

	while (i < PRODUCTS - 1 && product_below[i] < u)
		i++;
	event->type = EVENT_SALE;
	event->line_count = 1;
	line->quantity_milli = 1000;
	line->amount_cents =
	    (int64_t)(350 * exp(log(40000.0 / 350) * sqrt(uniform() * uniform())));
	event->amount_cents = line->amount_cents;
	(void)snprintf(line->product, sizeof(line->product), "%014llu",
	    (unsigned long long)product_code[i]);
}

static void make_topup(struct event *event)
{
	static const char *const operators[OPERATOR_KINDS] = {
	    "vivo", "claro", "tim", "oi", "algar"};
	static const int64_t values[VALUES] = {1000, 1500, 2000, 3000, 5000, 10000};

	event->type = EVENT_TOPUP;
	event->amount_cents = values[below(VALUES)];
	event->points[EARNER_CLERK] = event->amount_cents / 50;
	(void)snprintf(event->operator_name, sizeof(event->operator_name), "%s",
	    operators[below(OPERATOR_KINDS)]);
}

/* The next event after the one in `event`. */
static void make_event(struct event *event)
{
	const uint64_t seq = event->seq + 1;
	const double night_ms = uniform() < 1.0 / 700 ? 36e6 : 0;
	const int64_t mono_ms =
	    event->mono_ms + (int64_t)(-45000 * log(uniform()) + night_ms);
	const size_t clerk = seq == 1 || uniform() < 0.01 ? below(8) + 1 : 0;
	char name[CLERK_LEN_MAX + 1];

	memcpy(name, event->clerk, sizeof(name));
	if (clerk > 0)
		(void)snprintf(name, sizeof(name), "c%02u", (unsigned)clerk);
	*event = (struct event){.terminal = "SP-04127-02",
	    .epoch = epoch,
	    .clock = CLOCK_SURE,
	    .utc_offset_min = -180,
	    .zone = "America/Sao_Paulo",
	    .boot_id = {0x5e, 0x81, 0x7c, 0x1d, 0x20, 0x44, 0x4b, 0x90, 0xa7, 0x13, 0x6f,
		0xd2, 0x08, 0xee, 0x39, 0xb5},
	    .programme_version = UINT64_C(1773400000123),
	    .directory_version = UINT64_C(1773400000456),
	    .business_day = 20260301 + (uint32_t)(mono_ms / 86400000 % 28),
	    .seq = seq,
	    .mono_ms = mono_ms,
	    .wall_ms = INT64_C(1773500000000) + mono_ms + (uniform() < 0.3 ? 1 : 0)};
	memcpy(event->clerk, name, sizeof(name));
	for (size_t i = 0; i < EVENT_ID_LEN; i++)
		event->id[i] = (uint8_t)below(256);
	if (uniform() < 0.4)
		make_topup(event);
	else
		make_sale(event);
}

static void make_batch(const char *top, struct batch_header *header,
    const struct signer *signer, struct event *event, struct packer *packer)
{
	struct sink body = sink_of(body_buf, sizeof(body_buf));
	struct sink file = sink_of(file_buf, sizeof(file_buf));
	uint8_t hash[HASH_LEN];
	char path[PATH_LEN];
	size_t len = 0;

	batch_body_head(&body, NULL, 0, (size_t)header->count);
	memcpy(header->head_before, header->head_after, HASH_LEN);
	for (uint64_t i = 0; i < header->count; i++) {
		struct sink bytes = sink_of(event_buf, sizeof(event_buf));
		make_event(event);
		must(event_encode(event, &bytes), "event");
		must(chain_step(crypto, sink_bytes(&bytes), header->head_after), "link");
		batch_body_event(&body, sink_bytes(&bytes));
	}
	header->wall_ms = event->wall_ms;
	header->mono_ms = event->mono_ms;
	must(pack(packer, sink_bytes(&body), packed_buf, sizeof(packed_buf), &len),
	    "pack");
	must(batch_encode(crypto, signer, header, bytes_of(packed_buf, len), &file, hash),
	    "batch");
	(void)snprintf(path, sizeof(path), "%s/batches/%06llu.batch", top,
	    (unsigned long long)header->number);
	FILE *out = fopen(path, "wb");
	if (out == NULL || fwrite(file.buf, 1, file.len, out) != file.len ||
	    fclose(out) != 0)
		must(ERR_IO, path);
	memcpy(header->last_receipt, hash, HASH_LEN); /* as large as a receipt's */
}

int main(int argc, char **argv)
{
	struct batch_header header = {
	    .terminal = "SP-04127-02", .clock = CLOCK_SURE, .software = BALCAO_VERSION};
	static struct event event;
	struct packer *packer = NULL;
	struct signer signer;
	uint64_t events = 0;
	char path[PATH_LEN];
	uint8_t scalar[SCALAR_LEN];

	if (argc != 4 || decimal_u64(argv[2], 1000000, &events) != ERR_NONE ||
	    decimal_u64(argv[3], BATCH_EVENTS_MAX, &header.count) != ERR_NONE ||
	    header.count == 0) {
		(void)fprintf(stderr, "usage: wire_set DIR EVENTS BATCH\n");
		return 64;
	}
	(void)snprintf(path, sizeof(path), "%s/batches", argv[1]);
	if (mkdir(path, 0777) != 0)
		must(ERR_EXISTS, path);
	memset(scalar, 7, sizeof(scalar));
	must(signer_from_scalar(scalar, &signer), "key");
	must(packer_new(&packer), "packer");
	make_products();
	must(chain_start(crypto, header.terminal, &epoch, header.head_after), "start");
	event.mono_ms = 7200000;
	header.epoch = epoch;
	header.first_seq = 1;
	for (uint64_t done = 0; done + header.count <= events; done += header.count) {
		header.number++;
		make_batch(argv[1], &header, &signer, &event, packer);
		header.first_seq += header.count;
	}
	packer_free(&packer);
	signer_free(&signer);
	return 0;
}
