/*
 * learning.cpp: what must be learnt, and that the same rows, options and seed give the same model.
 */
#include <cmath>
#include <cstring>

#include "tables.h"
#include "training.h"

namespace
{

using rows::array;
using rows::column;
using rows::noise;
using rows::Table;
using rows::target;
using tables::blobs;
using tables::linear;
using tables::waves;
using training::kHidden;
using training::options;
using training::predict_all;
using training::small_network;
using training::train;
using training::Training;

TEST(Learning, ALine)
{
	nn_options o = options();
	o.hidden_layers = NN_CHOOSE;
	o.validation = 0.2;
	const Training run = train(linear(500, 0), o);

	EXPECT_GT(run.result.score, 0.998);
	EXPECT_EQ(run.result.rows, 500);
	EXPECT_EQ(run.result.rows_held_out, 100);
}

TEST(Learning, Xor)
{
	Table table = {{column("a", NN_BOOLEAN), column("b", NN_BOOLEAN), target("y", NN_CATEGORY)},
				   {{0.0, 0.0, "no"}, {0.0, 1.0, "yes"}, {1.0, 0.0, "yes"}, {1.0, 1.0, "no"}}};

	for (const char *optimizer : {"adam", "sgd", "gd"})
	{
		nn_options o = options();
		o.hidden = kHidden<8>;
		o.hidden_layers = 1;
		o.activations = training::kTanh;
		o.optimizer = optimizer;
		o.learning_rate = strcmp(optimizer, "adam") == 0 ? 0.05 : 0.3;
		o.epochs = 1000;
		o.patience = 0;
		const Training run = train(table, o);
		EXPECT_EQ(run.result.score, 1) << optimizer;
		EXPECT_LT(run.result.loss, 0.05) << optimizer;
		EXPECT_EQ(run.result.baseline, 0.5) << optimizer;
		const auto predictions = predict_all(run, table);
		for (size_t row = 0; row < 4; row++)
			EXPECT_NEAR(predictions[row][1], row == 1 || row == 2, 0.1) << optimizer;
	}
}

TEST(Learning, ThreeBlobs)
{
	nn_options o = options();
	o.hidden_layers = NN_CHOOSE;
	o.validation = 0.2;
	const Training run = train(blobs(300, 3), o);

	EXPECT_GE(run.result.score, 0.98);
	EXPECT_NEAR(run.result.baseline, 1. / 3, 1e-9);
	EXPECT_EQ(run.result.model.class_count, 3);
	EXPECT_STREQ(run.result.model.task, "classification");
	EXPECT_STREQ(run.result.loss_name, "cross_entropy");
}

TEST(Learning, WithEveryLossOfNumbers)
{
	for (const char *loss : {"mse", "mae", "huber"})
	{
		nn_options o = options();
		o.loss = loss;
		o.learning_rate = 0.02;
		o.validation = 0.2;
		EXPECT_GT(train(linear(300, 0), o).result.score, 0.99) << loss;
	}
}

TEST(Learning, SeveralOutputs)
{
	Table table = {{column("a"), column("b"), target("y", NN_ARRAY)}, {}};
	for (size_t i = 0; i < 300; i++)
	{
		const double a = noise(i, 0.6180339887), b = noise(i, 0.4142135623);
		table.rows.push_back({a, b, array({a + b, 1000 * (a - b), 3 - b})});
	}
	nn_options o = options();
	o.learning_rate = 0.02;
	const Training run = train(table, o);
	const auto predictions = predict_all(run, table);

	EXPECT_GT(run.result.score, 0.999);
	EXPECT_EQ(run.result.model.target_count, 3);
	for (size_t i = 0; i < 300; i++)
	{
		ASSERT_EQ(predictions[i].size(), 3u);
		EXPECT_NEAR(predictions[i][0], table.rows[i][2].doubles[0], 0.02);
		EXPECT_NEAR(predictions[i][1], table.rows[i][2].doubles[1], 20);
		EXPECT_NEAR(predictions[i][2], table.rows[i][2].doubles[2], 0.02);
	}
}

// Through categories, NULLs and arrays, too.
TEST(Learning, FromEveryKindOfColumn)
{
	Table table = {{column("text", NN_CATEGORY), column("n"), column("v", NN_ARRAY), target("y")},
				   {}};
	for (size_t i = 0; i < 400; i++)
	{
		const size_t k = i % 3;
		const double v = noise(i, 0.6180339887), w = noise(i, 0.4142135623);
		const rows::Cell text = k == 2 ? rows::Cell(nullptr) : rows::Cell(k == 0 ? "a" : "b");
		const rows::Cell n = i % 5 == 0 ? rows::Cell(nullptr) : rows::Cell(w);
		table.rows.push_back(
			{text, n, array({v, -1}), 3. * static_cast<double>(k) + (i % 5 == 0 ? 2 : w) - 4 * v});
	}
	nn_options o = options();
	o.learning_rate = 0.02;
	o.validation = 0.1;
	EXPECT_GT(train(table, o).result.score, 0.999);
}

// ---- the same rows, options and seed give the same model ----

void expect_same_model(const Training &a, const Training &b)
{
	ASSERT_EQ(a.result.model.parameter_count, b.result.model.parameter_count);
	EXPECT_EQ(memcmp(a.result.model.parameters, b.result.model.parameters,
					 sizeof(float) * static_cast<size_t>(a.result.model.parameter_count)),
			  0);
	EXPECT_EQ(a.loss_curve(), b.loss_curve());
	EXPECT_EQ(a.validation_curve(), b.validation_curve());
	EXPECT_EQ(a.result.score, b.result.score);
}

TEST(Learning, SameSeedSameBits)
{
	for (const Table &table : {waves(700), blobs(200, 3)})
	{
		const Training first = train(table, small_network());
		expect_same_model(first, train(table, small_network()));
		expect_same_model(first, train(rows::reordered(table), small_network()));
	}
}

TEST(Learning, OtherSeedOtherModel)
{
	nn_options o = small_network();
	const Training first = train(waves(100), o);

	for (int32_t seed : {43, 0, -1, INT32_MIN})
	{
		o.seed = seed;
		EXPECT_NE(first.parameters(), train(waves(100), o).parameters());
	}
}

} // namespace
