/* SPDX-License-Identifier: MIT */
#include "tests/sync/central/counter.h"

#include "central/command.h"
#include "spool.h"

/* `import DIR STICK`: batches of any terminals in, answers and letters out. */
struct scene {
	struct office office;
	struct counter *one;
	struct counter *two;
	char stick[PLACE_MAX + 16];
};

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);
	if (scene == NULL)
		return -1;
	office_make(&scene->office);
	scene->one = counter_make(&scene->office, "t-1", "loja-1");
	scene->two = counter_make(&scene->office, "t-2", "loja-2");
	intake_close(&scene->office.intake);
	(void)snprintf(scene->stick, sizeof scene->stick, "%s/stick", scene->office.dir);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;
	counter_free(&scene->one);
	counter_free(&scene->two);
	office_remove(&scene->office);
	free(scene);
	return 0;
}

static void put(const struct scene *scene, const struct counter *counter,
    const struct cut *cut, char ret_name[SPOOL_NAME_MAX])
{
	char path[PLACE_MAX + 96];
	int fd = -1;
	(void)snprintf(
	    path, sizeof path, "%s/balcao/%s/out", scene->stick, counter->terminal);
	OK(dir_make(path, 0755));
	OK(dir_open(path, &fd));
	spool_batch_name(&cut->header.epoch, cut->header.number, ret_name);
	OK(file_write(fd, ret_name, 0644, bytes_of(cut->file, cut->len)));
	(void)close(fd);
}

static enum err get(const struct scene *scene, const struct counter *counter,
    const char *name, uint8_t *buf, size_t cap, size_t *ret_len)
{
	char path[PLACE_MAX + 96];
	int fd = -1;
	(void)snprintf(
	    path, sizeof path, "%s/balcao/%s/in", scene->stick, counter->terminal);
	OK(dir_open(path, &fd));
	enum err err = file_read(fd, name, buf, cap, ret_len);
	(void)close(fd);
	return err;
}

static int import(struct scene *scene)
{
	char command[] = "import";
	char *argv[] = {command, scene->office.dir, scene->stick, NULL};
	return cmd_import(3, argv);
}

/* The signed answer on the stick to a batch. */
static void read_answer(const struct scene *scene, const struct counter *counter,
    const char *batch_name, struct answer *ret_answer)
{
	static uint8_t file[ANSWER_FILE_MAX];
	char name[SPOOL_NAME_MAX];
	size_t len = 0;
	struct cose_sign1 message;
	spool_answer_name(batch_name, name);
	OK(get(scene, counter, name, file, sizeof file, &len));
	OK(answer_parse(bytes_of(file, len), &message, ret_answer));
	const struct trust_key *key =
	    trust_find(&scene->office.trust, TRUST_SIGN, message.key_id);
	assert_non_null(key);
	OK(cose_verify(&crypto_psa, &message, key->key, NULL));
}

static void answers_and_letters_go_onto_the_stick(void **state)
{
	struct scene *scene = *state;
	static uint8_t first[ANSWER_FILE_MAX];
	static uint8_t second[ANSWER_FILE_MAX];
	char name[2][SPOOL_NAME_MAX];
	char answer_name[SPOOL_NAME_MAX];
	struct answer answer;
	size_t len = 0;
	size_t again_len = 0;
	struct cut *one = counter_day(scene->one, 3);
	struct cut *two = counter_day(scene->two, 2);
	put(scene, scene->one, one, name[0]);
	put(scene, scene->two, two, name[1]);
	assert_int_equal(import(scene), 0);
	read_answer(scene, scene->one, name[0], &answer);
	assert_int_equal(answer.kind, ANSWER_RECEIPT);
	assert_string_equal(answer.terminal, "t-1");
	assert_memory_equal(answer.batch_hash, one->hash, HASH_LEN);
	read_answer(scene, scene->two, name[1], &answer);
	assert_string_equal(answer.terminal, "t-2");
	OK(get(scene, scene->one, "letter-trust", first, sizeof first, &len));
	OK(get(scene, scene->two, "letter-programme", first, sizeof first, &len));
	/* Read twice, the same bytes: nothing counts twice. */
	spool_answer_name(name[0], answer_name);
	OK(get(scene, scene->one, answer_name, first, sizeof first, &len));
	assert_int_equal(import(scene), 0);
	OK(get(scene, scene->one, answer_name, second, sizeof second, &again_len));
	assert_int_equal(len, again_len);
	assert_memory_equal(first, second, len);
	free(one);
	free(two);
}

static void a_torn_copy_is_refused_and_the_rest_taken(void **state)
{
	struct scene *scene = *state;
	static uint8_t file[ANSWER_FILE_MAX];
	char name[2][SPOOL_NAME_MAX];
	char answer_name[SPOOL_NAME_MAX];
	struct answer answer;
	size_t len = 0;
	struct cut *torn = counter_day(scene->one, 3);
	struct cut *whole = counter_day(scene->two, 1);
	torn->len /= 2;
	put(scene, scene->one, torn, name[0]);
	put(scene, scene->two, whole, name[1]);
	assert_int_equal(import(scene), EXIT_DATA_);
	read_answer(scene, scene->two, name[1], &answer);
	assert_int_equal(answer.kind, ANSWER_RECEIPT);
	spool_answer_name(name[0], answer_name);
	assert_int_equal(
	    get(scene, scene->one, answer_name, file, sizeof file, &len), ERR_NOT_FOUND);
	free(torn);
	free(whole);
}

/* Whatever else lies on a stick is left alone. */
static void strange_files_are_left_alone(void **state)
{
	struct scene *scene = *state;
	char name[SPOOL_NAME_MAX];
	char path[PLACE_MAX + 96];
	int fd = -1;
	struct answer answer;
	struct cut *cut = counter_day(scene->one, 1);
	put(scene, scene->one, cut, name);
	(void)snprintf(path, sizeof path, "%s/balcao/photos of the party", scene->stick);
	OK(dir_make(path, 0755));
	(void)snprintf(path, sizeof path, "%s/balcao/empty", scene->stick);
	OK(dir_make(path, 0755));
	(void)snprintf(path, sizeof path, "%s/balcao/t-1/out", scene->stick);
	OK(dir_open(path, &fd));
	OK(file_write(fd, "notes.batch", 0644, bytes_of_text("milk, bread")));
	(void)close(fd);
	assert_int_equal(import(scene), 0);
	read_answer(scene, scene->one, name, &answer);
	assert_int_equal(answer.kind, ANSWER_RECEIPT);
	free(cut);
}

static void a_stick_without_terminals_is_told(void **state)
{
	struct scene *scene = *state;
	char path[PLACE_MAX + 96];
	assert_int_not_equal(import(scene), 0); /* no such stick */
	(void)snprintf(path, sizeof path, "%s/balcao", scene->stick);
	OK(dir_make(path, 0755));
	assert_int_equal(import(scene), EXIT_DATA_);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(answers_and_letters_go_onto_the_stick),
	    CASE(a_torn_copy_is_refused_and_the_rest_taken),
	    CASE(strange_files_are_left_alone),
	    CASE(a_stick_without_terminals_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
