/*
 * compat.h: every difference between PostgreSQL versions, and the only #if on them.
 */
#ifndef PGNN_COMPAT_H
#define PGNN_COMPAT_H

#if PG_VERSION_NUM < 150000
#error "pgnn needs PostgreSQL 15 or later"
#endif

/* Numbers are passed by value, and hashes are products of 128 bits. */
#if SIZEOF_DATUM < 8
#error "pgnn needs a PostgreSQL of 64 bits"
#endif

/* 16 took the VARDATA macros out of postgres.h. */
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/* 16 asks for rights on all objects alike. The users include catalog/pg_proc.h,
 * miscadmin.h and utils/acl.h. */
#if PG_VERSION_NUM >= 160000
#define may_execute(function)                                                                      \
	(object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#else
#define may_execute(function) (pg_proc_aclcheck(function, GetUserId(), ACL_EXECUTE) == ACLCHECK_OK)
#endif

/* 16 named it anew. The users include utils/backend_status.h. */
#if PG_VERSION_NUM < 160000
#define pgstat_get_local_beentry_by_index(index) pgstat_fetch_stat_local_beentry(index)
#endif

/* 17 has infinite intervals. */
#if PG_VERSION_NUM < 170000
#define INTERVAL_NOT_FINITE(interval) false
#endif

/* 18 has RETURNING old and new, of which one is no row. The users include parser/parse_relation.h. */
#if PG_VERSION_NUM >= 180000
#define expand_relation(relation, number, columns)                                                 \
	expandRTE(relation, number, 0, VAR_RETURNING_DEFAULT, -1, true, NULL, columns)
#define row_may_be_old_or_new(variable) ((variable)->varreturningtype != VAR_RETURNING_DEFAULT)
#else
#define expand_relation(relation, number, columns)                                                 \
	expandRTE(relation, number, 0, -1, true, NULL, columns)
#define row_may_be_old_or_new(variable) false
#endif

/* 18 has columns of GROUP BY as a relation of their own. The users include optimizer/optimizer.h. */
#if PG_VERSION_NUM >= 180000
#define ungrouped(root, node)                                                                      \
	((root)->parse->hasGroupRTE ? flatten_group_exprs(root, (root)->parse, node) : (node))
#else
#define ungrouped(root, node) (node)
#endif

/* 18 lets a library say its name and version, for pg_get_loaded_modules(). */
#if PG_VERSION_NUM >= 180000
#define PGNN_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "pgnn", .version = "0.1.0")
#else
#define PGNN_MODULE_MAGIC PG_MODULE_MAGIC
#endif

#endif
