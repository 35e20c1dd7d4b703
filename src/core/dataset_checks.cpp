/*
 * dataset_checks.cpp: what a training refuses: columns that don't fit their roles, before any row is
 * read, and rows that nothing can be learnt from, once all are.
 */
#include <algorithm>

#include "core/dataset.h"
#include "core/limits.h"

namespace nn
{

namespace
{

const Feature *find_feature(const std::vector<Feature> &features, const std::string &name)
{
	for (const Feature &feature : features)
		if (feature.name == name)
			return &feature;
	return nullptr;
}

} // namespace

void Dataset::check_roles(const nn_column *columns, int count, const nn_options &options)
{
	for (const Column &column : store_.columns())
	{
		if (column.role == NN_WEIGHT && column.kind != NN_NUMBER)
			throw Error(NN_INVALID, "weight \"%s\" is of type %s, not a number",
						column.name.c_str(), column.type.c_str());
		if (column.role == NN_HOLDOUT && column.kind != NN_BOOLEAN)
			throw Error(NN_INVALID, "holdout \"%s\" is of type %s, not boolean",
						column.name.c_str(), column.type.c_str())
				.with_hint("Give a condition a name in the query, such as \"day > '2025-01-01' AS "
						   "held_out\".");
	}
	needs_held_out_ = strcmp(options.stop_on, "score") == 0 || options.champion != nullptr;
	if (holds_rows_out(options, columns, count))
		return;
	if (strcmp(options.stop_on, "score") == 0)
		throw Error(NN_INVALID, "stop_on => 'score' needs held-out rows")
			.with_hint("Give validation or holdout, too.");
	if (options.champion != nullptr)
		throw Error(NN_INVALID, "activate => 'if_better' needs held-out rows")
			.with_hint("Give validation or holdout, too.");
}

// Whether another model can read these rows; all: it must know every column, too.
void Dataset::check_features(const Predictor &model, bool all, const char *purpose) const
{
	const std::vector<Feature> &features = model.encoder().features();

	for (const Feature &feature : features)
		if (std::none_of(store_.columns().begin(), store_.columns().end(), [&](const Column &c) {
				return c.role == NN_FEATURE && c.name == feature.name && c.kind == feature.kind;
			}))
			throw Error(NN_INVALID, "the version to %s has feature \"%s\" (%s), the query has not",
						purpose, feature.name.c_str(), feature.type.c_str())
				.with_hint("Select the same columns with the same types.");
	for (const Column &column : store_.columns())
		if (all && column.role == NN_FEATURE && find_feature(features, column.name) == nullptr)
			throw Error(NN_INVALID, "the version to %s has no feature \"%s\"", purpose,
						column.name.c_str())
				.with_hint("Leave the column out of the query, or train without warm_start.");
	if (classification() == model.classes().empty())
		throw Error(NN_INVALID, "the version to %s is a %s", purpose,
					classification() ? "regression" : "classification");
}

// ---- what can be said of the rows as a whole before anything is computed ----

void Dataset::check()
{
	const RowStore::Skipped &skipped = store_.skipped();

	store_.check_budget();
	for (const Column &column : store_.columns()) // of skipped rows, too
		if (column.role == NN_WEIGHT && column.missing + column.negative > 0)
			throw Error(NN_BAD_DATA, "weight \"%s\" is NULL or negative in %lld rows",
						column.name.c_str(),
						static_cast<long long>(column.missing + column.negative))
				.with_hint("Weights are numbers of at least 0; rows of weight 0 are left out.");
	if (rows() == 0 && skipped.no_target + skipped.no_weight + skipped.missing == 0)
		throw Error(NN_BAD_DATA, "the query returned no rows");
	if (rows() == 0 && skipped.no_weight + skipped.missing == 0)
		throw Error(NN_BAD_DATA, "target \"%s\" is NULL in all %lld rows", target().name.c_str(),
					static_cast<long long>(skipped.no_target));
	if (rows() == 0)
		throw Error(NN_BAD_DATA,
					"no row is left: %lld have a NULL target, %lld weight 0, %lld a NULL feature",
					static_cast<long long>(skipped.no_target),
					static_cast<long long>(skipped.no_weight),
					static_cast<long long>(skipped.missing));
	for (const Column &column : store_.columns())
	{
		const bool feature = column.role == NN_FEATURE;

		if (column.not_finite > 0)
			throw Error(NN_NOT_FINITE, "column \"%s\" holds NaN or infinity in %lld row%s",
						column.name.c_str(), static_cast<long long>(column.not_finite),
						column.not_finite == 1 ? "" : "s")
				.with_hint("Leave these rows out, or make the values NULL with nullif().");
		if (column.length == 0)
			throw Error(NN_BAD_DATA, "column \"%s\" is NULL in every row", column.name.c_str())
				.with_hint("Leave the column out of the query.");
		if (feature && missing_ == Missing::kError && column.missing > 0)
			throw Error(NN_BAD_DATA, "column \"%s\" is NULL in %lld row%s", column.name.c_str(),
						static_cast<long long>(column.missing), column.missing == 1 ? "" : "s")
				.with_hint("Leave these rows out, or train with missing => 'impute' or 'skip'.");
		if (column.role == NN_HOLDOUT && column.missing > 0)
			throw Error(NN_BAD_DATA, "holdout \"%s\" is NULL in %lld row%s", column.name.c_str(),
						static_cast<long long>(column.missing), column.missing == 1 ? "" : "s")
				.with_hint("Say which rows to hold out with coalesce().");
	}
	for (size_t c = 0; c < store_.columns().size(); c++)
		if (store_.columns()[c].kind == NN_CATEGORY)
			check_categories(c);
	check_target();
}

void Dataset::check_target() const
{
	const Column &column = target();

	if (column.missing > 0)
		throw Error(NN_BAD_DATA, "target \"%s\" has NULL elements in %lld rows",
					column.name.c_str(), static_cast<long long>(column.missing))
			.with_hint("Leave these rows out of the query.");
	if (logarithmic_ && column.negative > 0)
		throw Error(NN_BAD_DATA, "target \"%s\" is negative in %lld rows", column.name.c_str(),
					static_cast<long long>(column.negative))
			.with_hint("Loss poisson is for counts and amounts of at least 0.");
}

void Dataset::check_categories(size_t c)
{
	const Column &column = store_.columns()[c];
	const bool is_target = column.role == NN_TARGET;
	const size_t values = column.dictionary.size();
	const size_t rows_there =
		rows() -
		(is_target || missing_ == Missing::kSkip ? 0 : static_cast<size_t>(column.missing));

	if (is_target && values == 1 && !started_)
		throw Error(NN_BAD_DATA, "target \"%s\" has one class only", column.name.c_str())
			.with_hint("Select rows of at least two classes.");
	if (values <= kIdCategories ||
		static_cast<double>(values) <= kIdShare * static_cast<double>(rows_there))
		return;
	const Error error(NN_BAD_DATA, "column \"%s\" has %zu different values in %zu rows",
					  column.name.c_str(), values, rows_there);
	if (dry_run_ && !is_target)
		return store_.refuse(c, error.message);
	throw Error(error).with_hint(is_target ? "Predict a column with fewer values, or group them."
										   : "Nothing can be learnt from names and ids: leave the "
											 "column out of the query.");
}

} // namespace nn
