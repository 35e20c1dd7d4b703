/*
 * weights.cpp: a row of weight 2 counts as the row twice, one of weight 0 not at all: in the
 * statistics, in what is learnt, in losses and in scores.
 */
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>

#include "tables.h"
#include "training.h"

namespace
{

using rows::column;
using rows::noise;
using rows::Table;
using rows::target;
using training::kHidden;
using training::predict_all;
using training::train;
using training::Training;
using training::try_training;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Numbers = std::vector<double>;

// The table with a column of weights, which stands first.
Table weighted(Table table, const std::function<double(size_t)> &weight)
{
	table.columns.insert(table.columns.begin(), rows::weight("w"));
	for (size_t i = 0; i < table.rows.size(); i++)
		table.rows[i].insert(table.rows[i].begin(), weight(i));
	return table;
}

// The table with each row as often as its weight says.
Table repeated(const Table &table, const std::function<double(size_t)> &weight)
{
	Table result = {table.columns, {}};

	for (size_t i = 0; i < table.rows.size(); i++)
		for (double time = 0; time < weight(i); time++)
			result.rows.push_back(table.rows[i]);
	return result;
}

double zero_to_three(size_t i)
{
	return static_cast<double>(i * i % 7 % 4);
}

// Counts, of at least 0, that depend on x.
Table counts(size_t n)
{
	Table table = {{column("x"), target("y")}, {}};

	for (size_t i = 0; i < n; i++)
	{
		const double x = noise(i, 0.6180339887);
		table.rows.push_back({x, std::floor(3 * x + 3 * noise(i, 0.4142135623))});
	}
	return table;
}

nn_options full_batch(const char *optimizer)
{
	nn_options o = training::options();

	o.hidden = kHidden<5>;
	o.hidden_layers = 1;
	o.activations = training::kTanh;
	o.optimizer = optimizer;
	o.epochs = 8;
	o.l2 = 0.01; // of the mean loss: it must not depend on the weights' sum
	return o;
}

TEST(Weights, StatisticsAreThoseOfRepeatedRows)
{
	const Table table = tables::mixed(60);
	const auto with = rows::prepared(weighted(table, zero_to_three));
	const auto without = rows::prepared(repeated(table, zero_to_three));

	ASSERT_EQ(with->encoder().inputs(), without->encoder().inputs());
	for (size_t f = 0; f < with->encoder().features().size(); f++)
	{
		const nn::Feature &a = with->encoder().features()[f], &b = without->encoder().features()[f];
		ASSERT_EQ(a.mean.size(), b.mean.size());
		for (size_t e = 0; e < a.mean.size(); e++)
		{
			EXPECT_NEAR(a.mean[e], b.mean[e], 1e-12 * std::abs(b.mean[e])) << a.name;
			EXPECT_NEAR(a.scale[e], b.scale[e], 1e-9 * b.scale[e]) << a.name;
		}
	}
	EXPECT_NEAR(with->target_mean()[0], without->target_mean()[0], 1e-12);
	EXPECT_NEAR(with->target_scale()[0], without->target_scale()[0], 1e-12);
	EXPECT_EQ(with->class_weights()[0], static_cast<double>(without->training_rows().size()));
}

void expect_same(const Training &a, const Training &b, double tolerance)
{
	ASSERT_EQ(a.result.model.parameter_count, b.result.model.parameter_count);
	for (int64_t p = 0; p < a.result.model.parameter_count; p++)
		EXPECT_NEAR(static_cast<double>(a.result.model.parameters[p]),
					static_cast<double>(b.result.model.parameters[p]), tolerance);
	EXPECT_NEAR(a.result.loss, b.result.loss, tolerance * std::abs(b.result.loss));
	EXPECT_NEAR(a.result.score, b.result.score, tolerance);
	EXPECT_NEAR(a.result.baseline, b.result.baseline, tolerance);
}

TEST(Weights, ARowOfWeightTwoIsTheRowTwice)
{
	constexpr double kQuantiles[] = {0.2, 0.7};
	const struct
	{
		Table table;
		const char *loss;
	} kCases[] = {{tables::waves(60), "mse"},      {tables::waves(60), "huber"},
				  {tables::waves(60), "quantile"}, {counts(60), "poisson"},
				  {tables::blobs(60, 2), nullptr}, {tables::blobs(60, 3), nullptr}};

	for (const auto &c : kCases)
		for (const char *optimizer : {"gd", "lbfgs"})
		{
			nn_options o = full_batch(optimizer);
			o.loss = c.loss;
			o.quantiles = kQuantiles;
			o.quantile_count = c.loss != nullptr && strcmp(c.loss, "quantile") == 0 ? 2 : 0;
			SCOPED_TRACE(std::string(optimizer) + ", " + (c.loss != nullptr ? c.loss : "classes"));
			expect_same(train(weighted(c.table, zero_to_three), o),
						train(repeated(c.table, zero_to_three), o), 1e-5);
		}
}

// Weights are relative: only the order of the rows, which a hash decides, is another.
TEST(Weights, TheirScaleDoesNotMatter)
{
	const Table table = tables::waves(60);
	const Training expected = train(weighted(table, zero_to_three), full_batch("gd"));

	for (double scale : {1e-300, 1e-30, 1e-3, 1e6, 1e60})
		expect_same(train(weighted(table, [=](size_t i) { return scale * zero_to_three(i); }),
						  full_batch("gd")),
					expected, 1e-5);
}

// So large that their squares overflow: an error rather than nonsense.
TEST(Weights, TooLarge)
{
	const auto huge = [](size_t i) { return 1e300 * zero_to_three(i); };
	const nn_status status =
		try_training(weighted(tables::waves(60), huge), full_batch("gd")).status;

	EXPECT_EQ(status.code, NN_NOT_FINITE);
	EXPECT_STREQ(status.message, "column \"w\" has numbers too large to be standardised");
}

// Not even a number that is none counts in them.
TEST(Weights, ARowOfWeightZeroIsAbsent)
{
	const Table table =
		weighted(tables::waves(80), [](size_t i) { return i % 4 == 0 ? 0.0 : 1.5; });
	Table absurd = table, absent = {table.columns, {}};
	nn_options o = training::small_network(); // in batches, with held-out rows

	for (size_t i = 0; i < table.rows.size(); i++)
		if (i % 4 == 0)
			absurd.rows[i] = {0.0, kNaN, i % 8 == 0 ? rows::Cell(nullptr) : 1e300, 1e9};
		else
			absent.rows.push_back(table.rows[i]);
	const Training expected = train(absent, o), run = train(absurd, o);
	EXPECT_EQ(run.parameters(), expected.parameters());
	EXPECT_EQ(run.validation_curve(), expected.validation_curve());
	EXPECT_EQ(run.result.score, expected.result.score);
	EXPECT_EQ(run.result.rows, 60);
	EXPECT_EQ(run.result.rows_no_weight, 20);
	EXPECT_EQ(run.result.model.features[0].missing, 0);
	EXPECT_EQ(expected.result.rows_no_weight, 0);

	absurd.rows[0].back() = absurd.rows[4].back() = nullptr; // counted as what comes first
	const Training both = train(absurd, o);
	EXPECT_EQ(both.result.rows_no_weight, 18);
	EXPECT_EQ(both.result.rows_no_target, 2);
}

TEST(Weights, BadOnes)
{
	const auto error_with = [](const rows::Cell &weight) {
		Table table = weighted(tables::waves(20), [](size_t) { return 1.0; });
		table.rows[7][0] = table.rows[9][0] = weight;
		return try_training(table, training::options()).status;
	};
	constexpr const char *kHint =
		"Weights are numbers of at least 0; rows of weight 0 are left out.";

	for (const rows::Cell &bad :
		 {rows::Cell(-1.0), rows::Cell(-1e-30), rows::Cell(nullptr), rows::Cell(-kInfinity)})
	{
		const nn_status status = error_with(bad);
		EXPECT_EQ(status.code, NN_BAD_DATA);
		EXPECT_STREQ(status.message, "weight \"w\" is NULL or negative in 2 rows");
		EXPECT_STREQ(status.hint, kHint);
	}
	for (double bad : {kNaN, kInfinity})
	{
		const nn_status status = error_with(bad);
		EXPECT_EQ(status.code, NN_NOT_FINITE);
		EXPECT_STREQ(status.message, "column \"w\" holds NaN or infinity in 2 rows");
	}
	EXPECT_EQ(error_with(0.0).code, NN_OK);

	Table table = weighted(tables::waves(20), [](size_t) { return 0.0; });
	const nn_status status = try_training(table, training::options()).status;
	EXPECT_EQ(status.code, NN_BAD_DATA);
	EXPECT_STREQ(status.message,
				 "no row is left: 0 have a NULL target, 20 weight 0, 0 a NULL feature");
	table.columns[0].kind = NN_TIME;
	EXPECT_STREQ(try_training(table, training::options()).status.message,
				 "weight \"w\" is of type float8, not a number");
}

// The weighted mean of what the predictions say of each row.
TEST(Weights, LossAndScoreByHand)
{
	const auto weight = [](size_t i) { return 0.25 + 3 * noise(i, 0.7548776662); };
	const Table table = weighted(tables::waves(150), weight);
	nn_options o = training::small_network();
	o.validation = 0.3;
	const Training run = train(table, o);
	const auto predictions = predict_all(run, table);
	double total = 0, mean = 0, losses = 0, spread = 0, from_known = 0;

	const std::vector<uint32_t> held_out = rows::prepared(table, 0.3)->held_out_rows();
	for (uint32_t row : held_out)
		total += weight(row);
	for (uint32_t row : held_out)
		mean += weight(row) * table.rows[row][3].number / total;
	for (uint32_t row : held_out)
	{
		const double y = table.rows[row][3].number;
		losses += weight(row) * std::pow(y - predictions[row][0], 2);
		spread += weight(row) * std::pow(y - mean, 2);
		from_known += weight(row) * std::pow(y - run.result.model.target_mean[0], 2);
	}
	EXPECT_NEAR(run.result.validation_loss, losses / total, 1e-5 * losses / total);
	EXPECT_NEAR(run.result.score, 1 - losses / spread, 1e-5);
	EXPECT_NEAR(run.result.baseline, 1 - from_known / spread, 1e-5);
}

TEST(Weights, AccuracyAndTheCommonestClassByHand)
{
	Table table = tables::blobs(90, 3);
	for (size_t row = 0; row < 90; row += 4)
		table.rows[row][2] = "top"; // some in the wrong place: most rows, but of little weight
	const auto weight = [&](size_t i) { return table.rows[i][2].text == "left" ? 5.0 : 0.5; };
	const Training run = train(weighted(table, weight), full_batch("gd"));
	const auto predictions = predict_all(run, weighted(table, weight));
	double total = 0, right = 0, left = 0;

	for (size_t i = 0; i < 90; i++)
	{
		const Numbers &p = predictions[i];
		const auto choice = std::max_element(p.begin(), p.end()) - p.begin();
		total += weight(i);
		right += table.rows[i][2].text == run.result.model.classes[choice] ? weight(i) : 0;
		left += table.rows[i][2].text == "left" ? weight(i) : 0;
	}
	EXPECT_NEAR(run.result.score, right / total, 1e-7);
	EXPECT_NEAR(run.result.baseline, left / total, 1e-7);
	EXPECT_LT(right, total);
}

// In batches the weights are relative to all rows, whose mean is 3, not to those of the batch: one
// row a step, each step is as long as its weight says.
TEST(Weights, ABatchIsAsLongAsItsWeightSays)
{
	const Table table = {{rows::weight("w"), column("x"), target("y")},
						 {{1.0, -1.0, 3.0}, {2.0, 1.0, 0.0}, {6.0, 0.5, -1.0}}};
	nn_options o = training::options();
	o.optimizer = "sgd";
	o.momentum = 0;
	o.learning_rate = 1e-30;
	o.batch_size = 1;
	o.epochs = 1;
	const std::vector<float> start = train(table, o).parameters();
	o.learning_rate = 0.05;
	const std::vector<float> end = train(table, o).parameters();

	const auto dataset = rows::prepared(table);
	const rows::Gathered z = rows::gather(*dataset, {0, 1, 2});
	std::vector<size_t> order = {0, 1, 2};
	int explanations = 0;
	do
	{
		double w = static_cast<double>(start[0]), b = static_cast<double>(start[1]);
		for (size_t i : order)
		{
			const double x = static_cast<double>(z.X[i]), y = static_cast<double>(z.Y[i]);
			const double slope = 2 * (w * x + b - y) * table.rows[i][0].number / 3;
			w -= 0.05 * slope * x;
			b -= 0.05 * slope;
		}
		explanations += std::abs(w - static_cast<double>(end[0])) < 1e-6 &&
						std::abs(b - static_cast<double>(end[1])) < 1e-6;
	} while (std::next_permutation(order.begin(), order.end()));
	EXPECT_EQ(explanations, 1);
}

} // namespace
