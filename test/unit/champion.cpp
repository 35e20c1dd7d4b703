/*
 * champion.cpp: how a version that exists does on the rows that another is trained beside: as the
 * trainer that made it would say.
 */
#include <algorithm>
#include <cmath>
#include <functional>

#include "tables.h"
#include "training.h"

namespace
{

using rows::array;
using rows::column;
using rows::noise;
using rows::Row;
using rows::Table;
using rows::target;
using training::small_network;
using training::train;
using training::Training;
using training::try_training;

nn_options with_champion(nn_options o, const training::Predictor &champion)
{
	o.champion = champion.get();
	return o;
}

// The score of a model on the rows held out in another training, a short one.
double score_beside(const Training &champion, const Table &table, nn_options o)
{
	const training::Predictor p = training::predictor(champion.result.model);

	o.epochs = 1;
	return train(table, with_champion(o, p)).result.champion_score;
}

// Its own score, where the rows are its own.
void expect_own_score(const Table &table, const nn_options &o)
{
	const Training run = train(table, o);

	EXPECT_TRUE(std::isnan(run.result.champion_score));
	EXPECT_NEAR(score_beside(run, table, o), run.result.score, 1e-6);
	EXPECT_NE(run.result.score, run.result.baseline);
	const training::Predictor p = training::predictor(run.result.model);
	const Training again = train(table, with_champion(o, p)); // which leaves the training alone
	EXPECT_EQ(again.parameters(), run.parameters());
	EXPECT_EQ(again.result.score, run.result.score);
	EXPECT_NEAR(again.result.champion_score, run.result.score, 1e-6);
}

// As tables::mixed, with NULLs and categories, but another target in the midst of the columns.
Table mixed_with(nn_column target_column, const std::function<rows::Cell(size_t)> &truth)
{
	Table table = tables::mixed(300);

	table.columns[5] = target_column;
	for (size_t i = 0; i < 300; i++)
		table.rows[i][5] = truth(i);
	return table;
}

TEST(Champion, OfNumbers)
{
	nn_options o = small_network();

	expect_own_score(tables::waves(200), o);
	expect_own_score(tables::mixed(300), o);
	const auto pair = [](size_t i) { return array({noise(i, 0.618), -1e4 * noise(i, 0.414)}); };
	expect_own_score(mixed_with(target("y", NN_ARRAY), pair), o);
	o.loss = "huber";
	expect_own_score(tables::mixed(300), o);
}

TEST(Champion, OfClasses)
{
	for (size_t classes : {2u, 5u})
		expect_own_score(mixed_with(target("y", NN_CATEGORY),
									[=](size_t i) {
										const double x = noise(i, 0.618) * double(classes);
										return "class " + std::to_string(int(x));
									}),
						 small_network());
}

TEST(Champion, OfCounts)
{
	nn_options o = small_network();

	o.loss = "poisson";
	expect_own_score(
		mixed_with(target("y"), [](size_t i) { return std::floor(9 * noise(i, 0.618)); }), o);
}

TEST(Champion, OfQuantiles)
{
	constexpr double kQuantiles[] = {0.1, 0.5, 0.9};
	nn_options o = small_network();

	o.quantiles = kQuantiles;
	o.quantile_count = 3;
	expect_own_score(tables::mixed(300), o);
	o.quantile_count = 1;
	expect_own_score(tables::waves(200), o);
}

TEST(Champion, OfWeightedRowsAndAColumnThatHoldsOut)
{
	Table table = tables::mixed(300);
	table.columns.push_back(rows::weight("w"));
	table.columns.push_back(rows::holdout("h"));
	for (size_t i = 0; i < 300; i++)
	{
		table.rows[i].push_back(noise(i, 0.7548776662));
		table.rows[i].push_back(double(i % 4 == 1));
	}
	expect_own_score(table, small_network());
}

// Far from what was trained with: a held-out row counts as no farther than it does for the network.
TEST(Champion, OfOutliers)
{
	Table table = tables::waves(200);
	table.columns.push_back(rows::holdout("h"));
	for (size_t i = 0; i < 200; i++)
		table.rows[i].push_back(double(i % 5 == 1));
	table.rows[6][0] = 1e6;
	table.rows[11][1] = -1e30;
	expect_own_score(table, small_network());
}

// ---- another model than the one in training ----

// A fifth of the rows is held out, whatever columns there are.
Table with_holdout(Table table)
{
	table.columns.push_back(rows::holdout("h"));
	for (size_t i = 0; i < table.rows.size(); i++)
		table.rows[i].push_back(double(i % 5 == 1));
	return table;
}

// Only those columns, in that order.
Table select(const Table &table, const std::vector<std::string> &names)
{
	Table result = {{}, std::vector<Row>(table.rows.size())};

	for (const std::string &name : names)
		for (size_t c = 0; c < table.columns.size(); c++)
			if (table.columns[c].name == name)
			{
				result.columns.push_back(table.columns[c]);
				for (size_t i = 0; i < table.rows.size(); i++)
					result.rows[i].push_back(table.rows[i][c]);
			}
	return result;
}

TEST(Champion, WithColumnsInAnotherOrderOrFewer)
{
	const Table table = with_holdout(tables::mixed(300));
	const std::vector<std::vector<std::string>> kColumns = {
		{"holes", "gaps", "flag", "h", "vector", "y", "same", "since", "colour", "narrow", "wide"},
		{"y", "colour", "gaps", "h", "wide"},
		{"vector", "same", "flag", "h", "y"},
		{"h", "holes", "y"}};

	for (const auto &names : kColumns)
	{
		const Training champion = train(select(table, names), small_network());
		EXPECT_NEAR(score_beside(champion, table, small_network()), champion.result.score, 1e-6);
	}
}

// What it predicts of rows that it knows nothing of, by hand.
double score_by_hand(const Training &champion, const Table &table)
{
	const training::Predictor p = training::predictor(champion.result.model);
	const Table own = training::arranged(table, champion);
	double right = 0, rows = 0;

	for (size_t i = 1; i < table.rows.size(); i += 5)
	{
		Row features;
		for (int32_t f = 0; f < champion.result.model.feature_count; f++)
			features.push_back(own.rows[i][static_cast<size_t>(f)]);
		const std::vector<double> answer = training::predict(p, features);
		const auto choice = std::max_element(answer.begin(), answer.end()) - answer.begin();
		const size_t truth = static_cast<size_t>(
			std::find_if(own.columns.begin(), own.columns.end(),
						 [](const nn_column &c) { return c.role == NN_TARGET; }) -
			own.columns.begin());
		rows++;
		right += champion.result.model.classes[choice] == own.rows[i][truth].text;
	}
	return right / rows;
}

// Rows with a text column and classes of these names.
Table named(const std::vector<std::string> &classes, const std::vector<std::string> &texts,
			bool nulls)
{
	Table table = {{column("x"), column("text", NN_CATEGORY), target("class", NN_CATEGORY)}, {}};

	for (size_t i = 0; i < 300; i++)
	{
		const size_t k = i * 7 % 10 % classes.size();
		const rows::Cell text =
			nulls && i % 11 == 0 ? rows::Cell(nullptr) : rows::Cell(texts[(i / 3) % texts.size()]);
		table.rows.push_back({double(k) + noise(i, 0.618), text, classes[k]});
	}
	return with_holdout(table);
}

// Classes stand in another place, are new, or are gone: then its answer is wrong.
TEST(Champion, OfOtherClasses)
{
	const std::vector<std::vector<std::string>> kSets = {{"b", "c"},      {"c", "b"},
														 {"a", "b", "c"}, {"b", "c", "d", "e", "f"},
														 {"a", "z"},      {"x", "y", "z"}};

	for (const auto &champions : kSets)
	{
		const Training champion = train(named(champions, {"u", "v"}, false), small_network());
		for (const auto &classes : kSets)
		{
			const Table table = named(classes, {"u", "v"}, false);
			EXPECT_NEAR(score_beside(champion, table, small_network()),
						score_by_hand(champion, table), 1e-12);
		}
	}
}

// Categories that it doesn't know, and NULLs that it never saw, as in prediction.
TEST(Champion, OfOtherCategories)
{
	for (bool nulls : {false, true})
		for (bool nulls_now : {false, true})
		{
			const Training champion =
				train(named({"a", "b", "c"}, {"u", "v", "w"}, nulls), small_network());
			const Table table = named({"a", "b", "c"}, {"v", "new", "u", "z"}, nulls_now);
			EXPECT_NEAR(score_beside(champion, table, small_network()),
						score_by_hand(champion, table), 1e-12);
		}
}

// The champion knows NULL, the version gone on from does not: to that one a new category and NULL
// are the same, to the champion they are not.
TEST(Champion, BesideAVersionGoneOnFrom)
{
	Table nulls = named({"a", "b"}, {"u", "v"}, true);
	for (Row &row : nulls.rows) // NULL means b, everything else hardly anything
	{
		row[0] = noise(static_cast<size_t>(row[0].number * 1e6), 0.618);
		row[1] = row[2].text == "b" ? rows::Cell(nullptr) : row[1];
	}
	nn_options o = small_network();
	o.epochs = 200;
	const Training champion = train(nulls, o);
	ASSERT_GT(champion.result.score, 0.9);
	const Training first = train(named({"a", "b"}, {"u", "v"}, false), small_network());
	const training::Version version(first);
	o.start = &version.start;
	o.activation_count = 0;
	for (bool nulls_now : {false, true})
	{
		const Table table = named({"a", "b"}, {"u", "new", "v"}, nulls_now);
		EXPECT_NEAR(score_beside(champion, table, o), score_by_hand(champion, table), 1e-12);
	}
}

// ---- what can't be compared ----

void expect_refused(const Training &champion, const Table &table, const nn_options &o,
					const std::string &message)
{
	const training::Predictor p = training::predictor(champion.result.model);
	const nn_status status = try_training(table, with_champion(o, p)).status;

	EXPECT_EQ(status.code, NN_INVALID);
	EXPECT_EQ(status.message, message);
}

TEST(Champion, WithoutHeldOutRows)
{
	nn_options o = small_network();
	const Training champion = train(tables::waves(50), o);

	o.validation = 0;
	expect_refused(champion, tables::waves(50), o, "activate => 'if_better' needs held-out rows");
	EXPECT_FALSE(std::isnan(score_beside(champion, with_holdout(tables::waves(50)), o)));
}

TEST(Champion, ThatNeedsOtherColumns)
{
	const nn_options o = small_network();
	Table table = tables::waves(50);
	const Training champion = train(table, o);

	table.columns[1].name = "c";
	expect_refused(champion, table, o,
				   "the version to compare with has feature \"b\" (float8), the query has not");
	table = tables::waves(50);
	table.columns[1].kind = NN_TIME;
	expect_refused(champion, table, o,
				   "the version to compare with has feature \"b\" (float8), the query has not");
	table = tables::waves(50);
	table.columns[2] = target("y", NN_CATEGORY);
	for (size_t i = 0; i < 50; i++)
		table.rows[i][2] = i % 2 == 0 ? "a" : "b";
	expect_refused(champion, table, o, "the version to compare with is a regression");
}

TEST(Champion, OfOtherOutputs)
{
	constexpr double kQuantiles[] = {0.1, 0.9};
	const Training champion = train(tables::waves(50), small_network());
	nn_options o = small_network();

	o.quantiles = kQuantiles;
	o.quantile_count = 2;
	expect_refused(champion, tables::waves(50), o,
				   "the version to compare with predicts 1 numbers, not 2");
}

// Before a long training, not at its end.
TEST(Champion, OfArraysOfAnotherLength)
{
	const auto with_arrays = [](size_t length) {
		Table table = tables::waves(50);
		table.columns[1] = column("v", NN_ARRAY);
		for (Row &row : table.rows)
			row[1] = array(std::vector<double>(length, row[1].number));
		return table;
	};
	const Training champion = train(with_arrays(2), small_network());
	const training::Predictor p = training::predictor(champion.result.model);
	const Training run = try_training(with_arrays(3), with_champion(small_network(), p));

	EXPECT_EQ(run.trainer, nullptr);
	expect_refused(champion, with_arrays(3), small_network(),
				   "column \"v\" has arrays of 3 elements, the version to compare with has 2");
}

} // namespace
