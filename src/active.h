/*
 * active.h: whether a version is still the active one, without a query.
 */
#ifndef PGNN_ACTIVE_H
#define PGNN_ACTIVE_H

#include "storage/itemptr.h"

/* Whether an index sees to it that one version at most is active: until the table changes. */
extern bool active_is_unique(Oid model);

/*
 * Of a table with such an index, locked or lockable: whether the row that was active, there and written
 * by that transaction, still is one that the caller may read by the active snapshot. False: it isn't,
 * or a query has to tell.
 */
extern bool active_row_stands(Oid model, const ItemPointerData *row, TransactionId written_by);

#endif
