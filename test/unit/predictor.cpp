/*
 * predictor.cpp: what a stored model predicts, by hand and as the network that was trained. (What
 * is wrong with a stored model is in damage.cpp.)
 */
#include "core/predictor.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <set>
#include <string>

#include "stored.h"
#include "training.h"

namespace
{

using rows::array;
using rows::column;
using rows::floats;
using rows::noise;
using rows::Row;
using rows::Table;
using rows::target;
using stored::regression;
using training::kHidden;
using training::options;
using training::predict;
using training::train;
using training::Training;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

TEST(Predictor, ByHand)
{
	const auto model = regression();
	const training::Predictor p = training::predictor(model->show());

	// inputs 0.5; 0, 1, 0; 2, -1
	// hidden 0.5 + 20 + 4 - 3 + 5 = 26.5, -0.5 + 1 + 2 - 1 + 6 = 7.5
	EXPECT_EQ(predict(p, {11.0, "green", array({9, -3})})[0], 100 + 8 * (2 * 26.5 + 3 * 7.5 + 0.5));
	// 10, nothing, nothing: hidden -4 * 2 + 5 < 0
	EXPECT_EQ(predict(p, {10.0, "pink", floats({-15, 2})})[0], 100 + 8 * (3 * 2 + 0.5));
}

TEST(Predictor, BatchesPredictAsRowsDo)
{
	const auto model = regression();
	const training::Predictor p = training::predictor(model->show());
	std::vector<Row> rows;
	std::vector<double> outputs(NN_BATCH_ROWS);
	nn_status status;

	for (size_t i = 0; i < NN_BATCH_ROWS; i++)
		rows.push_back({20 * noise(i, 0.618), i % 3 != 0 ? "green" : "red",
						array({9 * noise(i, 0.414), -3 * noise(i, 0.732)})});
	for (size_t count : {size_t(1), size_t(17), size_t(NN_BATCH_ROWS)}) // in the same batch
	{
		for (size_t i = 0; i < count; i++)
			EXPECT_TRUE(nn_predictor_add(p.get(), rows::values(rows[i]).data(), &status));
		EXPECT_EQ(nn_predictor_flush(p.get(), outputs.data(), &status), static_cast<int>(count));
		EXPECT_EQ(status.code, NN_OK) << status.message;
		for (size_t i = 0; i < count; i++)
			EXPECT_NEAR(outputs[i], predict(p, rows[i])[0], 1e-3) << i;
	}
	EXPECT_EQ(nn_predictor_flush(p.get(), outputs.data(), &status), 0);

	const Row bad = {"11", "green", array({9, -3})}; // is not added
	EXPECT_FALSE(nn_predictor_add(p.get(), rows::values(bad).data(), &status));
	EXPECT_EQ(status.code, NN_INVALID);
	EXPECT_EQ(nn_predictor_flush(p.get(), outputs.data(), &status), 0);
}

// A model of two numbers, an input for "was missing" behind the first.
TEST(Predictor, PlainNumbersPredictAsValuesDo)
{
	for (const char *missing : {"impute", "skip", "error"})
	{
		nn_options o = options();
		Table table = {{column("a", NN_NUMBER), column("b", NN_NUMBER), target("y", NN_NUMBER)},
					   {}};
		o.missing = "impute";
		for (size_t i = 0; i < 100; i++)
			table.rows.push_back(
				{i % 7 == 0 ? rows::Cell(nullptr) : rows::Cell(1e9 + noise(i, 0.618)),
				 noise(i, 0.414), noise(i, 0.732)});
		const Training t = train(table, o);
		nn_model_data m = t.result.model;
		m.missing = missing;
		const training::Predictor p = training::predictor(m);
		ASSERT_TRUE(nn_predictor_numeric(p.get()));
		nn_status status;
		nn_batch *batch = nn_batch_new(p.get(), &status);

		for (const bool null : {false, true})
		{
			const double numbers[] = {null ? 0 : 1e9 + 0.25, 0.5};
			const bool nulls[] = {null, false};
			const Row row = {null ? rows::Cell(nullptr) : rows::Cell(numbers[0]), numbers[1]};
			double a = 0, b = 0, c[NN_BATCH_ROWS] = {0};
			const bool ran =
				nn_predictor_run(p.get(), rows::values(row).data(), NN_OUTPUTS, &a, &status);
			const nn_code code = status.code;
			EXPECT_EQ(nn_predictor_run_numbers(p.get(), numbers, null ? nulls : nullptr, NN_OUTPUTS,
											   &b, &status),
					  ran);
			EXPECT_EQ(status.code, code);
			EXPECT_EQ(nn_batch_add_numbers(batch, numbers, null ? nulls : nullptr, &status), ran);
			EXPECT_EQ(status.code, code);
			EXPECT_EQ(nn_batch_flush(batch, c, &status), ran ? 1 : 0);
			EXPECT_EQ(a, b);
			EXPECT_NEAR(a, c[0], 1e-6);
		}
		nn_batch_free(batch);
	}
}

TEST(Predictor, BelievesNothingAfterItWasMade)
{
	auto model = regression();
	const training::Predictor p = training::predictor(model->show());
	const Row row = {11.0, "green", array({9, -3})};
	const double before = predict(p, row)[0];

	model.reset();
	EXPECT_EQ(predict(p, row)[0], before);
}

// ---- good models, bad rows ----

TEST(Predictor, BadRows)
{
	const auto model = regression();
	const training::Predictor p = training::predictor(model->show());
	double output = 5;
	nn_status status;
	const auto run = [&](const Row &row) {
		nn_predictor_run(p.get(), rows::values(row).data(), NN_OUTPUTS, &output, &status);
		return status.code;
	};

	EXPECT_EQ(run({"11", "green", array({9, -3})}), NN_INVALID);
	EXPECT_STREQ(status.message, "feature \"size\" is of type float8");
	EXPECT_EQ(run({11.0, "green", array({9})}), NN_INVALID);
	EXPECT_EQ(run({static_cast<double>(kNaN), "green", array({9, -3})}), NN_NOT_FINITE);
	EXPECT_EQ(output, 5);                               // untouched by all of these
	EXPECT_EQ(run({nullptr, nullptr, nullptr}), NN_OK); // and none the worse for it
}

// Whatever is stored: parameters may overflow the network, and a scale what comes out of it.
TEST(Predictor, PredictionsAreFinite)
{
	for (bool scale : {false, true})
	{
		auto model = regression();
		if (scale)
			model->target_scale[0] = 1e308;
		else
			model->parameters.assign(17, 3e38f);
		const training::Predictor p = training::predictor(model->show());
		double output = 5;
		nn_status status;

		nn_predictor_run(p.get(), rows::values({11.0, "green", array({9, -3})}).data(), NN_OUTPUTS,
						 &output, &status);
		EXPECT_EQ(status.code, NN_NOT_FINITE);
		EXPECT_EQ(std::string(status.message).find("the prediction is not finite"), 0u);
		EXPECT_EQ(output, 5);
	}
}

// ---- round trips: what was trained, stored and read again predicts what the network gives ----

// Through the core's own classes, from the very same parameters.
void expect_round_trip(const Table &table)
{
	nn_options o = options();
	o.hidden = kHidden<7, 5>;
	o.hidden_layers = 2;
	o.epochs = 5;
	o.validation = 0.1;
	const Training run = train(table, o);
	const nn_model_data &m = run.result.model;
	const auto predictions = training::predict_all(run, table);

	const auto dataset = rows::prepared(table, 0.1);
	nn::Network<float> network({m.layer_sizes, m.layer_sizes + m.layer_count},
							   {2, nn::find_activation<float>("relu")});
	nn::Workspace<float> workspace(network, 1);
	std::copy(m.parameters, m.parameters + m.parameter_count, network.parameters().begin());
	for (uint32_t row = 0; row < table.rows.size(); row++)
	{
		const rows::Gathered gathered = rows::gather(*dataset, {row});
		const auto Z = workspace.forward(network, gathered.X.data(), 1);
		double total = 0;
		for (int k = 0; k < m.class_count; k++)
			total += std::exp(static_cast<double>(m.class_count > 2 ? Z(0, k) : k * Z(0, 0)));
		for (size_t k = 0; k < predictions[row].size(); k++)
		{
			const int column = static_cast<int>(k);
			const double expected =
				m.class_count == 0
					? m.target_mean[k] + m.target_scale[k] * static_cast<double>(Z(0, column))
					: std::exp(static_cast<double>(m.class_count > 2
													   ? Z(0, column)
													   : static_cast<float>(column) * Z(0, 0))) /
						  total;
			ASSERT_NEAR(predictions[row][k], expected, 1e-6 * std::max(1.0, std::abs(expected)));
		}
	}
}

// Features of every kind, and a target made of a row's number.
Table table_with(nn_column target_column, const std::function<rows::Cell(size_t)> &truth)
{
	Table table = {{column("n"), column("text", NN_CATEGORY), column("v", NN_ARRAY),
					column("flag", NN_BOOLEAN), column("at", NN_TIME), target_column},
				   {}};
	for (size_t i = 0; i < 60; i++)
		table.rows.push_back(
			{i % 7 == 0 ? rows::Cell(nullptr) : rows::Cell(noise(i, 0.618)),
			 i % 5 == 0 ? rows::Cell(nullptr) : rows::Cell("c" + std::to_string(i % 3)),
			 array({noise(i, 0.414), noise(i, 0.732)}), double(i % 2), 7e8 + double(i), truth(i)});
	return table;
}

TEST(Predictor, RoundTrips)
{
	expect_round_trip(
		table_with(target("y"), [](size_t i) { return 1e6 + 1e3 * noise(i, 0.236); }));
	expect_round_trip(
		table_with(target("y", NN_CATEGORY), [](size_t i) { return i % 3 == 0 ? "yes" : "no"; }));
	expect_round_trip(table_with(target("y", NN_CATEGORY),
								 [](size_t i) { return "class " + std::to_string(i % 4); }));
	expect_round_trip(table_with(target("y", NN_ARRAY), [](size_t i) {
		return array({noise(i, 0.236), -1e4 * noise(i, 0.449)});
	}));
}

TEST(Predictor, ProbabilitiesSumToOne)
{
	for (size_t classes : {2u, 5u})
	{
		const Table table = table_with(target("y", NN_CATEGORY), [=](size_t i) {
			return "class " + std::to_string(i % classes);
		});
		nn_options o = options();
		o.epochs = 3;
		const Training run = train(table, o);
		for (const std::vector<double> &p : training::predict_all(run, table))
		{
			double sum = 0;
			ASSERT_EQ(p.size(), classes);
			for (double one : p)
			{
				EXPECT_GT(one, 0);
				sum += one;
			}
			EXPECT_NEAR(sum, 1, 1e-12);
		}
	}
}

// What is only asked which class it is goes without probabilities, and gives the same class.
TEST(Predictor, RankingsAreThoseOfProbabilities)
{
	for (size_t classes : {2u, 5u})
	{
		const Table table = table_with(target("y", NN_CATEGORY), [=](size_t i) {
			return "class " + std::to_string(i % classes);
		});
		const Training run = train(table, options());
		const training::Predictor p = training::predictor(run.result.model);
		std::set<std::ptrdiff_t> seen;

		for (size_t row = 0; row < table.rows.size(); row++)
		{
			const Row features = training::features_of(table, row);
			const std::vector<double> likely = predict(p, features);
			std::vector<double> ranking(classes);
			nn_status status;

			ASSERT_TRUE(nn_predictor_run(p.get(), rows::values(features).data(), NN_RANKING,
										 ranking.data(), &status));
			const auto best = std::max_element(ranking.begin(), ranking.end()) - ranking.begin();
			EXPECT_EQ(best, std::max_element(likely.begin(), likely.end()) - likely.begin());
			seen.insert(best);
		}
		EXPECT_GT(seen.size(), 1u);
	}
}

} // namespace
