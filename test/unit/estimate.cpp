/*
 * estimate.cpp: a dry run on a sample of the rows: what a training on all of them would take, and
 * which columns it would refuse or learn nothing from.
 */
#include <cmath>
#include <functional>
#include <string>

#include "core/limits.h"
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
using training::kHidden;
using training::train;
using training::Training;
using training::try_training;

nn_options dry_run(int64_t expected_rows)
{
	nn_options o;

	nn_options_default(&o);
	o.dry_run = true;
	o.expected_rows = expected_rows;
	return o;
}

// A dry run, with what it says.
struct Estimate
{
	Training run;
	nn_estimate e = {};

	Estimate(const Table &sample, const nn_options &o, int steps = 1)
	{
		training::prepare(run, sample, o, rows::kBudget);
		for (bool more = true; more && run.status.code == NN_OK && steps-- > 0;)
			more = nn_trainer_step(run.trainer.get(), &run.status);
		if (run.status.code == NN_OK)
			nn_trainer_estimate(run.trainer.get(), &e, &run.status);
		EXPECT_EQ(run.status.code, NN_OK) << run.status.message;
	}

	// The warning of a column.
	std::string about(const std::string &name) const
	{
		for (int32_t w = 0; w < e.warning_count; w++)
			if (std::string(e.warnings[w].message).find("column \"" + name + "\"") == 0)
				return e.warnings[w].message;
		return "";
	}
};

// ---- what it would take ----

// Against a training of so many rows: its memory by the rows' own account.
TEST(Estimate, MemoryOfTheRows)
{
	for (size_t sample : {100u, 5000u})
		for (size_t rows : {5000u, 20000u})
		{
			const Estimate estimate(tables::mixed(sample), dry_run(static_cast<int64_t>(rows)));
			const auto all = rows::read(tables::mixed(rows), rows::kBudget, rows::options(0.1));
			EXPECT_NEAR(static_cast<double>(estimate.e.reading_bytes),
						static_cast<double>(all->bytes_used()), 256 * 1024) // a chunk of rows
				<< sample << " of " << rows;
			while (all->prepare())
				;
			EXPECT_NEAR(static_cast<double>(estimate.e.row_bytes) /
							static_cast<double>(all->bytes_used()),
						1, 0.01)
				<< sample << " of " << rows;
		}
}

// Rows to be skipped take none.
TEST(Estimate, SkippedRowsAreNotCounted)
{
	Table table = tables::waves(4000);
	for (size_t i = 0; i < 4000; i++)
		if (i % 4 != 1)
			table.rows[i][i % 2] = nullptr;
	nn_options o = dry_run(80000);
	o.missing = "skip";
	o.optimizer = "gd";
	const Estimate estimate(table, o);

	EXPECT_EQ(estimate.e.batch_size, 18000);
	EXPECT_NEAR(static_cast<double>(estimate.e.row_bytes) /
					static_cast<double>(rows::prepared(tables::waves(20000))->bytes_used()),
				1, 0.1);
}

// What one would be refused for want of.
TEST(Estimate, MemoryOfTheNetwork)
{
	for (const char *optimizer : {"adam", "sgd", "lbfgs"})
	{
		nn_options o = dry_run(3000);
		o.hidden = kHidden<400, 400>;
		o.hidden_layers = 2;
		o.optimizer = optimizer;
		o.epochs = 1;
		const Estimate estimate(tables::waves(300), o, 0);
		const size_t rows = rows::prepared(tables::waves(3000), 0.1)->bytes_used();
		const size_t needed = rows + static_cast<size_t>(estimate.e.network_bytes);

		o.dry_run = false;
		o.expected_rows = 0;
		EXPECT_EQ(try_training(tables::waves(3000), o, needed - 1).status.code, NN_LIMIT);
		EXPECT_EQ(try_training(tables::waves(3000), o, needed + 1).status.code, NN_OK);
	}
}

