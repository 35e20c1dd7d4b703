/*
 * networks.h: the networks that a session has ready to predict.
 */
#ifndef PGNN_NETWORKS_H
#define PGNN_NETWORKS_H

#include "miscadmin.h"
#include "utils/snapmgr.h"

#include "model.h"

/* For whom and when a model was read. Two snapshots with the same numbers see the same rows. */
typedef struct View
{
	Oid user;
	TransactionId xmin, xmax;
	uint32 in_progress;
	int32 subtransactions;
	CommandId command;
	uint64 ends;
} View;

/* The active version of a model, as some view shows it. */
typedef struct Network
{
	StoredModel *model; /* without its parameters, which the predictor has */
	nn_predictor *predictor;
	MemoryContext context; /* of it all */
	int users;             /* calls that hold it */
	bool listed;           /* others may find it */
} Network;

/* Networks that are kept without being used: pgnn.cache_size. */
extern int networks_kept;

/*
 * Ends of transactions, and rollbacks to savepoints: what they did themselves, snapshots of the same
 * numbers saw before and don't see any more.
 */
extern uint64 view_ends;

/* That of the caller's, now. */
extern View view_now(void);

/* Whether the view shows what one taken now would show: asked for every row. */
static inline bool
view_is_now(const View *view)
{
	Snapshot snapshot = GetActiveSnapshot();

	return view->xmin == snapshot->xmin && view->xmax == snapshot->xmax &&
		   view->command == snapshot->curcid && view->in_progress == snapshot->xcnt &&
		   view->subtransactions == snapshot->subxcnt && view->user == GetUserId() &&
		   view->ends == view_ends;
}

/*
 * The network of a model, held until the memory context is reset: one that is ready, or the one that
 * is read now. function is any function of the extension. Reports an error where the caller may not
 * read the model, or it can't predict.
 */
extern Network *network_acquire(Oid model, Oid function, MemoryContext holder);

/* The same, for a moment and only if it is ready; otherwise NULL. The caller may read the model. */
extern const Network *network_ready(Oid model, Oid function);

#endif
