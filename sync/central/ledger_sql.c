/* SPDX-License-Identifier: MIT */
#include "central/ledger_sql.h"

#include "central/ledger_driver.h"

_Static_assert((unsigned)S_COUNT_ <= (unsigned)LEDGER_STATEMENTS_MAX, "driver's table");

#define EPOCH_COLUMNS                                                                    \
	"e.epoch_row, e.terminal_row, t.name, e.number, e.mark, e.next_batch,"           \
	" e.next_seq, e.head, e.receipts, e.last_receipt"                                \
	" FROM epoch e JOIN terminal t ON t.terminal_row = e.terminal_row"

#define BATCH_COLUMNS                                                                    \
	"batch_row, epoch_row, number, hash, first_seq, count, state, reason, taken,"    \
	" key_id, store, wall_ms, clock, software, arrived_ms, receipt, answer_hash,"    \
	" file, answer FROM batch"

#define EVENT_COLUMNS                                                                    \
	"epoch_row, seq, taken, terminal_row, id, content, type, clerk, amount, day,"    \
	" training, refused, repeat, changed, points_member, points_clerk,"              \
	" points_store, claimed_member, claimed_clerk, claimed_store, of_terminal,"      \
	" of_id FROM event"

#define LETTER_COLUMNS "kind, store, version, issued_ms, expires_ms, file FROM letter"

/* What stands between two rows of the order in which batches were taken. */
#define CAME_BEFORE(TAKEN, SEQ)                                                          \
	" AND (taken < " TAKEN " OR (taken = " TAKEN " AND seq < " SEQ "))"

