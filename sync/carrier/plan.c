/* SPDX-License-Identifier: MIT */
#include "carrier/plan.h"

#include <string.h>

#include "base/banned.h"

enum {
	REQUEST_BASE_MS = 120 * 1000,
	REQUEST_KIB_MS = 1000,
};

static int64_t left_ms(int64_t next_ms, int64_t now_ms)
{
	return next_ms > now_ms ? next_ms - now_ms : 0;
}

int64_t plan_back_off_ms(unsigned tries, uint32_t random)
{
	int64_t half_s = PLAN_BACK_OFF_MIN_S;

	for (unsigned i = 0; i < tries && half_s < PLAN_BACK_OFF_MAX_S / 2; i++)
		half_s *= 2;
	if (half_s > PLAN_BACK_OFF_MAX_S / 2)
		half_s = PLAN_BACK_OFF_MAX_S / 2;
	return half_s * 1000 + (int64_t)(random % (uint32_t)(half_s * 1000 + 1));
}

void plan_line_ok(struct plan *plan)
{
	plan->failures = 0;
	plan->next_ms = 0;
}

void plan_line_failed(
    struct plan *plan, int64_t now_ms, int64_t retry_after_s, uint32_t random)
{
	int64_t wait_ms = plan_back_off_ms(plan->failures, random);

	if (retry_after_s > PLAN_RETRY_AFTER_MAX_S)
		retry_after_s = PLAN_RETRY_AFTER_MAX_S;
	if (wait_ms < retry_after_s * 1000)
		wait_ms = retry_after_s * 1000;
	plan->failures++;
	plan->next_ms = now_ms + wait_ms;
}

int64_t plan_line_wait_ms(const struct plan *plan, int64_t now_ms)
{
	return left_ms(plan->next_ms, now_ms);
}

static size_t index_of(const struct plan *plan, const char *name)
{
	size_t i = 0;

	while (i < PLAN_FILES_MAX &&
	       strncmp(plan->file[i].name, name, PLAN_FILE_NAME_MAX) != 0)
		i++;
	return i;
}

/* A free place, or that of the file whose next try is the nearest: forgetting
 * it costs one early resend. */
static size_t place_for(const struct plan *plan)
{
	size_t best = 0;

	for (size_t i = 0; i < PLAN_FILES_MAX; i++) {
		if (!plan->file[i].name[0])
			return i;
		if (plan->file[i].next_ms < plan->file[best].next_ms)
			best = i;
	}
	return best;
}

void plan_file_tried(struct plan *plan, const char *name, int64_t now_ms, uint32_t random)
{
	size_t len = strnlen(name, PLAN_FILE_NAME_MAX);
	size_t i = index_of(plan, name);

	if (len == 0 || len == PLAN_FILE_NAME_MAX)
		return;
	if (i == PLAN_FILES_MAX) {
		i = place_for(plan);
		plan->file[i] = (struct plan_file){.present = true};
		memcpy(plan->file[i].name, name, len + 1);
	}
	struct plan_file *file = &plan->file[i];

	file->next_ms = now_ms + plan_back_off_ms(file->tries, random);
	file->tries++;
	file->doubted = false;
}

int64_t plan_file_wait_ms(const struct plan *plan, const char *name, int64_t now_ms)
{
	size_t i = index_of(plan, name);

	return i < PLAN_FILES_MAX ? left_ms(plan->file[i].next_ms, now_ms) : 0;
}

bool plan_file_doubted(struct plan *plan, const char *name)
{
	size_t i = index_of(plan, name);

	if (i == PLAN_FILES_MAX || plan->file[i].doubted)
		return false;
	plan->file[i].doubted = true;
	return true;
}

void plan_scan_start(struct plan *plan)
{
	for (size_t i = 0; i < PLAN_FILES_MAX; i++)
		plan->file[i].present = false;
}

void plan_scan_saw(struct plan *plan, const char *name)
{
	size_t i = index_of(plan, name);

	if (i < PLAN_FILES_MAX)
		plan->file[i].present = true;
}

void plan_scan_end(struct plan *plan)
{
	for (size_t i = 0; i < PLAN_FILES_MAX; i++) {
		if (!plan->file[i].present)
			plan->file[i] = (struct plan_file){0};
	}
}

void plan_letters_due(struct plan *plan)
{
	plan->letters_ms = 0;
}

void plan_letters_done(struct plan *plan, int64_t now_ms)
{
	plan->letters_ms = now_ms + (int64_t)PLAN_LETTERS_EVERY_S * 1000;
}

void plan_letters_failed(struct plan *plan, int64_t now_ms)
{
	plan->letters_ms = now_ms + (int64_t)PLAN_LETTERS_RETRY_S * 1000;
}

int64_t plan_letters_wait_ms(const struct plan *plan, int64_t now_ms)
{
	return left_ms(plan->letters_ms, now_ms);
}

bool plan_once_gives_up(const struct plan *plan, int64_t now_ms)
{
	return plan->failures >= PLAN_ONCE_TRIES ||
	       plan_line_wait_ms(plan, now_ms) > (int64_t)PLAN_ONCE_WAIT_MAX_S * 1000;
}

int64_t plan_request_ms(uint64_t bytes)
{
	uint64_t kib = bytes / 1024;

	return REQUEST_BASE_MS + (int64_t)kib * REQUEST_KIB_MS;
}
