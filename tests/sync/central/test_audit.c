/* SPDX-License-Identifier: MIT */
#include "tests/sync/central/counter.h"

#include <sqlite3.h>

#include "central/audit.h"

/*
 * A ledger with something of everything is altered in one place after another:
 * every column of every row, every row removed. The audit must find each, but
 * for what is said below to be beyond proof.
 */
struct scene {
	struct office office;
	struct counter *one;
	struct counter *two;
};

static enum err run_audit(struct office *office, struct audit_result *ret_result)
{
	struct ledger *ledger = NULL;
	struct registry *registry = NULL;
	OK(ledger_open_in(office->dir, LEDGER_READ, &ledger));
	OK(registry_open(office->dir_fd, &registry));
	enum err err =
	    audit(ledger, registry, &crypto_gnutls, office->trust.ca, ret_result);
	registry_close(&registry);
	ledger_close(&ledger);
	return err;
}

static void send(struct scene *scene, struct cut *cut, uint16_t expected)
{
	struct answer answer;
	assert_int_equal(office_take(&scene->office, cut, &answer), expected);
	free(cut);
}

/* Sales, a void, a refused event, an unreadable body, a fork, a gap. */
static void fill(struct scene *scene)
{
	struct counter *counter = scene->one;
	uint8_t before[HASH_LEN];
	struct counter *clone = calloc(1, sizeof *clone);
	assert_non_null(clone);
	send(scene, counter_day(counter, 3), 200);
	*clone = *counter;
	memcpy(before, counter->head, HASH_LEN);
	struct event *sale = counter_sale(counter, 1);
	uint8_t id[EVENT_ID_LEN];
	memcpy(id, sale->id, sizeof id);
	counter_record(counter, sale);
	struct event *undo = counter_event(counter, EVENT_VOID);
	undo->amount_cents = -1299;
	memcpy(undo->reference.terminal, counter->terminal, TERMINAL_LEN_MAX);
	memcpy(undo->reference.id, id, EVENT_ID_LEN);
	counter_record(counter, undo);
	struct event *nobody = counter_sale(counter, 1);
	(void)snprintf(nobody->clerk, sizeof nobody->clerk, "nobody");
	counter_record(counter, nobody);
	send(scene, counter_cut(counter, before), 200);
	send(scene, counter_day(clone, 1), 409);
	free(clone);
	memcpy(before, counter->head, HASH_LEN);
	counter_record(counter, counter_sale(counter, 1));
	send(scene, counter_cut_as(counter, bytes_of_text("no zstd"), before), 409);
	send(scene, counter_day(scene->two, 2), 200);
	free(counter_day(scene->two, 1)); /* never arrives */
	send(scene, counter_day(scene->two, 1), 409);
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof *scene);
	if (scene == NULL)
		return -1;
	office_make(&scene->office);
	scene->one = counter_make(&scene->office, "t-1", "loja-1");
	scene->two = counter_make(&scene->office, "t-2", "loja-2");
	fill(scene);
	intake_close(&scene->office.intake);
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

/* --- the other hands -------------------------------------------------------- */

