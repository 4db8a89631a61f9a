/* SPDX-License-Identifier: MIT */
#include "central/directory_build.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "manager_files.h"

#include "base/banned.h"

#include "central/programme_file.h"
#include "os/file.h"
#include "stretch.h"

static struct seen seen;
static struct programme programme;
static const uint8_t salt[DIRECTORY_SALT_LEN] = "sixteen bytes!!";

static int setup(void **state)
{
	(void)state;
	programme.identity_count = 4;
	programme.identity[0] = (struct identity){IDENTITY_EAN13, "29", 0};
	programme.identity[1] = (struct identity){IDENTITY_STRIPE, "90765555", 16};
	programme.identity[2] = (struct identity){IDENTITY_CPF, "", 0};
	programme.identity[3] = (struct identity){IDENTITY_PHONE, "", 0};
	programme.segment_count = 1;
	programme.segment[0] = (struct segment_entry){'A', "Especial"};
	return 0;
}

static enum err load(const char *csv, struct members *ret)
{
	char path[64];
	memset(&seen, 0, sizeof seen);
	file_make(path, csv, strlen(csv));
	enum err err = members_file_load(path, &programme, seen_report, &seen, ret);
	(void)unlink(path);
	return err;
}

#define REFUSED(csv, head, word)                                                         \
	do {                                                                             \
		struct members members_ = {0};                                           \
		assert_int_equal(load(csv, &members_), ERR_FORMAT);                      \
		assert_null(members_.member);                                            \
		if (!seen_has(&seen, head, word))                                        \
			seen_print(&seen);                                               \
		assert_true(seen_has(&seen, head, word));                                \
	} while (0)

/* --- members.csv
 * -------------------------------------------------------------------------- */

static void reads_members(void **state)
{
	(void)state;
	struct members members;
	assert_int_equal(
	    load("\xEF\xBB\xBF"
		 "first_name;card;cpf;phone;store;segment;tier;balance;balance_date\r\n"
		 "\"Ana "
		 "\"\"Ninha\"\"\";9076555575248227;52998224725;+5511961234567;loja-1;"
		 "A;Ouro;-12;2026-10-31\r\n"
		 "\r\n"
		 "João;2985672409536;;;;;;;\r\n"
		 ";;;+5598946650615;;;;0;",
		&members),
	    ERR_NONE);
	assert_int_equal(members.count, 3);
	const struct member *ana = &members.member[0];
	assert_string_equal(ana->entry.first_name, "Ana \"Ninha\"");
	assert_string_equal(ana->card, "9076555575248227");
	assert_string_equal(ana->cpf, "52998224725");
	assert_string_equal(ana->phone, "+5511961234567");
	assert_string_equal(ana->store, "loja-1");
	assert_int_equal(ana->entry.segment, 'A');
	assert_int_equal(ana->entry.balance, -12);
	assert_int_equal(ana->entry.balance_day, 20261031);
	assert_string_equal(members.member[1].entry.first_name, "João");
	assert_int_equal(members.member[1].entry.segment, 0);
	assert_string_equal(members.member[2].phone, "+5598946650615");
	members_free(&members);
	assert_null(members.member);
}

static void refuses_members(void **state)
{
	(void)state;
	REFUSED("card,nome\n", "1: nome", "expected card, cpf");
	REFUSED("card,card\n", "1: card", "twice");
	REFUSED("first_name\nAna\n", "1: ", "card, cpf or phone");
	REFUSED("card\n9076555575248228\n", "2: card", "check digit");
	REFUSED("card\n4111111111111111\n", "2: card", "no card of this");
	REFUSED("card\n2985672409537\n", "2: card", "check digit");
	REFUSED("cpf\n52998224724\n", "2: cpf", "check digits");
	REFUSED("cpf\n11111111111\n", "2: cpf", "check digits");
	REFUSED("cpf\n529.982.247-25\n", "2: cpf", "eleven digits");
	REFUSED("phone\n11961234567\n", "2: phone", "+5511912345678");
	REFUSED("phone\n+551161234567\n", "2: phone", "mobile");
	REFUSED("card,segment\n2985672409536,Z\n", "2: segment", "no segment");
	REFUSED("card,balance\n2985672409536,1.5\n", "2: balance", "whole number");
	REFUSED(
	    "card,balance_date\n2985672409536,31/10/2026\n", "2: balance_date", "2026");
	REFUSED("card,tier\n2985672409536,Muito grande mesmo\n", "2: tier", "12 bytes");
	REFUSED(
	    "card,first_name\n2985672409536,\"A\033[2J\"\n", "2: first_name", "24 bytes");
	REFUSED("card,first_name\n2985672409536,\xC0\xAF\n", "2: first_name", "24 bytes");
	REFUSED("card,first_name\n2985672409536\n", "2: ", "1 fields instead of 2");
	REFUSED("card,cpf\n,\n", "2: ", "names no member");
	REFUSED("card\n2985672409536\n\n2985672409536\n", "4: card", "on line 2");
	/* All of them in one run. */
	struct members members = {0};
	assert_int_equal(load("card,segment\n1,Z\n2,A\n3,Y\n", &members), ERR_FORMAT);
	assert_int_equal(seen.count, 5);
}

