/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>

#include "letters.h"

struct box {
	struct stall *stall;
	struct letters *letters;
	struct letterbox *letterbox;
};

static void box_open(struct box *box)
{
	MUST(letterbox_open(box->stall->dir_fd, &crypto_psa, box->letters->ca.key,
	    "loja-1", &box->letterbox));
}

static int set_up(void **state)
{
	struct box *box = calloc(1, sizeof(*box));
	void *stall = NULL;
	assert_non_null(box);
	assert_int_equal(stall_set_up(&stall), 0);
	box->stall = stall;
	box->letters = letters_new(box->stall);
	box_open(box);
	*state = box;
	return 0;
}

static int tear_down(void **state)
{
	struct box *box = *state;
	void *stall = box->stall;
	letterbox_close(&box->letterbox);
	letters_free(box->letters);
	free(box);
	return stall_tear_down(&stall);
}

static enum err adopt(struct box *box, struct bytes file)
{
	enum cose_type kind = COSE_NONE;
	return letterbox_adopt(box->letterbox, file, &kind);
}

static void test_trust_comes_first(void **state)
{
	struct box *box = *state;
	const struct signer *central = &box->stall->central;
	EXPECT(ERR_KEY, adopt(box, letters_programme(box->letters, central, 5)));
	assert_null(letterbox_trust(box->letterbox));
	MUST(adopt(box, letters_trust(box->letters, 7)));
	assert_int_equal(letterbox_trust(box->letterbox)->key_count, 2);
	MUST(adopt(box, letters_programme(box->letters, central, 5)));
	assert_string_equal(letterbox_programme(box->letterbox)->id, "recarga");
	assert_int_equal(letterbox_programme(box->letterbox)->version, 5);
}

static void test_versions_only_rise(void **state)
{
	struct box *box = *state;
	const struct signer *central = &box->stall->central;
	int64_t expires_ms = 0;
	MUST(adopt(box, letters_trust(box->letters, 7)));
	MUST(adopt(box, letters_programme(box->letters, central, 5)));
	EXPECT(ERR_EXISTS, adopt(box, letters_programme(box->letters, central, 5)));
	EXPECT(ERR_STALE, adopt(box, letters_programme(box->letters, central, 4)));
	EXPECT(ERR_STALE, adopt(box, letters_trust(box->letters, 6)));
	MUST(adopt(box, letters_programme(box->letters, central, 6)));
	assert_int_equal(
	    letterbox_version(box->letterbox, COSE_PROGRAMME, &expires_ms), 6);
	assert_int_equal(expires_ms, INT64_C(1895000000000));
	assert_int_equal(letterbox_version(box->letterbox, COSE_ALERTS, NULL), 0);
}

static void test_forged_letters_change_nothing(void **state)
{
	struct box *box = *state;
	const struct signer *central = &box->stall->central;
	MUST(adopt(box, letters_trust(box->letters, 7)));
	MUST(adopt(box, letters_programme(box->letters, central, 5)));
	/* Any one bit of it. */
	struct bytes file = letters_programme(box->letters, central, 6);
	for (size_t i = 0; i < file.len; i += 7) {
		box->letters->file[i] ^= 0x10;
		assert_int_not_equal(adopt(box, file), ERR_NONE);
		box->letters->file[i] ^= 0x10;
	}
	/* A good signature by a key that trust does not name, trust by another CA. */
	EXPECT(
	    ERR_KEY, adopt(box, letters_programme(box->letters, &box->stall->signer, 6)));
	EXPECT(ERR_KEY, adopt(box, letters_sign(box->letters, central, COSE_TRUST, 9,
				       bytes_of_text("x"))));
	/* Trust of the right CA that names another one. */
	box->letters->trust.ca[3] ^= 1;
	assert_int_not_equal(adopt(box, letters_trust(box->letters, 9)), ERR_NONE);
	assert_int_equal(letterbox_version(box->letterbox, COSE_TRUST, NULL), 7);
	assert_int_equal(letterbox_version(box->letterbox, COSE_PROGRAMME, NULL), 5);
}

static void test_another_stores_letter_is_refused(void **state)
{
	struct box *box = *state;
	MUST(adopt(box, letters_trust(box->letters, 7)));
	letterbox_close(&box->letterbox);
	MUST(letterbox_open(box->stall->dir_fd, &crypto_psa, box->letters->ca.key,
	    "loja-2", &box->letterbox));
	EXPECT(ERR_DENIED,
	    adopt(box, letters_programme(box->letters, &box->stall->central, 5)));
}

