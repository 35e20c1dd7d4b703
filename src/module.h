/*
 * module.h: the settings.
 */
#ifndef PGNN_MODULE_H
#define PGNN_MODULE_H

#include "core/api.h"

/* Threads that a training may use: pgnn.threads, as far as there are processors; at least 1. */
extern int threads_allowed(void);

#endif
