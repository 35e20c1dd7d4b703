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
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "model.h"
#include "stored.h"

PG_FUNCTION_INFO_V1(nn_activate);
PG_FUNCTION_INFO_V1(nn_versions);

static char *
qualified_name(Oid relation)
{
	char *name = get_rel_name(relation);

	if (name == NULL)
		ereport(ERROR, errcode(ERRCODE_UNDEFINED_TABLE),
				errmsg("model with OID %u does not exist", relation));
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

/* The type nn_model, which is where the extension's functions are. */
static Oid
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

char *
model_qualified_name(Oid model, Oid function)
{
	char *name = qualified_name(model);

	if (!is_model(model, model_type(function)))
		ereport(ERROR, errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("%s is not a model", name),
				errhint("Models are made by nn_train, and listed in nn_models."));
	return name;
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
}

ModelTable
model_open_for_training(text *name, Oid function)
{
	Oid type = model_type(function);
	RangeVar *relation = makeRangeVarFromNameList(textToQualifiedNameList(name));
	ModelTable table;
	Oid namespace;

	table.oid = RangeVarGetRelidExtended(relation, ShareUpdateExclusiveLock, RVR_MISSING_OK,
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
		AcceptInvalidationMessages();
		table.oid = RangeVarGetRelidExtended(relation, ShareUpdateExclusiveLock, RVR_MISSING_OK,
											 check_trainable, &type);
		if (!OidIsValid(table.oid))
		{
			create_model_table(
				quote_qualified_identifier(get_namespace_name(namespace), relation->relname), type);
			table.oid = get_relname_relid(relation->relname, namespace);
		}
	}
	table.name = qualified_name(table.oid);
	return table;
}

/* Makes the version the active one, instead of the one that is. */
static void
activate(const char *name, int version)
{
	execute(psprintf("UPDATE %s SET active = false WHERE active AND version "
					 "OPERATOR(pg_catalog.<>) %d",
					 name, version));
	execute(psprintf("UPDATE %s SET active = true WHERE active IS NOT TRUE AND version "
					 "OPERATOR(pg_catalog.=) %d",
					 name, version));
}

int
model_store(const ModelTable *table, const nn_result *result, const ModelVersion *version)
{
	bool isnull;
	int number;

	execute(psprintf("SELECT pg_catalog.max(version) FROM %s", table->name));
	number = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	if (!isnull && number == PG_INT32_MAX)
		ereport(ERROR, errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				errmsg("model %s has used up its version numbers", table->name),
				errhint("Train under another name, or give its versions lower numbers."));
	number = isnull ? 1 : number + 1;

	stored_insert(table->name, number, result, version);
	if (version->activate)
		activate(table->name, number);
	/* Who may not delete keeps all versions. */
	if (pg_class_aclcheck(table->oid, GetUserId(), ACL_DELETE) == ACLCHECK_OK)
		execute(psprintf("DELETE FROM %s WHERE NOT active AND version OPERATOR(pg_catalog.<>) %d "
						 "AND version OPERATOR(pg_catalog.<=) (SELECT version FROM %s "
						 "WHERE NOT active ORDER BY version DESC OFFSET %d LIMIT 1)",
						 table->name, number, table->name, version->keep));
	return number;
}

/*
 * nn_activate(model regclass, version int) -> void: predictions use that version from now on.
 */
Datum
nn_activate(PG_FUNCTION_ARGS)
{
	static const AclMode rights[] = {ACL_SELECT, ACL_UPDATE};
	Oid model = PG_GETARG_OID(0);
	int32 version = PG_GETARG_INT32(1);
	char *name = model_qualified_name(model, fcinfo->flinfo->fn_oid);

	PreventCommandIfReadOnly("nn_activate()");
	check_rights(model, rights, lengthof(rights));
	LockRelationOid(model, ShareUpdateExclusiveLock);

	SPI_connect();
	execute(psprintf("SELECT FROM %s WHERE version OPERATOR(pg_catalog.=) %d", name, version));
	if (SPI_processed == 0)
		ereport(ERROR, errcode(ERRCODE_NO_DATA_FOUND),
				errmsg("model %s has no version %d", name, version),
				errhint("SELECT version, trained_at, score FROM %s shows those it has.", name));
	activate(name, version);
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * nn_versions(model regclass) -> setof nn_model: the rows of the model table, for a model that is
 * only known when the query runs.
 */
Datum
nn_versions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char *name = model_qualified_name(PG_GETARG_OID(0), fcinfo->flinfo->fn_oid);

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	if (SPI_execute(psprintf("SELECT * FROM %s", name), true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read %s", name);
	for (uint64 i = 0; i < SPI_processed; i++)
		tuplestore_puttuple(result->setResult, SPI_tuptable->vals[i]);
	SPI_finish();
	return (Datum) 0;
}