static void expect_member(struct box *box, unsigned i, enum err wanted)
{
	char text[24];
	struct directory directory;
	struct directory_key key;
	struct directory_entry entry;
	(void)snprintf(text, sizeof(text), "card:%u", i);
	MUST(letterbox_directory(box->letterbox, &directory));
	MUST(directory_key_from(&crypto_psa, directory.salt, bytes_of_text(text), &key));
	EXPECT(wanted, letterbox_lookup(box->letterbox, &key, &entry));
	if (wanted == ERR_NONE)
		assert_int_equal(entry.balance, i);
}

static void test_directory_is_searched_on_the_disk(void **state)
{
	struct box *box = *state;
	const struct signer *central = &box->stall->central;
	struct directory directory;
	struct directory_key key = {{0}, {0}};
	struct directory_entry entry;
	EXPECT(ERR_NOT_FOUND, letterbox_directory(box->letterbox, &directory));
	EXPECT(ERR_NOT_FOUND, letterbox_lookup(box->letterbox, &key, &entry));
	MUST(adopt(box, letters_trust(box->letters, 7)));
	MUST(adopt(box, letters_directory(box->letters, central, 5, 2000)));
	for (int round = 0; round < 2; round++) {
		MUST(letterbox_directory(box->letterbox, &directory));
		assert_int_equal(directory.count, 2000);
		assert_int_equal(directory.records.len, 0);
		for (unsigned i = 0; i < 2000; i += 37)
			expect_member(box, i, ERR_NONE);
		expect_member(box, 1999, ERR_NONE);
		expect_member(box, 2000, ERR_NOT_FOUND);
		letterbox_close(&box->letterbox); /* and again from the disk */
		box_open(box);
	}
	MUST(adopt(box, letters_directory(box->letters, central, 6, 1)));
	expect_member(box, 0, ERR_NONE);
	expect_member(box, 1, ERR_NOT_FOUND);
	MUST(adopt(box, letters_directory(box->letters, central, 7, 0)));
	expect_member(box, 0, ERR_NOT_FOUND);
}

/* What lies on the disk is proved again: a changed file is as if it were not
 * there, and its version does not stand in the way of a new one. */
static void test_a_changed_file_is_not_used(void **state)
{
	struct box *box = *state;
	const struct signer *central = &box->stall->central;
	int fd = -1;
	MUST(adopt(box, letters_trust(box->letters, 7)));
	MUST(adopt(box, letters_programme(box->letters, central, 5)));
	letterbox_close(&box->letterbox);
	box_open(box);
	assert_int_equal(letterbox_version(box->letterbox, COSE_PROGRAMME, NULL), 5);
	letterbox_close(&box->letterbox);
	fd = openat(box->stall->dir_fd, "programme/programme", O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "Z", 1, 90), 1);
	(void)close(fd);
	box_open(box);
	assert_null(letterbox_programme(box->letterbox));
	assert_int_equal(letterbox_version(box->letterbox, COSE_TRUST, NULL), 7);
	MUST(adopt(box, letters_programme(box->letters, central, 5)));
}

static void test_earlier_programmes_are_kept(void **state)
{
	struct box *box = *state;
	const struct signer *central = &box->stall->central;
	MUST(adopt(box, letters_trust(box->letters, 7)));
	for (uint64_t version = 1; version <= PROGRAMMES_KEPT + 3; version++)
		MUST(adopt(box, letters_programme(box->letters, central, version)));
	for (int round = 0; round < 2; round++) {
		assert_ptr_equal(
		    letterbox_programme_of(box->letterbox, PROGRAMMES_KEPT + 3),
		    letterbox_programme(box->letterbox));
		assert_int_equal(letterbox_programme_of(box->letterbox, 5)->version, 5);
		assert_int_equal(letterbox_programme_of(box->letterbox, 3)->version, 3);
		assert_null(letterbox_programme_of(box->letterbox, 2));
		assert_null(letterbox_programme_of(box->letterbox, 99));
		assert_int_equal(letterbox_programme_of(box->letterbox, 3)->version, 3);
		letterbox_close(&box->letterbox);
		box_open(box);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_trust_comes_first),
	    TEST(test_versions_only_rise),
	    TEST(test_forged_letters_change_nothing),
	    TEST(test_another_stores_letter_is_refused),
	    TEST(test_directory_is_searched_on_the_disk),
	    TEST(test_a_changed_file_is_not_used),
	    TEST(test_earlier_programmes_are_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
