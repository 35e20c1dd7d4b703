/*
 * support.c: what the planner is told about nn_predict and its family.
 *
 * A row that a prediction is asked for, nn_predict('m', t), becomes the columns that the model takes,
 * nn_predict('m', nn_columns(..., t.a, t.b)): so no row value is formed and taken apart for each row,
 * and columns that nobody needs aren't read. The names of the columns go along, for the model may be
 * another by the time the plan runs; plans are made anew when nn_train or nn_activate change it, since
 * they depend on the model that they name. And what a prediction costs follows from the network.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "columns.h"
#include "compat.h"
#include "outline.h"

PG_FUNCTION_INFO_V1(nn_predict_support);

/* Parameters whose multiplications take about as long as an operator of SQL does. */
#define PARAMETERS_AN_OPERATOR 200

/* ---- whether a row may be NULL as a whole ---- */

static bool
contains_relation(Node *jointree, int relation)
{
	if (jointree == NULL)
		return false;
	if (IsA(jointree, RangeTblRef))
		return ((RangeTblRef *) jointree)->rtindex == relation;
	if (IsA(jointree, FromExpr))
	{
		ListCell *cell;

		foreach(cell, ((FromExpr *) jointree)->fromlist)
			if (contains_relation(lfirst(cell), relation))
				return true;
		return false;
	}
	return contains_relation(((JoinExpr *) jointree)->larg, relation) ||
		   contains_relation(((JoinExpr *) jointree)->rarg, relation);
}

/* Whether an outer join may leave a relation without a row: then there is no prediction. */
static bool
is_nullable(Node *jointree, int relation)
{
	JoinExpr *join;

	if (jointree == NULL || IsA(jointree, RangeTblRef))
		return false;
	if (IsA(jointree, FromExpr))
	{
		ListCell *cell;

		foreach(cell, ((FromExpr *) jointree)->fromlist)
			if (is_nullable(lfirst(cell), relation))
				return true;
		return false;
	}
	join = (JoinExpr *) jointree;
	if ((join->jointype == JOIN_LEFT || join->jointype == JOIN_FULL) &&
		contains_relation(join->rarg, relation))
		return true;
	if ((join->jointype == JOIN_RIGHT || join->jointype == JOIN_FULL) &&
		contains_relation(join->larg, relation))
		return true;
	return is_nullable(join->larg, relation) || is_nullable(join->rarg, relation);
}

/* ---- the columns of a row, by name ---- */

static Node *
make_column(const Var *row, int attribute, Oid type, int32 typmod, Oid collation)
{
	Var *column = (Var *) copyObjectImpl(row);

	column->varattno = attribute;
	column->vartype = type;
	column->vartypmod = typmod;
	column->varcollid = collation;
	if (column->varattnosyn == 0 && column->varnosyn != 0)
		column->varattnosyn = attribute;
	return (Node *) column;
}

/* The column of a composite type, as the attribute of a variable or a member of an expression. */
static int
find_attribute(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i + 1;
	return 0;
}

static int
find_name(List *names, const char *name)
{
	ListCell *cell;

	foreach(cell, names)
		if (strcmp(strVal(lfirst(cell)), name) == 0)
			return foreach_current_index(cell) + 1;
	return 0;
}

/* NULL where a variable's rows have no such column, or it is not sure. */
static Node *
column_of_variable(PlannerInfo *root, const Var *row, const char *name)
{
	RangeTblEntry *relation;
	List *columns;
	Node *column;
	int attribute;

	if (row->vartype != RECORDOID)
	{
		TupleDesc desc = lookup_rowtype_tupdesc_domain(row->vartype, row->vartypmod, true);

		column = NULL;
		attribute = desc == NULL ? 0 : find_attribute(desc, name);
		if (attribute != 0)
		{
			Form_pg_attribute form = TupleDescAttr(desc, attribute - 1);

			column =
				make_column(row, attribute, form->atttypid, form->atttypmod, form->attcollation);
		}
		if (desc != NULL)
			ReleaseTupleDesc(desc);
		return column;
	}
	relation = rt_fetch(row->varno, root->parse->rtable);
	attribute = find_name(relation->eref->colnames, name);
	if (attribute == 0)
		return NULL;
	expand_relation(relation, row->varno, &columns);
	column = list_nth(columns, attribute - 1);
	return make_column(row, attribute, exprType(column), exprTypmod(column), exprCollation(column));
}

static Node *
column_of_expression(const RowExpr *row, const char *name)
{
	int member;

	if (row->row_typeid == RECORDOID)
		member = find_name(row->colnames, name);
	else
	{
		TupleDesc desc = lookup_rowtype_tupdesc(row->row_typeid, -1);

		member = find_attribute(desc, name);
		ReleaseTupleDesc(desc);
	}
	return member == 0 || member > list_length(row->args) ? NULL : list_nth(row->args, member - 1);
}

/* ---- the rewritten call ---- */

static Node *
make_columns(Oid function, List *names, List *columns)
{
	Datum *elements = palloc(list_length(names) * sizeof(Datum));
	ArrayType *array;
	ListCell *cell;
	List *args;

	foreach(cell, names)
		elements[foreach_current_index(cell)] = CStringGetTextDatum(strVal(lfirst(cell)));
	array = construct_array(elements, list_length(names), TEXTOID, -1, false, TYPALIGN_INT);
	args = list_make2(makeNullConst(INTERNALOID, -1, InvalidOid),
					  makeConst(TEXTARRAYOID, -1, DEFAULT_COLLATION_OID, -1, PointerGetDatum(array),
								false, false));
	return (Node *) makeFuncExpr(function, INTERNALOID, list_concat(args, columns), InvalidOid,
								 InvalidOid, COERCE_EXPLICIT_CALL);
}

