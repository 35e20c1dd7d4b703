/*
 * active.c: whether a row of a model table that was the active version still is, without a query: for a
 * statement that predicts from one row, the query takes longer than all else.
 *
 * A row that the snapshot still shows at its old place is what it was, active included; and an index
 * keeps others from being active, too. Where that index is missing, or rights depend on more than the
 * table, the answer is left to a query.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_index.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "active.h"

/* Whether the index is UNIQUE (active) WHERE active, as nn_train makes it. */
static bool
is_index_of_active(Oid oid, AttrNumber active)
{
	Relation index = index_open(oid, AccessShareLock);
	List *predicate = RelationGetIndexPredicate(index);
	Var *condition = list_length(predicate) == 1 ? linitial(predicate) : NULL;
	Form_pg_index form = index->rd_index;
	bool result = form->indisunique && form->indisvalid && form->indimmediate &&
				  form->indnkeyatts == 1 && form->indkey.values[0] == active && condition != NULL &&
				  IsA(condition, Var) && condition->varattno == active;

	index_close(index, AccessShareLock);
	return result;
}

bool
active_is_unique(Oid model)
{
	Relation table = table_open(model, AccessShareLock);
	AttrNumber active = get_attnum(model, "active");
	List *indexes = RelationGetIndexList(table);
	bool unique = false;
	ListCell *cell;

	foreach(cell, indexes)
		unique = unique || is_index_of_active(lfirst_oid(cell), active);
	list_free(indexes);
	table_close(table, AccessShareLock);
	return unique;
}

/* Whether the caller sees all rows and columns of the table. */
static bool
may_read_all(Oid model)
{
	return pg_class_aclcheck(model, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		   check_enable_rls(model, InvalidOid, true) != RLS_ENABLED;
}

bool
active_row_stands(Oid model, const ItemPointerData *row, TransactionId written_by)
{
	ItemPointerData place = *row;
	Relation table;
	TupleTableSlot *slot;
	bool isnull, stands = false;

	if (!may_read_all(model))
		return false;
	table = table_open(model, AccessShareLock);
	/* VACUUM may have cut off what was the end */
	if (ItemPointerGetBlockNumber(&place) < RelationGetNumberOfBlocks(table))
	{
		slot = table_slot_create(table, NULL);
		stands = table_tuple_fetch_row_version(table, &place, GetActiveSnapshot(), slot) &&
				 DatumGetTransactionId(
					 slot_getsysattr(slot, MinTransactionIdAttributeNumber, &isnull)) == written_by;
		ExecDropSingleTupleTableSlot(slot);
	}
	table_close(table, NoLock); /* as a query's, the lock stays */
	return stands;
}
