/*
 * model.c: model tables: how they are named, made, locked, and their versions kept. With
 * stored.c the only file with SQL about models.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "model.h"
#include "stored.h"

PG_FUNCTION_INFO_V1(nn_activate);
PG_FUNCTION_INFO_V1(nn_versions);

/* NULL where there is no such relation. */
static char *
qualified_name(Oid relation)
{
	char *name = get_rel_name(relation);

	return name == NULL
			   ? NULL
			   : quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

int
version_argument(bool null, int32 version)
{
	if (null)
		return ACTIVE_VERSION;
	if (version == ACTIVE_VERSION)
		ereport(ERROR, errcode(ERRCODE_NO_DATA_FOUND), errmsg("no model has a version %d", version),
				errhint("NULL stands for the active version."));
	return version;
}

Oid
model_type(Oid function)
{
	Oid type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("nn_model"),
							   ObjectIdGetDatum(get_func_namespace(function)));

	if (!OidIsValid(type))
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("type nn_model does not exist"),
				errhint("Create the extension pgnn again."));
	return type;
}

static bool
is_model(Oid relation, Oid type)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	bool result = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class class = (Form_pg_class) GETSTRUCT(tuple);

		result = class->reloftype == type && class->relkind == RELKIND_RELATION;
		ReleaseSysCache(tuple);
	}
	return result;
}

bool
model_exists(Oid model, Oid function)
{
	return is_model(model, model_type(function));
}

static Oid
owner_of(Oid relation)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

char *
model_lock(Oid model, Oid function, LOCKMODE mode)
{
	char *old_name = qualified_name(model), *name;

	LockRelationOid(model, mode); /* from here on the name is this model's */
	name = qualified_name(model);
	if (name == NULL && old_name != NULL)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("model %s no longer exists", old_name),
				errdetail("It was dropped while this statement waited for it."));
	if (name == NULL)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("model with OID %u does not exist", model));
	if (!is_model(model, model_type(function)))
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s is not a model", name),
				errhint("Models are made by nn_train, and listed in nn_models."));
	return name;
}

/*
 * Until the transaction ends nobody else adds versions to a model or activates one. It isn't a lock on
 * the table, which VACUUM would have to wait for: a caller that waits for VACUUM while the scan that it
 * is called from has pinned a page that VACUUM waits for would wait for ever, and nobody would notice.
 */
static void
lock_versions(Oid model)
{
	LockDatabaseObject(RelationRelationId, model, 0, ExclusiveLock);
}

/* Checks that the caller may do these things with the model, all of them. */
static void
check_rights(Oid model, const AclMode *rights, int count)
{
	for (int i = 0; i < count; i++)
		if (pg_class_aclcheck(model, GetUserId(), rights[i]) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(model));
}

/* Before the lock on a name is awaited: is it a model, and may the caller train it? */
static void
check_trainable(const RangeVar *relation, Oid oid, Oid old_oid, void *arg)
{
	static const AclMode rights[] = {ACL_SELECT, ACL_INSERT, ACL_UPDATE};

	if (!OidIsValid(oid))
		return;
	if (!is_model(oid, *(Oid *) arg))
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE),
				errmsg("\"%s\" exists and is not a model", relation->relname),
				errhint("Choose another name for the model."));
	check_rights(oid, rights, lengthof(rights));
}

static void
execute(const char *command)
{
	int result = SPI_execute(command, false, 0);

	if (result < 0)
		elog(ERROR, "%s: %s", SPI_result_code_string(result), command);
}

static void
create_model_table(const char *name, Oid type)
{
	execute(psprintf("CREATE TABLE %s OF %s (PRIMARY KEY (version))", name,
					 format_type_be_qualified(type)));
	execute(psprintf("CREATE UNIQUE INDEX ON %s (active) WHERE active", name));
	/* what a network has learnt can't be compressed */
	execute(psprintf("ALTER TABLE %s ALTER parameters SET STORAGE EXTERNAL, "
					 "ALTER optimizer_state SET STORAGE EXTERNAL",
					 name));
}