// As all rows would have it, not as the sample has.
TEST(Estimate, ChoosesByTheExpectedRows)
{
	for (int64_t rows : {200, 2000, 50000, 2000000})
	{
		const Estimate estimate(tables::waves(200), dry_run(rows), 0);
		const nn::Plan plan = nn::make_plan(dry_run(0), {rows * 9 / 10, 2, 0, 1}, nullptr);
		const nn_model_data &m = estimate.e.model;

		EXPECT_EQ(estimate.e.batch_size, plan.batch_size) << rows;
		EXPECT_EQ(std::vector<int>(m.layer_sizes, m.layer_sizes + m.layer_count), plan.sizes);
		EXPECT_EQ(m.parameter_count,
				  static_cast<int64_t>(nn::Network<float>::count_parameters(plan.sizes)));
	}
	nn_options o = dry_run(50000);
	o.optimizer = "lbfgs";
	EXPECT_EQ(Estimate(tables::waves(200), o, 0).e.batch_size, 45000);
	o = dry_run(0); // not said: those of the sample
	EXPECT_EQ(Estimate(tables::waves(200), o, 0).e.batch_size, 16);
}

// Twice the rows take twice the time; without a step nothing is known.
TEST(Estimate, SecondsOfAnEpoch)
{
	nn_options o = dry_run(1000000);
	o.hidden = kHidden<64, 64>;
	o.hidden_layers = 2;
	o.batch_size = 128;
	const double once = Estimate(tables::waves(2000), o, 3).e.epoch_seconds;
	o.expected_rows = 10000000;
	const double ten_times = Estimate(tables::waves(2000), o, 3).e.epoch_seconds;

	EXPECT_GT(once, 0.01);
	EXPECT_LT(once, 1000);
	EXPECT_GT(ten_times / once, 2); // other programs take some of the time
	EXPECT_LT(ten_times / once, 50);
	EXPECT_EQ(Estimate(tables::waves(200), o, 0).e.epoch_seconds, 0);
}

// ---- columns ----

// Of 300 rows: ids, names, a column that is always the same, one that is never there, and good ones.
Table troublesome()
{
	Table table = {{column("id"), column("name", NN_CATEGORY), column("one"),
					column("empty", NN_CATEGORY), column("colour", NN_CATEGORY), column("x"),
					column("count"), target("y")},
				   {}};

	for (size_t i = 0; i < 300; i++)
		table.rows.push_back({1000000.0 + double(i * 37 % 300), "name " + std::to_string(i), 5.0,
							  nullptr, i % 3 == 0 ? "red" : "blue", 10 * noise(i, 0.618),
							  double(i * i % 17), noise(i, 0.414)});
	return table;
}

TEST(Estimate, NamesAreLeftOutAndReported)
{
	const Estimate estimate(troublesome(), dry_run(300));
	const nn_feature &name = estimate.e.model.features[1];

	EXPECT_EQ(estimate.about("name"), "column \"name\" has 300 different values in 300 rows");
	EXPECT_EQ(name.inputs, 0);
	EXPECT_EQ(name.category_count, 0);
	EXPECT_EQ(estimate.about("colour"), "");
	EXPECT_EQ(estimate.e.model.features[4].inputs, 2);

	nn_options o = dry_run(300); // in earnest it is an error
	o.dry_run = false;
	EXPECT_EQ(try_training(troublesome(), o).status.code, NN_BAD_DATA);
}

// As soon as there are more than a column may have; whatever follows counts as NULL.
TEST(Estimate, TooManyValuesAreLeftOutAndReported)
{
	Table table = {{column("text", NN_CATEGORY), column("x"), target("y")}, {}};
	for (size_t i = 0; i < 6000; i++)
		table.rows.push_back({std::to_string(i % 1500), noise(i, 0.618), noise(i, 0.414)});
	const Estimate estimate(table, dry_run(6000));

	EXPECT_EQ(estimate.about("text"), "column \"text\" has more than 1000 different values");
	EXPECT_EQ(estimate.e.model.features[0].inputs, 0);
	EXPECT_EQ(estimate.e.model.layer_sizes[0], 1);
	for (Row &row : table.rows)
		row[0] = std::string(nn::kMaxCategoryLength + 1, 'x');
	EXPECT_NE(Estimate(table, dry_run(6000)).about("text"), "");
	for (Row &row : table.rows)
		row[1] = 0.0;
	EXPECT_EQ(try_training(table, dry_run(6000)).status.code, NN_BAD_DATA); // nothing is left
}

