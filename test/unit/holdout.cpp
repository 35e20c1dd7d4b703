/*
 * holdout.cpp: a column that says which rows are held out, and what is never learnt from them.
 */
#include <algorithm>
#include <cmath>
#include <functional>

#include "tables.h"
#include "training.h"

namespace
{

using rows::column;
using rows::noise;
using rows::Table;
using rows::target;
using training::kHidden;
using training::small_network;
using training::train;
using training::Training;
using training::try_training;

bool chosen(size_t i)
{
	return i * i % 5 == 1;
}

// The table with a column in its midst that chooses rows.
Table with_holdout(Table table, const std::function<rows::Cell(size_t)> &choice)
{
	table.columns.insert(table.columns.begin() + 1, rows::holdout("h"));
	for (size_t i = 0; i < table.rows.size(); i++)
		table.rows[i].insert(table.rows[i].begin() + 1, choice(i));
	return table;
}

Table with_chosen(const Table &table)
{
	return with_holdout(table, [](size_t i) { return double(chosen(i)); });
}

TEST(Holdout, ExactlyTheRowsThatAreChosen)
{
	for (double validation : {0., 0.1, 0.9}) // which says nothing then
	{
		const auto dataset = rows::prepared(with_chosen(tables::mixed(100)), validation);
		std::vector<uint32_t> held_out = dataset->held_out_rows(), expected;
		for (uint32_t row = 0; row < 100; row++)
			if (chosen(row))
				expected.push_back(row);
		std::sort(held_out.begin(), held_out.end());
		EXPECT_EQ(held_out, expected);
		EXPECT_EQ(dataset->training_rows().size(), 100 - expected.size());
		EXPECT_EQ(dataset->encoder().features().size(), 9u); // h is none
	}
}

TEST(Holdout, CountsInTheResult)
{
	const Training run = train(with_chosen(tables::waves(100)), small_network());

	EXPECT_EQ(run.result.rows, 100);
	EXPECT_EQ(run.result.rows_held_out, 40);
	EXPECT_TRUE(std::isfinite(run.result.validation_loss));
	EXPECT_EQ(run.result.model.feature_count, 2);
}

// Whatever stands in the held-out rows, the same is learnt, to the last bit.
TEST(Holdout, NothingIsLearntFromHeldOutRows)
{
	nn_options o = small_network();
	o.patience = 0; // so that they don't choose the epoch, either
	for (size_t classes : {0u, 3u})
	{
		const Table table = with_chosen(classes == 0 ? tables::waves(200) : tables::blobs(200, 3));
		Table absurd = table;
		for (size_t i = 0; i < 200; i++)
			if (chosen(i))
				absurd.rows[i] = {-1e6 * noise(i, 0.618), 1.0, 1e9,
								  classes == 0 ? rows::Cell(1e12) : rows::Cell("left")};
		const Training expected = train(table, o), run = train(absurd, o);

		EXPECT_EQ(run.parameters(), expected.parameters());
		EXPECT_EQ(run.loss_curve(), expected.loss_curve());
		EXPECT_NE(run.validation_curve(), expected.validation_curve());
		EXPECT_EQ(run.result.model.features[0].mean[0], expected.result.model.features[0].mean[0]);
	}
}

// They are validated on, and choose the epoch that is kept.
TEST(Holdout, IsWhatStopsTraining)
{
	nn_options o = small_network();
	o.learning_rate = 0.05;
	o.epochs = 500;
	o.patience = 5;
	const Training run = train(with_chosen(tables::waves(80)), o);
	const std::vector<double> curve = run.validation_curve();

	EXPECT_STREQ(run.result.stop_reason, "patience");
	EXPECT_EQ(run.result.best_epoch,
			  std::min_element(curve.begin(), curve.end()) - curve.begin() + 1);
	EXPECT_LT(run.result.best_epoch, run.result.epochs);
}

// What needs held-out rows has them.
TEST(Holdout, IsEnoughForAScoreToStopOn)
{
	nn_options o = small_network();
	o.validation = 0;
	o.stop_on = "score";
	EXPECT_EQ(try_training(with_chosen(tables::waves(80)), o).status.code, NN_OK);

	const nn_status status = try_training(tables::waves(80), o).status;
	EXPECT_EQ(status.code, NN_INVALID);
	EXPECT_STREQ(status.message, "stop_on => 'score' needs held-out rows");
	EXPECT_STREQ(status.hint, "Give validation or holdout, too.");
	o.validation = 0.01;
	EXPECT_STREQ(try_training(tables::waves(20), o).status.message,
				 "validation => 0.01 holds out none of the 20 rows");
}

// Its outputs are there, for the predictions of those who have examples of it.
TEST(Holdout, AClassAmongHeldOutRowsOnly)
{
	const Table table = tables::blobs(150, 3);
	const auto only = [&](const char *a, const char *b) {
		return with_holdout(table, [=](size_t i) {
			const std::string &label = table.rows[i][2].text;
			return double(i % 5 == 0 || label == a || label == b);
		});
	};
	const Training run = train(only("top", ""), small_network());

	ASSERT_EQ(run.result.model.class_count, 3);
	EXPECT_STREQ(run.result.model.classes[2], "top");
	EXPECT_TRUE(std::isfinite(run.result.validation_loss));
	EXPECT_LT(run.result.score, 0.5);

	const nn_status status = try_training(only("top", "left"), small_network()).status;
	EXPECT_EQ(status.code, NN_BAD_DATA);
	EXPECT_STREQ(status.message, "target \"class\" has one class only in the rows to train on");
	EXPECT_STREQ(status.hint, "Hold out rows so that at least two classes are left.");
}

TEST(Holdout, BadOnes)
{
	const auto error_with = [](const std::function<rows::Cell(size_t)> &choice) {
		return try_training(with_holdout(tables::waves(30), choice), small_network()).status;
	};
	constexpr const char *kHint =
		"It is to be true for the rows to hold out, and false for those to train on.";

	for (const auto &[all, message] : {std::pair(1.0, "holdout \"h\" is true in every row"),
									   {0.0, "holdout \"h\" is false in every row"}})
	{
		const nn_status status = error_with([all = all](size_t) { return all; });
		EXPECT_EQ(status.code, NN_BAD_DATA);
		EXPECT_STREQ(status.message, message);
		EXPECT_STREQ(status.hint, kHint);
	}
	const nn_status null = error_with(
		[](size_t i) { return i == 4 ? rows::Cell(nullptr) : rows::Cell(double(chosen(i))); });
	EXPECT_EQ(null.code, NN_BAD_DATA);
	EXPECT_STREQ(null.message, "holdout \"h\" is NULL in 1 row");
	EXPECT_STREQ(null.hint, "Say which rows to hold out with coalesce().");

	Table number = with_chosen(tables::waves(30));
	number.columns[1].kind = NN_NUMBER;
	const nn_status status = try_training(number, small_network()).status;
	EXPECT_EQ(status.code, NN_INVALID);
	EXPECT_STREQ(status.message, "holdout \"h\" is of type bool, not boolean");
}

// A choice made for a row that is skipped is none.
TEST(Holdout, OfRowsThatAreSkipped)
{
	Table table = with_chosen(tables::waves(100));
	for (size_t i = 0; i < 100; i++)
		if (chosen(i) && i != 6)
			table.rows[i].back() = nullptr;
	table.rows[0] = {0.0, nullptr, 0.0, nullptr};
	const Training run = train(table, small_network());
	EXPECT_EQ(run.result.rows_held_out, 1);
	EXPECT_EQ(run.result.rows_no_target, 40);

	table.rows[6].back() = nullptr;
	EXPECT_STREQ(try_training(table, small_network()).status.message,
				 "holdout \"h\" is false in every row");
}

// Rows of one content may be held out, and trained on, together.
TEST(Holdout, WhateverOrderTheRowsComeIn)
{
	Table table = with_chosen(tables::waves(60));
	for (int i = 0; i < 20; i++)
		table.rows.push_back({0.5, double(i % 2), 0.5, 50.0});
	EXPECT_EQ(train(table, small_network()).parameters(),
			  train(rows::reordered(table), small_network()).parameters());
}

} // namespace