/* --- the directory
 * -------------------------------------------------------------------------- */

static enum err open_entry(
    struct bytes body, const char *identifier, struct directory_entry *ret)
{
	struct directory directory;
	struct directory_key key;
	const uint8_t *record;
	uint8_t stretched[STRETCH_LEN];
	struct bytes secret = bytes_of_text(identifier);
	assert_int_equal(directory_parse(body, &directory), ERR_NONE);
	if (strncmp(identifier, "card:", 5) != 0) {
		assert_int_equal(stretch_identifier(secret, bytes_of(salt, sizeof salt),
				     directory.argon_memory_kib, directory.argon_passes,
				     directory.argon_lanes, stretched),
		    ERR_NONE);
		secret = bytes_of(stretched, sizeof stretched);
	}
	assert_int_equal(directory_key_from(&crypto_psa, salt, secret, &key), ERR_NONE);
	enum err err = directory_find(&directory, key.tag, &record);
	return err == ERR_NONE ? directory_open(&crypto_psa, &key, record, ret) : err;
}

static bool holds(struct bytes body, const char *text)
{
	size_t len = strlen(text);
	for (size_t i = 0; i + len <= body.len; i++)
		if (memcmp(body.at + i, text, len) == 0)
			return true;
	return false;
}

static const char three[] = "card,cpf,phone,first_name,segment,balance,store\n"
			    "9076555575248227,52998224725,+5511961234567,Marina,A,7,\n"
			    "2985672409536,,,Joaquim,A,620,loja-1\n"
			    ",28401577640,,Rosangela,,5,loja-2\n";

static void each_identifier_opens(void **state)
{
	(void)state;
	struct members members;
	struct bytes body;
	struct directory_entry entry;
	struct directory directory;
	assert_int_equal(load(three, &members), ERR_NONE);
	assert_int_equal(
	    directory_build(&crypto_psa, &members, NULL, salt, -1, &body), ERR_NONE);
	assert_int_equal(directory_parse(body, &directory), ERR_NONE);
	assert_int_equal(directory.count, 5);
	static const char *const marina[] = {
	    "card:9076555575248227", "cpf:52998224725", "phone:+5511961234567"};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(open_entry(body, marina[i], &entry), ERR_NONE);
		assert_string_equal(entry.first_name, "Marina");
		assert_int_equal(entry.balance, 7);
	}
	assert_int_equal(open_entry(body, "cpf:28401577640", &entry), ERR_NONE);
	assert_string_equal(entry.first_name, "Rosangela");
	assert_int_equal(open_entry(body, "cpf:44414441444", &entry), ERR_NOT_FOUND);
	assert_int_equal(open_entry(body, "card:52998224725", &entry), ERR_NOT_FOUND);
	assert_false(holds(body, "Marina"));
	assert_false(holds(body, "90765555"));
	directory_body_free(&body);

	/* A store gets its own and those of everywhere. */
	assert_int_equal(
	    directory_build(&crypto_psa, &members, "loja-1", salt, -1, &body), ERR_NONE);
	assert_int_equal(directory_parse(body, &directory), ERR_NONE);
	assert_int_equal(directory.count, 4);
	assert_int_equal(open_entry(body, "card:2985672409536", &entry), ERR_NONE);
	assert_int_equal(open_entry(body, "cpf:28401577640", &entry), ERR_NOT_FOUND);
	directory_body_free(&body);
	members_free(&members);
}

static void nobody_is_a_directory_too(void **state)
{
	(void)state;
	struct members none = {0};
	struct bytes body;
	struct directory directory;
	assert_int_equal(
	    directory_build(&crypto_psa, &none, "x", salt, -1, &body), ERR_NONE);
	assert_int_equal(directory_parse(body, &directory), ERR_NONE);
	assert_int_equal(directory.count, 0);
	directory_body_free(&body);
}

