/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "contract/chain.h"
#include "contract/crypto.h"

/* What a chain does when it is given what it cannot chain, or when hashing
 * fails; its values are proved by the vectors of batches and by the reader in
 * tests/interop. */

static enum err sha256_fails(
    const struct bytes *parts, size_t count, uint8_t ret[HASH_LEN])
{
	(void)parts;
	(void)count;
	memset(ret, 0xee, HASH_LEN);
	return ERR_IO;
}

static const struct crypto broken = {.name = "broken", .sha256 = sha256_fails};

static void a_terminal_name_has_its_limit(void **state)
{
	(void)state;
	const struct epoch_id epoch = {.number = 1};
	char name[256];
	uint8_t link[HASH_LEN] = {0};
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(chain_start(&broken, name, &epoch, link), ERR_LIMIT);
	assert_int_equal(chain_start(&broken, "t1", &epoch, link), ERR_IO);
}

static void what_is_no_event_moves_no_link(void **state)
{
	(void)state;
	static const uint8_t garbage[] = {0x9f, 0xff, 0x00};
	uint8_t link[HASH_LEN] = {7};
	assert_int_not_equal(
	    chain_step(&broken, bytes_of(garbage, sizeof(garbage)), link), ERR_NONE);
	assert_int_not_equal(chain_step(&broken, (struct bytes){0}, link), ERR_NONE);
	assert_int_equal(link[0], 7);
	assert_int_equal(link[HASH_LEN - 1], 0);
}

static void no_key_id_without_its_hash(void **state)
{
	(void)state;
	const uint8_t key[PUBLIC_KEY_LEN] = {4};
	uint8_t id[KEY_ID_LEN] = {7};
	uint8_t hash[HASH_LEN] = {7};
	assert_int_equal(key_id_of(&broken, key, id, hash), ERR_IO);
	assert_int_equal(id[0], 7);
	assert_int_equal(hash[0], 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_terminal_name_has_its_limit),
	    cmocka_unit_test(what_is_no_event_moves_no_link),
	    cmocka_unit_test(no_key_id_without_its_hash),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
