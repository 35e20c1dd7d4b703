/*
 * status.h: the outcome of a call to the core, and the owner of what it made.
 */
#ifndef PGNN_STATUS_H
#define PGNN_STATUS_H

#include "core/api.h"

/* Reports the status as an error, with its SQLSTATE and hint; returns where it is NN_OK. */
extern void check_status(const nn_status *status);

/* Reports a warning of the core, with its hint. */
extern void report_warning(const nn_status *warning);

/*
 * A place for a handle of the core that is freed with the memory context, also after an error. It is
 * made before the handle: *own(context, nn_x_free) = nn_x_new(...).
 */
extern void **own(MemoryContext context, void (*release)(void *handle));

#endif