/* The highest version that a snapshot sees; 0 where there is none. */
static int
last_version(SPIPlanPtr plan, Snapshot snapshot)
{
	bool isnull;
	Datum version;

	if (SPI_execute_snapshot(plan, NULL, NULL, snapshot, InvalidSnapshot, true, false, 0) !=
		SPI_OK_SELECT)
		elog(ERROR, "could not read the versions of a model");
	version = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? 0 : DatumGetInt32(version);
}

/* A transaction that can't see what another has trained meanwhile learns so before it trains. */
static void
check_snapshot(const ModelTable *table)
{
	SPIPlanPtr plan;

	if (!IsolationUsesXactSnapshot())
		return;
	plan =
		SPI_prepare(psprintf("SELECT pg_catalog.max(version) FROM ONLY %s", table->name), 0, NULL);
	if (last_version(plan, GetTransactionSnapshot()) < last_version(plan, GetLatestSnapshot()))
		ereport(
			ERROR, errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			errmsg("could not serialize access due to a concurrent training of %s", table->name),
			errhint("The training might succeed if the transaction is tried again."));
}

ModelTable
model_open_for_training(text *name, Oid function)
{
	Oid type = model_type(function);
	RangeVar *relation = makeRangeVarFromNameList(textToQualifiedNameList(name));
	ModelTable table;
	Oid namespace;

	table.oid = RangeVarGetRelidExtended(relation, RowExclusiveLock, RVR_MISSING_OK,
										 check_trainable, &type);
	if (!OidIsValid(table.oid))
	{
		/*
		 * Two first trainings of one name: the second waits here until the first has committed its
		 * table. The lock is on a hash of the name within the schema, so it disturbs nobody else.
		 */
		namespace = RangeVarGetCreationNamespace(relation);
		LockDatabaseObject(NamespaceRelationId, namespace,
						   (uint16) (string_hash(relation->relname, NAMEDATALEN) % 65535 + 1),
						   ShareUpdateExclusiveLock);
		table.oid = RangeVarGetRelidExtended(relation, RowExclusiveLock, RVR_MISSING_OK,
											 check_trainable, &type);
		if (!OidIsValid(table.oid))
		{
			create_model_table(
				quote_qualified_identifier(get_namespace_name(namespace), relation->relname), type);
			table.oid = get_relname_relid(relation->relname, namespace);
		}
	}
	lock_versions(table.oid);
	table.name = qualified_name(table.oid);
	check_snapshot(&table);
	return table;
}

/* Makes the version the active one, instead of the one that is. */
static void
activate(const char *name, int version)
{
	execute(psprintf("UPDATE ONLY %s SET active = false WHERE active AND version "
					 "OPERATOR(pg_catalog.<>) %d",
					 name, version));
	execute(psprintf("UPDATE ONLY %s SET active = true WHERE active IS NOT TRUE AND version "
					 "OPERATOR(pg_catalog.=) %d",
					 name, version));
}

int
model_begin_version(const ModelTable *table, bool activated)
{
	bool isnull;
	int number;

	execute(psprintf("SELECT pg_catalog.max(version) FROM ONLY %s", table->name));
	number = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (!isnull && number == PG_INT32_MAX)
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("model %s has used up its version numbers", table->name),
				errhint("Train under another name, or give its versions lower numbers."));

	/* First, so that a transaction with an older snapshot fails as one that can't be serialized. */
	if (activated)
		execute(psprintf("UPDATE ONLY %s SET active = false WHERE active", table->name));
	return isnull ? 1 : number + 1;
}

void
model_end_version(const ModelTable *table, int number, int keep)
{
	CacheInvalidateRelcacheByRelid(table->oid); /* plans were made for the version before */
	/* Who may not delete keeps all versions. */
	if (pg_class_aclcheck(table->oid, GetUserId(), ACL_DELETE) == ACLCHECK_OK)
		execute(
			psprintf("DELETE FROM ONLY %s WHERE NOT active AND version OPERATOR(pg_catalog.<>) %d "
					 "AND version OPERATOR(pg_catalog.<=) (SELECT version FROM ONLY %s "
					 "WHERE NOT active ORDER BY version DESC OFFSET %d LIMIT 1)",
					 table->name, number, table->name, keep));
}