/* nn_columns, beside a function of the extension. */
static Oid
columns_function(Oid beside)
{
	Oid types[] = {INTERNALOID, TEXTARRAYOID, ANYOID};
	oidvector *arguments = buildoidvector(types, lengthof(types));

	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum("nn_columns"),
						   PointerGetDatum(arguments),
						   ObjectIdGetDatum(get_func_namespace(beside)));
}

/* Of this query or one around it. */
static bool
contains_variable(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, Var) || expression_tree_walker(node, contains_variable, context);
}

/*
 * The columns of a row that a model takes, as arguments of a prediction; NIL where that isn't sure to
 * be the same.
 */
static List *
columns_for(PlannerInfo *root, Node *row, const Outline *outline, Oid function)
{
	List *result = NIL;
	List *names = NIL, *columns = NIL;
	ListCell *cell;

	foreach(cell, outline->features)
	{
		Node *column = IsA(row, Var) ? column_of_variable(root, (Var *) row, strVal(lfirst(cell)))
									 : column_of_expression((RowExpr *) row, strVal(lfirst(cell)));

		if (column == NULL)
			return NIL; /* there will be an error that names it */
		names = lappend(names, lfirst(cell));
		columns = lappend(columns, column);
		if (list_length(names) < COLUMNS_AT_A_TIME && lnext(outline->features, cell) != NULL)
			continue;
		/* With nothing but constants, it would be called while planning. */
		if (!contains_variable((Node *) columns, NULL))
			return NIL;
		result = lappend(result, make_columns(function, names, columns));
		names = columns = NIL;
	}
	return result;
}

/* Whether the row is one whose columns can be taken one by one. */
static bool
is_divisible(PlannerInfo *root, Node *row)
{
	const Var *variable = (Var *) row;
	RangeTblEntry *relation;

	if (IsA(row, RowExpr))
		return !contain_volatile_functions(row);
	if (!IsA(row, Var) || variable->varattno != 0 || row_may_be_old_or_new(variable))
		return false;
	relation = rt_fetch(variable->varno, root->parse->rtable);
	return (relation->rtekind == RTE_RELATION || relation->rtekind == RTE_SUBQUERY ||
			relation->rtekind == RTE_VALUES || relation->rtekind == RTE_CTE) &&
		   root->parse->groupingSets == NIL &&
		   !is_nullable((Node *) root->parse->jointree, variable->varno);
}

/* The model, where it is a constant. */
static Oid
constant_model(List *args)
{
	Const *model = linitial(args);

	return IsA(model, Const) && model->consttype == REGCLASSOID && !model->constisnull
			   ? DatumGetObjectId(model->constvalue)
			   : InvalidOid;
}

static Node *
simplify(SupportRequestSimplify *request, Oid support)
{
	FuncExpr *call = request->fcall;
	PlannerInfo *root = request->root;
	int first = get_func_nargs(call->funcid) - 1;
	const Outline *outline;
	List *columns = NIL;
	Oid model = constant_model(call->args);
	Oid function = columns_function(support);
	Node *row;

	if (root == NULL || !OidIsValid(model) || !OidIsValid(function) ||
		(outline = outline_of(model, support)) == NULL)
		return NULL;
	if (outline->temporary) /* workers can't read it */
		root->glob->parallelModeOK = false;
	if (call->funcvariadic || list_length(call->args) != first + 1)
		return NULL;

	row = ungrouped(root, (Node *) list_nth(call->args, first));
	if (IsA(row, Var))
		for (Index up = ((Var *) row)->varlevelsup; up > 0 && root != NULL; up--)
			root = root->parent_root;
	if (root == NULL || !is_divisible(root, row))
		return NULL;
	columns = columns_for(root, row, outline, function);
	if (columns == NIL)
		return NULL;
	call = copyObject(call);
	call->args = list_concat(list_truncate(call->args, first), columns);
	return (Node *) call;
}

static bool
estimate_cost(SupportRequestCost *request, Oid support)
{
	FuncExpr *call = (FuncExpr *) request->node;
	const Outline *outline;
	Oid model;

	if (call == NULL || !IsA(call, FuncExpr))
		return false;
	model = constant_model(call->args);
	if (!OidIsValid(model) || (outline = outline_of(model, support)) == NULL)
		return false;
	request->startup = 0;
	request->per_tuple = cpu_operator_cost * (5 + list_length(outline->features) +
											  outline->parameters / PARAMETERS_AN_OPERATOR);
	return true;
}

/*
 * nn_predict_support(internal) -> internal: see supportnodes.h.
 */
Datum
nn_predict_support(PG_FUNCTION_ARGS)
{
	Node *request = (Node *) PG_GETARG_POINTER(0);
	Node *result = NULL;

	if (IsA(request, SupportRequestSimplify))
		result = simplify((SupportRequestSimplify *) request, fcinfo->flinfo->fn_oid);
	else if (IsA(request, SupportRequestCost) &&
			 estimate_cost((SupportRequestCost *) request, fcinfo->flinfo->fn_oid))
		result = request;
	PG_RETURN_POINTER(result);
}
