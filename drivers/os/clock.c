/* SPDX-License-Identifier: MIT */
#include "os/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/banned.h"
#include "base/bytes.h"

#define BOOT_ID_FILE "/proc/sys/kernel/random/boot_id"
#define ZONE_DIR "/usr/share/zoneinfo"

static int64_t clock_ms(clockid_t id)
{
	struct timespec t = {0};

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The kernel's UUID of this boot without its dashes; zeros where there is none. */
static void read_boot_id(uint8_t ret_id[BOOT_ID_LEN])
{
	char text[64] = {0};
	char digits[2 * BOOT_ID_LEN + 1] = {0};
	size_t n = 0;
	int fd = open(BOOT_ID_FILE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	ssize_t len = read(fd, text, sizeof text - 1);

	(void)close(fd);
	for (ssize_t i = 0; i < len && n < 2 * (size_t)BOOT_ID_LEN; i++) {
		if (text[i] != '-')
			digits[n++] = text[i];
	}
	if (hex_decode(ret_id, BOOT_ID_LEN, digits))
		memset(ret_id, 0, BOOT_ID_LEN);
}

static void system_now(void *self, struct instant *ret_now)
{
	const uint8_t *boot_id = self;

	ret_now->wall_ms = clock_ms(CLOCK_REALTIME);
	ret_now->mono_ms = clock_ms(CLOCK_BOOTTIME);
	memcpy(ret_now->boot_id, boot_id, BOOT_ID_LEN);
}

const struct clock *clock_system(void)
{
	static uint8_t boot_id[BOOT_ID_LEN];
	static struct clock clock = {boot_id, NULL};

	if (!clock.now) {
		read_boot_id(boot_id);
		clock.now = system_now;
	}
	return &clock;
}

static void fake_now(void *self, struct instant *ret_now)
{
	const struct instant *instant = self;

	*ret_now = *instant;
}

struct clock clock_fake(struct instant *instant)
{
	return (struct clock){instant, fake_now};
}

int64_t clock_build_ms(void)
{
	return (int64_t)BALCAO_BUILD_S * 1000;
}

/* [A-Za-z0-9_+-] between single slashes: no way out of the zone folder. */
static bool zone_is_safe(const char *zone)
{
	char before = '/';

	if (!*zone || strnlen(zone, ZONE_LEN_MAX + 1) > ZONE_LEN_MAX)
		return false;
	for (const char *at = zone; *at; before = *at++) {
		bool letter = (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z');
		bool digit = *at >= '0' && *at <= '9';
		bool joint = *at == '_' || *at == '+' || *at == '-';

		if (!letter && !digit && !joint && (*at != '/' || before == '/'))
			return false;
	}
	return before != '/';
}

/* glibc is the reader of zone files, by way of TZ, which stays set: nothing else
 * here asks for local time, and an unchanged TZ costs no second reading. */
static enum err zone_use(const char *zone)
{
	char path[sizeof ZONE_DIR + 1 + ZONE_LEN_MAX];
	char value[ZONE_LEN_MAX + 2];
	const char *now = getenv("TZ");

	if (!zone_is_safe(zone))
		return ERR_NOT_FOUND;
	(void)snprintf(value, sizeof value, ":%s", zone);
	if (now && strcmp(now, value) == 0)
		return ERR_NONE;
	(void)snprintf(path, sizeof path, "%s/%s", ZONE_DIR, zone);

	/* A folder (America) opens for reading too, and is no zone. */
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char magic[4] = {0};

	if (fd < 0)
		return ERR_NOT_FOUND;
	ssize_t len = read(fd, magic, sizeof magic);

	(void)close(fd);
	if (len != (ssize_t)sizeof magic || memcmp(magic, "TZif", sizeof magic) != 0)
		return ERR_NOT_FOUND;
	if (setenv("TZ", value, 1))
		return ERR_MEMORY;
	tzset();
	return ERR_NONE;
}

enum err clock_offset_min(const char *zone, int64_t wall_ms, int *ret_min)
{
	enum err error = zone_use(zone);

	if (error)
		return error;
	int64_t floor_s = wall_ms / 1000 - (wall_ms % 1000 < 0);
	time_t seconds = (time_t)floor_s;
	struct tm local;

	if (!localtime_r(&seconds, &local))
		return ERR_RANGE;
	*ret_min = (int)(local.tm_gmtoff / 60);
	return ERR_NONE;
}