int
model_store(const ModelTable *table, const nn_result *result, const ModelVersion *version)
{
	int number = model_begin_version(table, version->activate);

	stored_insert(table->name, number, result, version);
	model_end_version(table, number, version->keep);
	return number;
}

void
model_store_seconds(const ModelTable *table, int version, double storing, double seconds)
{
	Oid types[] = {FLOAT8OID, FLOAT8OID, INT4OID};
	Datum values[] = {Float8GetDatum(seconds), Float8GetDatum(storing), Int32GetDatum(version)};

	if (SPI_execute_with_args(psprintf("UPDATE ONLY %s SET seconds = $1, storing_seconds = $2 "
									   "WHERE version OPERATOR(pg_catalog.=) $3",
									   table->name),
							  lengthof(types), types, values, NULL, false, 0) != SPI_OK_UPDATE)
		elog(ERROR, "could not store the duration of a training in %s", table->name);
}

/*
 * nn_activate(model regclass, version int) -> void: predictions use that version from now on.
 */
Datum
nn_activate(PG_FUNCTION_ARGS)
{
	static const AclMode rights[] = {ACL_SELECT, ACL_UPDATE};
	Oid model;
	int32 version;
	char *name;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR, errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				errmsg("model and version must not be NULL"));
	model = PG_GETARG_OID(0);
	version = PG_GETARG_INT32(1);
	PreventCommandDuringRecovery("nn_activate()");
	PreventCommandIfReadOnly("nn_activate()");
	check_rights(model, rights, lengthof(rights));
	name = model_lock(model, fcinfo->flinfo->fn_oid, RowExclusiveLock);
	lock_versions(model);

	SPI_connect();
	execute(psprintf("SELECT FROM ONLY %s WHERE version OPERATOR(pg_catalog.=) %d", name, version));
	if (SPI_processed == 0)
		ereport(ERROR, errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("model %s has no version %d", name, version),
				errhint("SELECT version, trained_at, score FROM %s shows those it has.", name));
	activate(name, version);
	CacheInvalidateRelcacheByRelid(model); /* plans were made for the version before */
	execute(psprintf("SELECT FROM ONLY %s WHERE active AND version OPERATOR(pg_catalog.=) %d", name,
					 version));
	if (SPI_processed != 1)
		ereport(ERROR, errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				errmsg("version %d of model %s was not activated", version, name),
				errhint("Look at the table's triggers and rules."));
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * nn_versions(model regclass) -> setof nn_model: the rows of the model table, for a model that is
 * only known when the query runs.
 *
 * Reading a table may run code of its owner's, such as an index's expression. Whoever lists all
 * models shouldn't run everyone's with rights of his own: the table is read as its owner, once the
 * caller has been found to have the right to. Row security, which is about the caller, is left to him.
 */
Datum
nn_versions(PG_FUNCTION_ARGS)
{
	static const AclMode rights[] = {ACL_SELECT};
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Oid model = PG_GETARG_OID(0);
	char *name = model_lock(model, fcinfo->flinfo->fn_oid, AccessShareLock);
	Oid caller;
	int security, nest_level = NewGUCNestLevel();

	check_rights(model, rights, lengthof(rights));
	GetUserIdAndSecContext(&caller, &security);
	InitMaterializedSRF(fcinfo, 0);
	if (check_enable_rls(model, InvalidOid, true) != RLS_ENABLED)
		SetUserIdAndSecContext(owner_of(model), security | SECURITY_RESTRICTED_OPERATION);
	SPI_connect();
	if (SPI_execute(psprintf("SELECT * FROM ONLY %s", name), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read %s", name);
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
	AtEOXact_GUC(false, nest_level);
	SetUserIdAndSecContext(caller, security);
	return (Datum) 0;
}