static size_t cache_rows(
    int dir_fd, uint8_t *file, size_t cap, size_t *ret_len, char name[64])
{
	struct names names;
	assert_int_equal(dir_list(dir_fd, 8, &names), ERR_NONE);
	assert_int_equal(names.count, 1);
	(void)snprintf(name, 64, "%s", names.name[0]);
	names_free(&names);
	assert_int_equal(file_read(dir_fd, name, file, cap, ret_len), ERR_NONE);
	return (*ret_len - 32 - 29) / 48;
}

/* What the cache holds is used: a planted secret shows in what opens a record. */
static void cache_is_used_and_never_trusted(void **state)
{
	(void)state;
	char folder[] = "/tmp/balcao-test-XXXXXX";
	char name[64];
	static uint8_t file[4096];
	size_t len;
	int dir_fd = -1;
	struct members members;
	struct bytes body;
	struct directory_entry entry;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(dir_open(folder, &dir_fd), ERR_NONE);
	assert_int_equal(load(three, &members), ERR_NONE);
	assert_int_equal(
	    directory_build(&crypto_psa, &members, NULL, salt, dir_fd, &body), ERR_NONE);
	directory_body_free(&body);
	assert_int_equal(cache_rows(dir_fd, file, sizeof file, &len, name), 3);
	assert_false(holds(bytes_of(file, len), "52998224725"));

	/* Used: with another secret under a right hash, CPF and phone open no more. */
	for (size_t row = 0; row < 3; row++)
		file[29 + row * 48 + 16] ^= 1;
	const struct bytes part = bytes_of(file, len - 32);
	assert_int_equal(crypto_psa.sha256(&part, 1, file + len - 32), ERR_NONE);
	assert_int_equal(file_write(dir_fd, name, 0600, bytes_of(file, len)), ERR_NONE);
	assert_int_equal(
	    directory_build(&crypto_psa, &members, NULL, salt, dir_fd, &body), ERR_NONE);
	assert_int_equal(open_entry(body, "cpf:52998224725", &entry), ERR_NOT_FOUND);
	assert_int_equal(open_entry(body, "card:9076555575248227", &entry), ERR_NONE);
	directory_body_free(&body);

	/* Damaged: as good as none. */
	file[len - 1] ^= 1;
	assert_int_equal(file_write(dir_fd, name, 0600, bytes_of(file, len)), ERR_NONE);
	assert_int_equal(
	    directory_build(&crypto_psa, &members, NULL, salt, dir_fd, &body), ERR_NONE);
	assert_int_equal(open_entry(body, "cpf:52998224725", &entry), ERR_NONE);
	directory_body_free(&body);
	assert_int_equal(cache_rows(dir_fd, file, sizeof file, &len, name), 3);

	members_free(&members);
	assert_int_equal(file_remove(dir_fd, name), ERR_NONE);
	(void)close(dir_fd);
	(void)rmdir(folder);
}

/* --- the worked example
 * ------------------------------------------------------------------------ */

static void example_fits_its_programme(void **state)
{
	(void)state;
	struct programme_file *file = NULL;
	struct members members = {0};
	memset(&seen, 0, sizeof seen);
	assert_int_equal(programme_file_load("sync/central/examples/recarga.yaml",
			     seen_report, &seen, &file),
	    ERR_NONE);
	enum err err = members_file_load(
	    file->members_path, &file->programme, seen_report, &seen, &members);
	seen_print(&seen);
	assert_int_equal(err, ERR_NONE);
	assert_int_equal(members.count, 3000);
	size_t slow = 0;
	for (size_t i = 0; i < members.count; i++)
		slow += (members.member[i].cpf[0] != '\0' ? 1U : 0U) +
			(members.member[i].phone[0] != '\0' ? 1U : 0U);
	assert_int_equal(slow, 80);
	/* The whole directory, without the slow ones, fits a letter with ease. */
	for (size_t i = 0; i < members.count; i++) {
		members.member[i].cpf[0] = '\0';
		members.member[i].phone[0] = '\0';
	}
	struct bytes body;
	assert_int_equal(
	    directory_build(&crypto_psa, &members, NULL, salt, -1, &body), ERR_NONE);
	assert_true(body.len < 512 * 1024);
	struct directory_entry entry;
	assert_int_equal(open_entry(body, "card:9076555575248227", &entry), ERR_NONE);
	assert_string_equal(entry.first_name, "Marina");
	assert_string_equal(entry.tier, "Ouro");
	directory_body_free(&body);
	members_free(&members);
	programme_file_free(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_members),
	    cmocka_unit_test(refuses_members),
	    cmocka_unit_test(each_identifier_opens),
	    cmocka_unit_test(nobody_is_a_directory_too),
	    cmocka_unit_test(cache_is_used_and_never_trusted),
	    cmocka_unit_test(example_fits_its_programme),
	};
	return cmocka_run_group_tests(tests, setup, NULL);
}
