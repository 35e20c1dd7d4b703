/*
 * module.c: what PostgreSQL looks for when it loads the library, and nothing else.
 */
#include "postgres.h"

#include "fmgr.h"

#include "compat.h"

PGNN_MODULE_MAGIC;