const char *const ledger_sql[S_COUNT_] = {
    [S_BEGIN] = "BEGIN IMMEDIATE",
    [S_VIEW] = "BEGIN",
    [S_COMMIT] = "COMMIT",
    [S_ROLLBACK] = "ROLLBACK",
    [S_SAVE] = "SAVEPOINT one",
    [S_KEEP] = "RELEASE SAVEPOINT one",
    [S_UNDO] = "ROLLBACK TO SAVEPOINT one",
    [S_TERMINAL_ADD] = "INSERT INTO terminal(name) VALUES($1) ON CONFLICT DO NOTHING",
    [S_TERMINAL_ROW] = "SELECT terminal_row FROM terminal WHERE name = $1",
    [S_EPOCH_FIND] =
	"SELECT " EPOCH_COLUMNS " WHERE t.name = $1 AND e.number = $2 AND e.mark = $3",
    [S_EPOCH_BY_ROW] = "SELECT " EPOCH_COLUMNS " WHERE e.epoch_row = $1",
    [S_EPOCH_NEXT] =
	"SELECT " EPOCH_COLUMNS " WHERE (t.name, e.number, e.mark) > ($1, $2, $3)"
	" ORDER BY t.name, e.number, e.mark LIMIT 1",
    [S_EPOCH_ADD] = "INSERT INTO epoch(terminal_row, number, mark, next_batch, next_seq,"
		    " head, receipts, last_receipt) VALUES($1,$2,$3,$4,$5,$6,$7,$8)"
		    " RETURNING epoch_row",
    [S_EPOCH_SET] = "UPDATE epoch SET next_batch = $1, next_seq = $2, head = $3,"
		    " receipts = $4, last_receipt = $5 WHERE epoch_row = $6",
    [S_BATCH_ADD] = "INSERT INTO batch(epoch_row, number, hash, first_seq, count, state,"
		    " reason, taken, key_id, store, wall_ms, clock, software, arrived_ms,"
		    " receipt, answer_hash, file, answer)"
		    " VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,"
		    "$18) RETURNING batch_row",
    [S_BATCH_SET] = "UPDATE batch SET state = $1, reason = $2, taken = $3, receipt = $4,"
		    " answer_hash = $5, answer = $6, arrived_ms = $7"
		    " WHERE batch_row = $8",
    [S_BATCH_FIND] =
	"SELECT " BATCH_COLUMNS " WHERE epoch_row = $1 AND number = $2 AND hash = $3",
    [S_BATCH_BY_NUMBER] = "SELECT " BATCH_COLUMNS
			  " WHERE epoch_row = $1 AND number = $2 AND taken IS NOT NULL",
    [S_BATCH_BY_TAKEN] = "SELECT " BATCH_COLUMNS " WHERE taken = $1",
    [S_BATCH_WAITING] =
	"SELECT " BATCH_COLUMNS " WHERE epoch_row = $1 AND number = $2 AND state = 3"
	" ORDER BY batch_row LIMIT 1",
    [S_BATCH_NEXT] =
	"SELECT " BATCH_COLUMNS " WHERE batch_row > $1 ORDER BY batch_row LIMIT 1",
    [S_TAKEN] = "SELECT MAX(taken) FROM batch",
    [S_EVENT_ADD] = "INSERT INTO event(epoch_row, seq, taken, terminal_row, id, content,"
		    " type, clerk, amount, day, training, refused, repeat, changed,"
		    " points_member, points_clerk, points_store, claimed_member,"
		    " claimed_clerk, claimed_store, of_terminal, of_id)"
		    " VALUES($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,"
		    "$18,$19,$20,$21,$22)",
    [S_EVENT_AT] = "SELECT " EVENT_COLUMNS " WHERE epoch_row = $1 AND seq = $2",
    [S_EVENT_KNOWN] = "SELECT 1 FROM event"
		      " WHERE terminal_row = $1 AND id = $2 AND repeat = 0 LIMIT 1",
    [S_EVENT_BY_ID] = "SELECT " EVENT_COLUMNS
		      " WHERE terminal_row = (SELECT t.terminal_row FROM terminal t"
		      " WHERE t.name = $1) AND id = $2 AND repeat = 0" CAME_BEFORE(
			  "$3", "$4") " ORDER BY taken, seq LIMIT 1 OFFSET $5",
    [S_EVENT_OF] =
	"SELECT " EVENT_COLUMNS " WHERE of_id = $1 AND of_terminal = $2 AND repeat = 0"
	" AND refused = 0" CAME_BEFORE(
	    "$3", "$4") " ORDER BY taken, seq LIMIT 1 OFFSET $5",
    [S_EVENT_COUNT] = "SELECT COUNT(*) FROM event",
    [S_SESSION_ADD] = "INSERT INTO session(terminal_row, id, recipient) VALUES($1,$2,$3)"
		      " ON CONFLICT DO NOTHING",
    [S_SESSION_FIND] = "SELECT recipient FROM session"
		       " WHERE terminal_row = $1 AND id = $2",
    [S_SESSION_COUNT] = "SELECT COUNT(*) FROM session",
    [S_LETTER_ADD] = "INSERT INTO letter(kind, store, version, issued_ms, expires_ms,"
		     " file) VALUES($1,$2,$3,$4,$5,$6)",
    [S_LETTER_NEWEST] =
	"SELECT " LETTER_COLUMNS " WHERE kind = $1 AND (store = $2 OR store = '')"
	" ORDER BY version DESC LIMIT 1",
    [S_LETTER_VERSION] = "SELECT " LETTER_COLUMNS " WHERE kind = $1 AND version = $2",
    [S_LETTER_TOP] = "SELECT MAX(version) FROM letter WHERE kind = $1",
    [S_LETTER_NEXT] =
	"SELECT " LETTER_COLUMNS " WHERE (kind, store, version) > ($1, $2, $3)"
	" ORDER BY kind, store, version LIMIT 1",
    [S_FIGURES] = "SELECT b.store, e.clerk, e.day, e.type, COUNT(*), "
		  " CAST(SUM(e.amount) AS BIGINT), CAST(SUM(e.points_member) AS BIGINT),"
		  " CAST(SUM(e.points_clerk) AS BIGINT),"
		  " CAST(SUM(e.points_store) AS BIGINT)"
		  " FROM event e JOIN batch b ON b.taken = e.taken"
		  " WHERE e.refused = 0 AND e.repeat = 0 AND e.training = 0"
		  " GROUP BY b.store, e.clerk, e.day, e.type"
		  " ORDER BY b.store, e.clerk, e.day, e.type",
    [S_CONTACTS] = "SELECT t.name, b.store, b.arrived_ms, b.wall_ms, b.clock, b.software,"
		   " x.waiting, x.held FROM (SELECT e.terminal_row AS terminal_row,"
		   " MAX(c.batch_row) AS last,"
		   " SUM(CASE WHEN c.state = 3 THEN 1 ELSE 0 END) AS waiting,"
		   " SUM(CASE WHEN c.state IN (2, 4) THEN 1 ELSE 0 END) AS held"
		   " FROM batch c JOIN epoch e ON e.epoch_row = c.epoch_row"
		   " GROUP BY e.terminal_row) x"
		   " JOIN terminal t ON t.terminal_row = x.terminal_row"
		   " JOIN batch b ON b.batch_row = x.last ORDER BY t.name",
    [S_FLAGGED] =
	"SELECT " EVENT_COLUMNS " WHERE repeat = 0 AND (refused <> 0 OR changed <> 0 OR"
	" points_member <> claimed_member OR points_clerk <> claimed_clerk OR"
	" points_store <> claimed_store) ORDER BY taken, seq",
};
