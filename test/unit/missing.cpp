/*
 * missing.cpp: what becomes of NULLs, in training and in prediction: imputed, skipped, refused.
 */
#include <cmath>

#include "stored.h"
#include "tables.h"
#include "training.h"

namespace
{

using rows::array;
using rows::Cell;
using rows::column;
using rows::noise;
using rows::Row;
using rows::Table;
using rows::target;
using training::small_network;
using training::train;
using training::Training;
using training::try_training;

nn_options with(const char *missing)
{
	nn_options o = small_network();
	o.missing = missing;
	return o;
}

// Some rows have one NULL, some two, some an array with a NULL element; 100 in all.
Table holes()
{
	Table table = {{column("n"), column("text", NN_CATEGORY), column("v", NN_ARRAY), target("y")},
				   {}};

	for (size_t i = 0; i < 100; i++)
	{
		const Cell n = i % 10 == 0 ? Cell(nullptr) : Cell(noise(i, 0.618));
		const Cell text = i % 20 == 0 ? Cell(nullptr) : Cell(i % 3 == 0 ? "a" : "b");
		const Cell v = i % 25 == 1   ? Cell(nullptr)
					   : i % 25 == 2 ? array({1, noise(i, 0.414)}, {0})
									 : array({noise(i, 0.732), noise(i, 0.414)});
		table.rows.push_back({n, text, v, noise(i, 0.236)});
	}
	return table;
}

// Those of them that have no NULL.
Table complete()
{
	Table table = holes(), result = {table.columns, {}};

	for (size_t i = 0; i < 100; i++)
		if (i % 10 != 0 && i % 25 != 1 && i % 25 != 2)
			result.rows.push_back(table.rows[i]);
	return result;
}

void expect_missing(const Training &run, std::vector<int64_t> counts)
{
	for (size_t f = 0; f < counts.size(); f++)
		EXPECT_EQ(run.result.model.features[f].missing, counts[f])
			<< run.result.model.features[f].name;
}

// What predictor says of a row; NaN where it says nothing.
double prediction(const training::Predictor &p, const Row &row, nn_status &status)
{
	double output = 77;

	if (nn_predictor_run(p.get(), rows::values(row).data(), NN_OUTPUTS, &output, &status))
		return output;
	EXPECT_EQ(output, 77); // untouched
	return std::nan("");
}

const Row kFull = {0.5, "a", array({0.5, 0.5})};
const Row kNulls[] = {{nullptr, "a", array({0.5, 0.5})},
					  {0.5, nullptr, array({0.5, 0.5})},
					  {0.5, "a", nullptr},
					  {0.5, "a", array({0.5, 0.5}, {1})},
					  {nullptr, nullptr, nullptr}};

// ---- impute ----

TEST(Missing, Impute)
{
	const Training run = train(holes(), with("impute"));

	EXPECT_EQ(run.result.rows, 100);
	EXPECT_EQ(run.result.rows_missing, 0);
	EXPECT_STREQ(run.result.model.missing, "impute");
	expect_missing(run, {10, 5, 8});
	EXPECT_EQ(run.result.model.layer_sizes[0], 2 + 3 + 3); // each with "was missing"
	const training::Predictor p = training::predictor(run.result.model);
	nn_status status;
	for (const Row &row : kNulls)
	{
		EXPECT_TRUE(std::isfinite(prediction(p, row, status)));
		EXPECT_EQ(status.code, NN_OK);
	}
}

// NULL only in prediction: the mean, or no category.
TEST(Missing, ImputeWhatTrainingNeverSaw)
{
	const Training run = train(complete(), with("impute"));
	const training::Predictor p = training::predictor(run.result.model);
	const nn_feature *f = run.result.model.features;
	nn_status status;

	EXPECT_EQ(run.result.model.layer_sizes[0], 1 + 2 + 2);
	EXPECT_EQ(prediction(p, {nullptr, "a", nullptr}, status),
			  prediction(p, {f[0].mean[0], "a", array({f[2].mean[0], f[2].mean[1]})}, status));
	EXPECT_EQ(prediction(p, {0.5, nullptr, array({0.5, 0.5})}, status),
			  prediction(p, {0.5, "c", array({0.5, 0.5})}, status));
	EXPECT_EQ(status.code, NN_OK);
}

// ---- skip ----

// The rows are as if they weren't there; but every NULL is counted, two in one row as well.
TEST(Missing, Skip)
{
	const Training run = train(holes(), with("skip")), expected = train(complete(), with("skip"));

	EXPECT_EQ(run.parameters(), expected.parameters());
	EXPECT_EQ(run.validation_curve(), expected.validation_curve());
	EXPECT_EQ(run.result.rows, 82);
	EXPECT_EQ(run.result.rows_missing, 18);
	EXPECT_STREQ(run.result.model.missing, "skip");
	expect_missing(run, {10, 5, 8});
	expect_missing(expected, {0, 0, 0});
	EXPECT_EQ(expected.result.rows_missing, 0);
	EXPECT_EQ(run.result.model.layer_sizes[0], 1 + 2 + 2);
	for (size_t f = 0; f < 3; f++)
		EXPECT_FALSE(run.result.model.features[f].missing_input);
}

TEST(Missing, SkipHasNoPrediction)
{
	const Training run = train(holes(), with("skip"));
	const training::Predictor p = training::predictor(run.result.model);
	nn_status status;

	for (const Row &row : kNulls)
	{
		EXPECT_TRUE(std::isnan(prediction(p, row, status)));
		EXPECT_EQ(status.code, NN_OK);
		EXPECT_STREQ(status.message, "");
	}
	EXPECT_TRUE(std::isfinite(prediction(p, kFull, status)));
	EXPECT_TRUE(std::isfinite(prediction(p, {0.5, "a", array({0.5, 0.5}, {})}, status)));
}

// Rows are skipped before anything is made of their other values.
TEST(Missing, SkippedRowsSayNothing)
{
	Table table = complete();
	table.rows.push_back({nullptr, "only here", array({1, 2, 3}), 1e300});
	table.rows.push_back({std::nan(""), nullptr, array({}), std::nan("")});
	table.rows.push_back({nullptr, "no target", array({1, 2}), nullptr});
	const Training run = train(table, with("skip"));

	EXPECT_EQ(run.parameters(), train(complete(), with("skip")).parameters());
	EXPECT_EQ(run.result.rows_missing, 2);
	EXPECT_EQ(run.result.rows_no_target, 1);
	expect_missing(run, {1, 1, 0});
	EXPECT_EQ(run.result.model.features[1].category_count, 2);
}

// It is about features: those of the other columns are errors, or skipped for another reason.
TEST(Missing, SkipIsForFeaturesOnly)
{
	Table table = complete();
	table.columns.push_back(rows::weight("w"));
	for (Row &row : table.rows)
		row.push_back(1.0);
	table.rows[3].back() = nullptr;
	EXPECT_STREQ(try_training(table, with("skip")).status.message,
				 "weight \"w\" is NULL or negative in 1 rows");
}

TEST(Missing, NothingIsLeft)
{
	Table table = holes();
	for (size_t i = 0; i < 100; i++)
		table.rows[i][i % 2] = nullptr;
	table.rows[0].back() = nullptr;
	const nn_status status = try_training(table, with("skip")).status;
	EXPECT_EQ(status.code, NN_BAD_DATA);
	EXPECT_STREQ(status.message,
				 "no row is left: 1 have a NULL target, 0 weight 0, 99 a NULL feature");
}

// Names are told from categories by the rows that are left.
TEST(Missing, SkippedRowsAreNoNames)
{
	Table table = {{column("text", NN_CATEGORY), column("n"), target("y")}, {}};
	for (size_t i = 0; i < 200; i++)
		table.rows.push_back({i < 100 ? Cell(nullptr) : Cell(std::to_string(i % 50)),
							  noise(i, 0.618), noise(i, 0.414)});
	EXPECT_EQ(try_training(table, with("skip")).status.code, NN_OK);
	EXPECT_EQ(try_training(table, with("impute")).status.code, NN_OK);
}

// ---- error ----

TEST(Missing, Error)
{
	Table table = complete();
	EXPECT_STREQ(train(table, with("error")).result.model.missing, "error");

	const struct
	{
		size_t column;
		Cell cell;
		const char *name;
	} kCases[] = {
		{0, nullptr, "n"}, {1, nullptr, "text"}, {2, nullptr, "v"}, {2, array({1, 2}, {1}), "v"}};
	for (const auto &c : kCases)
	{
		Table bad = table;
		bad.rows[5][c.column] = c.cell;
		const nn_status status = try_training(bad, with("error")).status;
		EXPECT_EQ(status.code, NN_BAD_DATA);
		EXPECT_EQ(status.message, "column \"" + std::string(c.name) + "\" is NULL in 1 row");
		EXPECT_STREQ(status.hint,
					 "Leave these rows out, or train with missing => 'impute' or 'skip'.");
	}
	table.rows[5].back() = nullptr; // no target: skipped, as ever
	table.rows[5][0] = nullptr;
	EXPECT_EQ(train(table, with("error")).result.rows_no_target, 1);
}

TEST(Missing, ErrorInPrediction)
{
	const Training run = train(complete(), with("error"));
	const training::Predictor p = training::predictor(run.result.model);
	const char *const names[] = {"n", "text", "v", "v", "n"};
	nn_status status;

	for (size_t i = 0; i < std::size(kNulls); i++)
	{
		prediction(p, kNulls[i], status);
		EXPECT_EQ(status.code, NN_INVALID);
		EXPECT_EQ(status.message, "feature \"" + std::string(names[i]) +
									  "\" is NULL, and the model was trained to refuse that");
		EXPECT_STREQ(status.hint,
					 "Leave such rows out, or train the model with missing => 'impute'.");
	}
	EXPECT_TRUE(std::isfinite(prediction(p, kFull, status)));
	EXPECT_EQ(status.code, NN_OK);
}

// A stored model has the policy in it, and no other name will do.
TEST(Missing, IsStored)
{
	const auto model = stored::regression();
	const Row null = {nullptr, "red", array({1, 2})};
	nn_status status;

	model->missing = "skip";
	EXPECT_TRUE(std::isnan(prediction(training::predictor(model->show()), null, status)));
	EXPECT_EQ(status.code, NN_OK);
	model->missing = "error";
	prediction(training::predictor(model->show()), null, status);
	EXPECT_EQ(status.code, NN_INVALID);
	for (const char *name : {"", "Skip", "none"})
	{
		model->missing = name;
		const nn_model_data m = model->show();
		training::Predictor(nn_predictor_new(&m, &status));
		EXPECT_EQ(status.code, NN_CORRUPT);
		EXPECT_EQ(status.message,
				  "the stored model is damaged: its missing is \"" + std::string(name) + "\"");
	}
}

} // namespace
