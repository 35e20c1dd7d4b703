/*
 * results.cpp: what a training says of itself, against the same computed from predictions.
 */
#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

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
using training::gradient_descent;
using training::options;
using training::predict_all;
using training::small_network;
using training::train;
using training::Training;

using Numbers = std::vector<double>;

// The rows held out, by their place in the table.
std::vector<uint32_t> held_out_rows(const Table &table, double validation)
{
	return rows::prepared(table, validation)->held_out_rows();
}

double mean_of(const std::vector<uint32_t> &rows, const std::function<double(uint32_t)> &value)
{
	double sum = 0;
	for (uint32_t row : rows)
		sum += value(row);
	return sum / static_cast<double>(rows.size());
}

TEST(Results, LossAndScoreOfNumbers)
{
	const Table table = waves(150);

	for (const char *loss : {"mse", "mae", "huber"})
	{
		nn_options o = small_network();
		o.loss = loss;
		o.validation = 0.3;
		const Training run = train(table, o);
		const std::vector<uint32_t> rows = held_out_rows(table, 0.3);
		const auto predictions = predict_all(run, table);
		const double scale = run.result.model.target_scale[0];
		const auto truth = [&](uint32_t row) { return table.rows[row][2].number; };
		const auto error = [&](uint32_t row) { return truth(row) - predictions[row][0]; };
		const auto huber = [&](uint32_t row) {
			const double e = std::abs(error(row) / scale);
			return scale * scale * (e <= 1 ? e * e / 2 : e - 0.5);
		};
		const double expected = mean_of(rows, [&](uint32_t row) {
			return strcmp(loss, "mse") == 0   ? error(row) * error(row)
				   : strcmp(loss, "mae") == 0 ? std::abs(error(row))
											  : huber(row);
		});
		EXPECT_EQ(run.result.rows_held_out, 45);
		EXPECT_NEAR(run.result.validation_loss, expected, 1e-5 * expected) << loss;

		const double mean = mean_of(rows, truth), known = run.result.model.target_mean[0];
		const auto square = [&](double from) {
			return mean_of(rows, [&](uint32_t row) { return std::pow(truth(row) - from, 2); });
		};
		const double squares = mean_of(rows, [&](uint32_t row) { return std::pow(error(row), 2); });
		EXPECT_NEAR(run.result.score, 1 - squares / square(mean), 1e-5) << loss;
		EXPECT_NEAR(run.result.baseline, 1 - square(known) / square(mean), 1e-5) << loss;
	}
}

TEST(Results, LossAndScoreOfClasses)
{
	for (size_t classes : {2u, 3u})
	{
		Table table = blobs(150, classes);
		for (size_t row = 0; row < 150;
			 row += 4) // not all of one kind, and some in the wrong place
			table.rows[row][2] = "right";
		nn_options o = small_network();
		o.validation = 0.3;
		const Training run = train(table, o);
		const std::vector<uint32_t> rows = held_out_rows(table, 0.3);
		const auto predictions = predict_all(run, table);
		const auto truth = [&](uint32_t row) {
			size_t k = 0;
			while (table.rows[row][2].text != run.result.model.classes[k])
				k++;
			return k;
		};

		const double loss =
			mean_of(rows, [&](uint32_t row) { return -std::log(predictions[row][truth(row)]); });
		EXPECT_NEAR(run.result.validation_loss, loss, 1e-5 * loss);
		EXPECT_EQ(run.result.score, mean_of(rows, [&](uint32_t row) {
					  const Numbers &p = predictions[row];
					  return static_cast<size_t>(std::max_element(p.begin(), p.end()) -
												 p.begin()) == truth(row);
				  }));
		EXPECT_EQ(run.result.baseline,
				  mean_of(rows, [&](uint32_t row) { return table.rows[row][2].text == "right"; }));
	}
}

// Without held-out rows the score is that of the training rows.
TEST(Results, ScoreOfTrainingRows)
{
	const Table table = linear(400, 30);
	const Training run = train(table, gradient_descent(0.2, 100));
	const auto predictions = predict_all(run, table);
	double mean = 0, errors = 0, spread = 0;

	for (const rows::Row &row : table.rows)
		mean += row[3].number / 400;
	for (size_t row = 0; row < 400; row++)
	{
		errors += std::pow(table.rows[row][3].number - predictions[row][0], 2);
		spread += std::pow(table.rows[row][3].number - mean, 2);
	}
	EXPECT_NEAR(run.result.score, 1 - errors / spread, 1e-6);
	EXPECT_NEAR(run.result.baseline, 0, 1e-6);
	EXPECT_EQ(run.result.rows_held_out, 0);
}