static sqlite3 *open_database(const struct scene *scene)
{
	char path[PLACE_MAX + 16];
	sqlite3 *db = NULL;
	(void)snprintf(path, sizeof path, "%s/ledger.db", scene->office.dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	return db;
}

static bool run(sqlite3 *db, const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK;
}

/* Removing this cannot be seen: a letter that no event names; a batch that
 * was held or waits, which stands in no chain. */
static bool beyond_proof_if_removed(const char *table, int row)
{
	return strcmp(table, "letter") == 0 ||
	       (strcmp(table, "batch") == 0 && (row == 3 || row == 6));
}

/* Nor this: when a waiting batch came, and a database's own row numbers. */
static bool beyond_proof_if_altered(const char *table, const char *column, int row)
{
	return (strcmp(column, "arrived_ms") == 0 && row == 6) ||
	       (strcmp(table, "batch") == 0 && strcmp(column, "batch_row") == 0);
}

/* Runs `change` on the ledger and takes it back; true when the audit saw it. A
 * change that the database itself refuses is no change. */
static bool seen(struct scene *scene, const char *change)
{
	static struct audit_result result;
	char copy[2 * PLACE_MAX + 96];
	(void)snprintf(copy, sizeof copy, "cp '%s/ledger.db' '%s/ledger.saved'",
	    scene->office.dir, scene->office.dir);
	FILE *pipe = popen(copy, "r");
	assert_non_null(pipe);
	assert_int_equal(pclose(pipe), 0);
	sqlite3 *db = open_database(scene);
	bool changed = run(db, change) && sqlite3_changes(db) > 0;
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	enum err err = changed ? run_audit(&scene->office, &result) : ERR_CORRUPT;
	(void)snprintf(copy, sizeof copy,
	    "cd '%s' && rm -f ledger.db-wal ledger.db-shm && mv ledger.saved ledger.db",
	    scene->office.dir);
	pipe = popen(copy, "r");
	assert_non_null(pipe);
	assert_int_equal(pclose(pipe), 0);
	if (changed && err == ERR_CORRUPT)
		assert_true(result.fault[0] != '\0');
	return err == ERR_CORRUPT;
}

struct names_of {
	size_t count;
	char name[32][32];
};

static int take_name(void *self, int columns, char **values, char **names)
{
	(void)names;
	struct names_of *list = self;
	assert_true(columns >= 1 && list->count < COUNT_OF(list->name));
	(void)snprintf(list->name[list->count++], sizeof list->name[0], "%s", values[0]);
	return 0;
}

static void list(const struct scene *scene, const char *text, struct names_of *ret_list)
{
	sqlite3 *db = open_database(scene);
	ret_list->count = 0;
	assert_int_equal(sqlite3_exec(db, text, take_name, ret_list, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int rows_of(const struct scene *scene, const char *table)
{
	static struct names_of count;
	char text[96];
	(void)snprintf(text, sizeof text, "SELECT COUNT(*) FROM %s", table);
	list(scene, text, &count);
	return (int)strtol(count.name[0], NULL, 10);
}

/* The n-th row of a table, in a WHERE. */
static void pick_row(const char *table, int row, char *out, size_t cap)
{
	static const char *const keys[][2] = {{"event", "(epoch_row, seq)"},
	    {"session", "(terminal_row, id)"}, {"letter", "(kind, store, version)"},
	    {"batch", "batch_row"}, {"epoch", "epoch_row"}, {"terminal", "terminal_row"}};
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strcmp(keys[i][0], table) == 0) {
			char bare[64];
			(void)snprintf(bare, sizeof bare, "%s", keys[i][1]);
			size_t len = strlen(bare);
			if (bare[0] == '(') {
				memmove(bare, bare + 1, len);
				bare[len - 2] = '\0';
			}
			(void)snprintf(out, cap,
			    "%s IN (SELECT %s FROM %s ORDER BY %s LIMIT 1 OFFSET %d)",
			    keys[i][1], bare, table, bare, row - 1);
		}
}

static const char *const tables[] = {
    "terminal", "epoch", "batch", "event", "session", "letter"};

/* --- the tests -------------------------------------------------------------- */

static void untouched_is_clean(void **state)
{
	static struct audit_result result;
	struct scene *scene = *state;
	OK(run_audit(&scene->office, &result));
	assert_string_equal(result.fault, "");
	assert_int_equal(result.batches, 4);
	assert_int_equal(result.events, 8);
	assert_int_equal(result.aside, 2);
	assert_int_equal(result.epochs, 2);
}

static void every_removed_row_is_found(void **state)
{
	struct scene *scene = *state;
	unsigned missed = 0;
	for (size_t t = 0; t < COUNT_OF(tables); t++) {
		int rows = rows_of(scene, tables[t]);
		assert_true(rows > 0);
		for (int row = 1; row <= rows; row++) {
			char where[256];
			char change[320];
			pick_row(tables[t], row, where, sizeof where);
			(void)snprintf(change, sizeof change, "DELETE FROM %s WHERE %s",
			    tables[t], where);
			if (beyond_proof_if_removed(tables[t], row) ||
			    seen(scene, change))
				continue;
			print_message("not found: %s\n", change);
			missed++;
		}
	}
	assert_int_equal(missed, 0);
}

/* A number goes up by one; a text or blob has its first byte changed; NULL
 * becomes 1. */
static void every_altered_column_is_found(void **state)
{
	static struct names_of columns;
	struct scene *scene = *state;
	unsigned missed = 0;
	for (size_t t = 0; t < COUNT_OF(tables); t++) {
		char text[640];
		int rows = rows_of(scene, tables[t]);
		(void)snprintf(text, sizeof text,
		    "SELECT name FROM pragma_table_info('%s')", tables[t]);
		list(scene, text, &columns);
		for (int row = 1; row <= rows; row++) {
			for (size_t i = 0; i < columns.count; i++) {
				const char *c = columns.name[i];
				char where[256];
				pick_row(tables[t], row, where, sizeof where);
				(void)snprintf(text, sizeof text,
				    "UPDATE %s SET %s = CASE typeof(%s)"
				    " WHEN 'integer' THEN %s + 1 WHEN 'null' THEN 1"
				    " WHEN 'text' THEN 'x' || substr(%s, 2)"
				    " ELSE CAST((CASE substr(%s, 1, 1) WHEN x'ff'"
				    " THEN x'fe' ELSE x'ff' END) || substr(%s, 2)"
				    " AS BLOB) END"
				    " WHERE %s",
				    tables[t], c, c, c, c, c, c, where);
				if (beyond_proof_if_altered(tables[t], c, row) ||
				    seen(scene, text))
					continue;
				print_message(
				    "not found: %s.%s row %d\n", tables[t], c, row);
				missed++;
			}
		}
	}
	assert_int_equal(missed, 0);
}

/* Bits in the middle of the stored bytes, not only at their start. */
static void altered_bytes_are_found(void **state)
{
	struct scene *scene = *state;
	static const char *const changes[] = {
	    "UPDATE batch SET file = CAST(substr(file, 1, 200) || x'00' ||"
	    " substr(file, 202) AS BLOB) WHERE substr(file, 201, 1) <> x'00' AND"
	    " batch_row = %d",
	    "UPDATE batch SET answer = CAST(substr(answer, 1, length(answer) - 1) ||"
	    " x'55' AS BLOB) WHERE substr(answer, -1) <> x'55' AND batch_row = %d",
	    "UPDATE batch SET answer = (SELECT answer FROM batch WHERE batch_row = 1)"
	    " WHERE batch_row <> 1 AND answer IS NOT NULL AND batch_row = %d",
	};
	for (size_t i = 0; i < COUNT_OF(changes); i++)
		for (int row = 1; row <= 6; row++) {
			char text[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			(void)snprintf(text, sizeof text, changes[i], row);
#pragma GCC diagnostic pop
			if (!seen(scene, text))
				fail_msg("not found: %s", text);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(untouched_is_clean),
	    cmocka_unit_test(every_removed_row_is_found),
	    cmocka_unit_test(every_altered_column_is_found),
	    cmocka_unit_test(altered_bytes_are_found),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
