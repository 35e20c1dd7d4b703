/*
 * class_weights.cpp: what the losses of a class are multiplied with: given, or balanced.
 */
#include <algorithm>
#include <cmath>
#include <map>

#include "tables.h"
#include "training.h"

namespace
{

using rows::column;
using rows::noise;
using rows::Table;
using rows::target;
using training::gradient_descent;
using training::kHidden;
using training::train;
using training::Training;
using training::try_training;

using Weights = std::vector<nn_class_weight>;

// 30 rows "left", 12 "right", 6 "top".
Table uneven()
{
	Table table = tables::blobs(90, 3);
	std::map<std::string, int> left = {{"left", 30}, {"right", 12}, {"top", 6}};

	Table result = {table.columns, {}};
	for (const rows::Row &row : table.rows)
		if (left[row[2].text]-- > 0)
			result.rows.push_back(row);
	return result;
}

nn_options options()
{
	nn_options o = gradient_descent(0.1, 20);

	o.hidden = kHidden<4>;
	o.hidden_layers = 1;
	o.activations = training::kTanh;
	return o;
}

Training train_with(const Table &table, const Weights &weights)
{
	nn_options o = options();

	o.class_weights = weights.data();
	o.class_weight_count = static_cast<int32_t>(weights.size());
	return train(table, o);
}

Training train_balanced(const Table &table)
{
	nn_options o = options();

	o.class_weight_count = NN_CHOOSE;
	return train(table, o);
}

void expect_near(const Training &a, const Training &b, double tolerance)
{
	ASSERT_EQ(a.result.model.parameter_count, b.result.model.parameter_count);
	for (int64_t p = 0; p < a.result.model.parameter_count; p++)
		EXPECT_NEAR(static_cast<double>(a.result.model.parameters[p]),
					static_cast<double>(b.result.model.parameters[p]), tolerance);
	EXPECT_NEAR(a.result.loss, b.result.loss, tolerance);
}

TEST(ClassWeights, BalancedIsRowsByClassesByRowsOfTheClass)
{
	const Weights weights = {
		{"left", 48. / (3 * 30)}, {"right", 48. / (3 * 12)}, {"top", 48. / (3 * 6)}};

	expect_near(train_balanced(uneven()), train_with(uneven(), weights), 1e-6);
}

// A class has all its rows' weight; those not named have 1; only their ratios matter.
TEST(ClassWeights, GivenOnes)
{
	const Training expected = train_with(uneven(), {{"left", 1}, {"right", 1}, {"top", 5}});

	expect_near(train_with(uneven(), {{"top", 5}}), expected, 0);
	expect_near(train_with(uneven(), {{"top", 500}, {"right", 100}, {"left", 100}}), expected,
				1e-6);
	EXPECT_NE(train_with(uneven(), {{"right", 5}}).parameters(), expected.parameters());
	EXPECT_NE(train(uneven(), options()).parameters(), expected.parameters());
	expect_near(train_with(uneven(), {{"top", 1}}), train(uneven(), options()), 1e-6);
}

// As a column of weights does it, where that leaves the statistics alone: in both classes each column
// has as many 1 as -1.
TEST(ClassWeights, AreTheWeightsOfTheirRows)
{
	Table table = {{rows::weight("w"), column("a"), column("b"), target("y", NN_CATEGORY)}, {}};
	for (int i = 0; i < 20; i++)
	{
		const double a = i % 2 == 0 ? 1 : -1, b = i < 16 ? a : -a;
		table.rows.push_back({0.6, a, b, "common"});
		if (i < 4)
			table.rows.push_back({3.0, a, -a, "rare"});
	}
	Table without = table;
	without.columns.erase(without.columns.begin());
	for (rows::Row &row : without.rows)
		row.erase(row.begin());

	const Training expected = train(table, options());
	expect_near(train_with(without, {{"common", 0.6}, {"rare", 3}}), expected, 1e-5);
	expect_near(train_balanced(without), expected, 1e-5); // 24 / (2 * 20), 24 / (2 * 4)
}

// Balanced are the weights of the classes' rows, where these have some.
TEST(ClassWeights, BalanceTheWeightsOfRows)
{
	Table table = uneven();
	table.columns.push_back(rows::weight("w"));
	std::map<std::string, double> sums;
	for (size_t i = 0; i < table.rows.size(); i++)
	{
		const double weight = 0.5 + noise(i, 0.7548776662);
		table.rows[i].push_back(weight);
		sums[table.rows[i][2].text] += weight;
	}
	expect_near(train_balanced(table),
				train_with(table, {{"left", 1 / sums["left"]},
								   {"right", 1 / sums["right"]},
								   {"top", 1 / sums["top"]}}),
				1e-5);
}

// The loss is that of the weighted rows; the score says how often the model is right, as ever.
TEST(ClassWeights, LossAndScoreByHand)
{
	std::map<std::string, double> weights = {{"left", 0}, {"right", 0.5}, {"top", 7}};
	nn_options o = options();
	Weights given;
	for (const auto &[label, weight] : weights)
		given.push_back({label.c_str(), weight});
	o.class_weights = given.data();
	o.class_weight_count = 3;
	o.validation = 0.4;
	const Training run = train(uneven(), o);
	const auto predictions = training::predict_all(run, uneven());
	double total = 0, loss = 0, right = 0, left = 0;

	const std::vector<uint32_t> held_out = rows::prepared(uneven(), 0.4)->held_out_rows();
	for (uint32_t row : held_out)
	{
		const std::string label = uneven().rows[row][2].text;
		const std::vector<double> &p = predictions[row];
		size_t truth = 0;
		while (run.result.model.classes[truth] != label)
			truth++;
		total += weights[label];
		loss -= weights[label] * std::log(p[truth]);
		right += *std::max_element(p.begin(), p.end()) == p[truth];
		left += label == "left";
	}
	EXPECT_NEAR(run.result.validation_loss, loss / total, 1e-5);
	EXPECT_NEAR(run.result.score, right / static_cast<double>(held_out.size()), 1e-12);
	EXPECT_NEAR(run.result.baseline, left / static_cast<double>(held_out.size()), 1e-12);
}

// It has no rows to balance, and needs no weight.
TEST(ClassWeights, AClassAmongHeldOutRowsOnly)
{
	Table table = uneven();
	table.columns.push_back(rows::holdout("h"));
	for (size_t i = 0; i < table.rows.size(); i++) // and some of the others
		table.rows[i].push_back(double(table.rows[i][2].text == "top" || i % 3 == 0));
	const auto count = [&](const char *label) {
		return std::count_if(table.rows.begin(), table.rows.end(), [=](const rows::Row &row) {
			return row[2].text == label && row[3].number == 0;
		});
	};
	const Training run = train_balanced(table);

	EXPECT_TRUE(std::isfinite(run.result.loss));
	EXPECT_TRUE(std::isfinite(run.result.validation_loss));
	for (float p : run.parameters())
		EXPECT_TRUE(std::isfinite(p));
	expect_near(run,
				train_with(table, {{"left", 1. / double(count("left"))},
								   {"right", 1. / double(count("right"))},
								   {"top", 0}}),
				1e-5);
}

// A loss of nothing can't stop a training.
TEST(ClassWeights, HeldOutRowsWithoutWeight)
{
	const nn_class_weight none = {"top", 0};
	Table table = uneven();
	table.columns.push_back(rows::holdout("h"));
	for (size_t i = 0; i < table.rows.size(); i++)
		table.rows[i].push_back(double(table.rows[i][2].text == "top" && i % 2 == 0));
	nn_options o = options();
	o.class_weights = &none;
	o.class_weight_count = 1;
	const nn_status status = try_training(table, o).status;

	EXPECT_EQ(status.code, NN_INVALID);
	EXPECT_STREQ(status.message, "class_weight leaves no held-out row with a weight");
	EXPECT_STREQ(status.hint, "Hold out rows of the other classes, too.");
}

TEST(ClassWeights, BadOnes)
{
	const auto error_with = [](const Weights &weights) {
		nn_options o = options();
		o.class_weights = weights.data();
		o.class_weight_count = static_cast<int32_t>(weights.size());
		return try_training(uneven(), o).status;
	};

	const nn_status unknown = error_with({{"left", 2}, {"lefT", 3}});
	EXPECT_EQ(unknown.code, NN_INVALID);
	EXPECT_STREQ(unknown.message, "class_weight names \"lefT\", which is no class of \"class\"");
	const nn_status zero = error_with({{"left", 0}, {"right", 0}, {"top", 0}});
	EXPECT_EQ(zero.code, NN_INVALID);
	EXPECT_STREQ(zero.message, "class_weight leaves no class with a weight");
	EXPECT_STREQ(zero.hint, "Give at least one class of the rows a weight above 0.");
	EXPECT_EQ(error_with({{"left", 0}, {"right", 0}}).code, NN_OK);
}

} // namespace