// Each output counts in its own units: their mean.
TEST(Results, LossOfSeveralOutputs)
{
	Table table = {{column("x"), target("y", NN_ARRAY)}, {}};
	for (size_t i = 0; i < 100; i++)
		table.rows.push_back({noise(i, 0.618), array({noise(i, 0.414), 100 * noise(i, 0.732)})});
	nn_options o = options();
	o.validation = 0.3;
	o.epochs = 5;
	const Training run = train(table, o);
	const auto predictions = predict_all(run, table);
	const double expected = mean_of(held_out_rows(table, 0.3), [&](uint32_t row) {
		double sum = 0;
		for (size_t k = 0; k < 2; k++)
			sum += std::pow(table.rows[row][1].doubles[k] - predictions[row][k], 2);
		return sum / 2;
	});
	EXPECT_NEAR(run.result.validation_loss, expected, 1e-5 * expected);
}

TEST(Results, DescribesTheModel)
{
	Table table = {{column("text", NN_CATEGORY), column("n"), column("v", NN_ARRAY),
					target("class", NN_CATEGORY)},
				   {}};
	for (size_t i = 0; i < 40; i++)
		table.rows.push_back({i % 3 == 0 ? "b" : "a",
							  i == 7 ? rows::Cell(nullptr) : rows::Cell(noise(i, 0.6)),
							  array({noise(i, 0.4), 1}), i % 2 == 0 ? "x" : "y"});
	table.rows.push_back({"a", 1.0, array({1, 1}), nullptr});
	nn_options o = small_network();
	o.epochs = 2;
	const Training run = train(table, o);
	const nn_model_data &m = run.result.model;

	EXPECT_EQ(run.result.rows, 40);
	EXPECT_EQ(run.result.rows_no_target, 1);
	EXPECT_EQ(run.result.rows_no_weight, 0);
	EXPECT_EQ(run.result.rows_missing, 0);
	EXPECT_STREQ(run.result.optimizer, "adam");
	EXPECT_EQ(run.result.learning_rate, 0.001);
	ASSERT_EQ(m.feature_count, 3);
	EXPECT_STREQ(m.features[0].name, "text");
	EXPECT_EQ(m.features[0].kind, NN_CATEGORY);
	ASSERT_EQ(m.features[0].category_count, 2);
	EXPECT_STREQ(m.features[0].categories[1], "b");
	EXPECT_EQ(m.features[0].inputs, 2);
	EXPECT_STREQ(m.features[1].type, "float8");
	EXPECT_EQ(m.features[1].missing, 1);
	EXPECT_TRUE(m.features[1].missing_input);
	EXPECT_EQ(m.features[1].inputs, 2);
	EXPECT_EQ(m.features[2].length, 2);
	ASSERT_EQ(m.layer_count, 4);
	EXPECT_EQ(std::vector<int>(m.layer_sizes, m.layer_sizes + 4), (std::vector<int>{6, 16, 8, 1}));
	ASSERT_EQ(m.activation_count, 3);
	EXPECT_STREQ(m.activations[0], "relu");
	EXPECT_STREQ(m.activations[2], "sigmoid");
	ASSERT_EQ(m.class_count, 2);
	EXPECT_STREQ(m.classes[0], "x");
	EXPECT_EQ(m.target_count, 0);
}

// Between any two steps: epochs and losses as the curves will have them, and a time that comes to an end.
TEST(Results, Progress)
{
	const Table table = waves(3000);
	nn_options o = small_network();
	nn_progress p;
	Training run;

	o.max_seconds = 1000;
	training::prepare(run, table, o, rows::kBudget);
	nn_trainer_progress(run.trainer.get(), &p);
	EXPECT_EQ(p.epoch, 0);
	EXPECT_EQ(p.epochs, 20);
	EXPECT_TRUE(std::isnan(p.loss));
	EXPECT_TRUE(std::isnan(p.validation_loss));
	EXPECT_EQ(p.rate, 0.001);
	EXPECT_EQ(p.rows_per_second, 0);
	EXPECT_LE(p.seconds_left, 1000); // all that is known yet

	std::vector<nn_progress> seen;
	for (bool more = true; more;)
	{
		more = nn_trainer_step(run.trainer.get(), &run.status);
		ASSERT_EQ(run.status.code, NN_OK);
		nn_trainer_progress(run.trainer.get(), &p);
		seen.push_back(p);
	}
	nn_trainer_result(run.trainer.get(), &run.result, &run.status);
	for (const nn_progress &q : seen)
	{
		EXPECT_GE(q.seconds_left, 0);
		EXPECT_LE(q.seconds_left, 1000);
		EXPECT_GT(q.rows_per_second, 0);
		if (q.epoch == 0)
			continue;
		EXPECT_EQ(q.loss, run.result.loss_curve[q.epoch - 1]);
		EXPECT_EQ(q.validation_loss, run.result.validation_curve[q.epoch - 1]);
	}
	EXPECT_EQ(p.epoch, run.result.epochs);
	EXPECT_EQ(p.seconds_left, 0);
}

} // namespace