// A target is no column to leave out.
TEST(Estimate, ATargetIsNotLeftOut)
{
	Table table = {{column("x"), target("text", NN_CATEGORY)}, {}};
	for (size_t i = 0; i < 100; i++)
		table.rows.push_back({noise(i, 0.618), std::to_string(i)});
	EXPECT_EQ(try_training(table, dry_run(100)).status.code, NN_BAD_DATA);
	for (size_t i = 0; i < 3000; i++)
		table.rows.push_back({noise(i, 0.618), std::to_string(i)});
	EXPECT_EQ(try_training(table, dry_run(100)).status.code, NN_LIMIT);
}

TEST(Estimate, ConstantColumnsAreReported)
{
	const Estimate estimate(troublesome(), dry_run(300));

	EXPECT_EQ(estimate.about("one"), "column \"one\" is the same in all rows read");
	EXPECT_EQ(estimate.about("empty"), "column \"empty\" is the same in all rows read");
	for (const char *good : {"x", "count", "colour"})
		EXPECT_EQ(estimate.about(good), "") << good;

	Table table = troublesome();
	table.rows[7][2] = nullptr; // being NULL does vary
	EXPECT_EQ(Estimate(table, dry_run(300)).about("one"), "");
	for (Row &row : table.rows)
	{
		row[2] = nullptr;
		row[4] = "red";
		row[5] = array({1, 2});
	}
	table.columns[5].kind = NN_ARRAY;
	const Estimate all(table, dry_run(300));
	for (const char *constant : {"one", "colour", "x"})
		EXPECT_NE(all.about(constant), "") << constant;
}

// The warning about whole numbers that look like ids, of a column with these values.
std::string id_warning(size_t n, const std::function<Cell(size_t)> &value, bool wide = true)
{
	Table table = {{column("n", NN_NUMBER, wide), column("x"), target("y")}, {}};

	for (size_t i = 0; i < n; i++)
		table.rows.push_back({value(i), noise(i, 0.618), noise(i, 0.414)});
	return Estimate(table, dry_run(static_cast<int64_t>(n))).about("n");
}

TEST(Estimate, WholeNumbersThatLookLikeIdsAreReported)
{
	const std::string expected = "column \"n\" has a different whole number in every row read";
	const auto shuffled = [](size_t i) { return double(i * 7919 % 10007); };

	EXPECT_EQ(Estimate(troublesome(), dry_run(300)).about("id"),
			  "column \"id\" has a different whole number in every row read");
	for (size_t n : {150u, 3000u, 10000u})
	{
		EXPECT_EQ(id_warning(n, shuffled), expected) << n;
		EXPECT_EQ(id_warning(n, [&](size_t i) { return 1e9 + shuffled(i); }), expected) << n;
		EXPECT_EQ(id_warning(n, [&](size_t i) { return 123457 * shuffled(i) - 5e8; }), expected)
			<< n;
		EXPECT_EQ(id_warning(n, shuffled, false), expected) << n;
	}
}

TEST(Estimate, OtherNumbersAreNoIds)
{
	const auto shuffled = [](size_t i) { return double(i * 7919 % 10007); };

	EXPECT_EQ(id_warning(90, shuffled), ""); // few may well differ by chance
	EXPECT_EQ(id_warning(300, [&](size_t i) { return i % 9 == 7 ? 5.5 : shuffled(i); }), "");
	EXPECT_EQ(id_warning(300, [&](size_t i) { return i % 9 == 7 ? 8. : shuffled(i); }), "");
	EXPECT_EQ(
		id_warning(300, [&](size_t i) { return i % 9 == 7 ? Cell(nullptr) : Cell(shuffled(i)); }),
		"");
	for (double range : {1., 1e3, 1e6, 1e7, 1e9}) // amounts, however large
		EXPECT_EQ(id_warning(300, [=](size_t i) { return range * noise(i, 0.7548776662); }), "")
			<< range;
}

// A training that isn't dry says nothing of its columns but what gives the target away.
TEST(Estimate, ColumnsAreReportedOnce)
{
	Table table = troublesome();
	table.columns.erase(table.columns.begin() + 1);
	for (Row &row : table.rows)
		row.erase(row.begin() + 1);
	nn_options o = dry_run(300);
	const Estimate estimate(table, o, 1000000); // to the end, which has warnings of its own
	EXPECT_EQ(estimate.e.warning_count, 3);
	o.dry_run = false;
	EXPECT_EQ(training::warning_about(train(table, o), "column"), "");
}

} // namespace
