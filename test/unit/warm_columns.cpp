/*
 * warm_columns.cpp: columns, categories and classes of a version that a training goes on from: what
 * is taken over, what is unknown, and what doesn't fit.
 */
#include <algorithm>
#include <cmath>

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
using training::Version;

// Nothing is said of the network.
nn_options options(int epochs = 5)
{
	nn_options o = training::options();

	o.hidden_layers = NN_CHOOSE;
	o.activation_count = 0;
	o.epochs = epochs;
	o.patience = 0;
	return o;
}

// Goes on from the version without changing a parameter.
Training standing_still(const Table &table, const Version &version, nn_options o = options(1))
{
	o.learning_rate = 1e-30;
	o.start = &version.start;
	return train(table, o);
}

nn_status status_from(const Table &table, const Version &version, nn_options o = options())
{
	o.start = &version.start;
	return try_training(table, o).status;
}

void expect_refused(const nn_status &status, const char *message, const char *hint)
{
	EXPECT_EQ(status.code, NN_INVALID);
	EXPECT_STREQ(status.message, message);
	EXPECT_STREQ(status.hint, hint);
}

// The mean squared error of a model's predictions.
double squared_error(const training::Predictor &p, const Table &table)
{
	size_t truth = 0;
	double sum = 0;

	while (table.columns[truth].role != NN_TARGET)
		truth++;
	for (size_t row = 0; row < table.rows.size(); row++)
		sum += std::pow(table.rows[row][truth].number -
							training::predict(p, training::features_of(table, row))[0],
						2);
	return sum / static_cast<double>(table.rows.size());
}

// Number, text, array and boolean, none of them NULL.
Table plain(size_t n)
{
	Table table = {{column("n"), column("text", NN_CATEGORY), column("v", NN_ARRAY),
					column("flag", NN_BOOLEAN), target("y")},
				   {}};

	for (size_t i = 0; i < n; i++)
	{
		const double x = noise(i, 0.6180339887);
		table.rows.push_back({x, i % 3 == 0 ? "a" : "b", array({noise(i, 0.414), noise(i, 0.732)}),
							  double(i % 2), 3 * x + double(i % 3 == 0) + noise(i, 0.236)});
	}
	return table;
}

// In training the rows must be encoded as the version's own encoder does it: then its loss is that
// of the version's predictions.
void expect_encoded_alike(const Table &first, const Table &second)
{
	const Training before = train(first, options());
	const Version version(before);
	const Training after = standing_still(second, version);
	const double expected = squared_error(version.model, training::arranged(second, before));

	EXPECT_EQ(after.parameters(), before.parameters());
	EXPECT_NEAR(after.result.loss, expected, 1e-5 * expected);
	for (int32_t f = 0; f < before.result.model.feature_count; f++)
	{
		const nn_feature &a = before.result.model.features[f], &b = after.result.model.features[f];
		EXPECT_STREQ(a.name, b.name);
		EXPECT_EQ(std::vector<double>(a.mean, a.mean + a.length),
				  std::vector<double>(b.mean, b.mean + b.length));
		EXPECT_EQ(std::vector<double>(a.scale, a.scale + a.length),
				  std::vector<double>(b.scale, b.scale + b.length));
		EXPECT_EQ(std::vector<std::string>(a.categories, a.categories + a.category_count),
				  std::vector<std::string>(b.categories, b.categories + b.category_count));
		EXPECT_EQ(a.missing_input, b.missing_input);
		EXPECT_EQ(a.inputs, b.inputs);
	}
	EXPECT_EQ(after.result.model.target_mean[0], before.result.model.target_mean[0]);
	EXPECT_EQ(after.result.model.target_scale[0], before.result.model.target_scale[0]);
	// and the model that comes of it predicts as the one before
	const training::Predictor p = training::predictor(after.result.model);
	EXPECT_NEAR(squared_error(p, training::arranged(second, before)), expected, 1e-9 * expected);
}

TEST(WarmColumns, MeansAndScalesAreTakenOver)
{
	Table moved = plain(80);
	for (Row &row : moved.rows)
	{
		row[0].number = 5 - 40 * row[0].number;
		row[2].doubles[1] *= 1e3;
		row[4].number = 100 + 7 * row[4].number;
	}
	expect_encoded_alike(plain(60), plain(60));
	expect_encoded_alike(plain(60), moved);
	expect_encoded_alike(tables::mixed(120), tables::mixed(70));
}

TEST(WarmColumns, InAnotherOrder)
{
	Table table = plain(60);

	for (size_t turn = 1; turn < 5; turn++)
	{
		std::rotate(table.columns.begin(), table.columns.begin() + 1, table.columns.end());
		for (Row &row : table.rows)
			std::rotate(row.begin(), row.begin() + 1, row.end());
		expect_encoded_alike(plain(60), table);
	}
}

// NULL is the mean, or no category, where the first rows had none; and where they had some, it has
// an input though there are none now.
TEST(WarmColumns, NullsThereOrHere)
{
	Table holes = plain(60);
	for (size_t i = 0; i < 60; i += 7)
	{
		holes.rows[i][i % 4] = nullptr;
		holes.rows[i + 1][2] = array({0.5, 0.5}, {i % 2});
	}
	expect_encoded_alike(plain(60), holes);
	expect_encoded_alike(holes, plain(60));
	expect_encoded_alike(holes, holes);
}

TEST(WarmColumns, NullsAreCounted)
{
	Table holes = plain(60);
	holes.rows[3][0] = holes.rows[9][0] = holes.rows[9][1] = nullptr;
	const Training first = train(plain(60), options());
	const Training run = standing_still(holes, Version(first));

	EXPECT_EQ(run.result.model.features[0].missing, 2);
	EXPECT_EQ(run.result.model.features[1].missing, 1);
	EXPECT_FALSE(run.result.model.features[0].missing_input);
	nn_options o = options(1);
	o.missing = "skip";
	EXPECT_EQ(standing_still(holes, Version(first), o).result.rows_missing, 2);
}

// ---- categories and classes ----

// 8 rows of "c", 4 of "d".
Table with_new_categories()
{
	Table table = plain(60);
	for (size_t i = 0; i < 12; i++)
		table.rows[5 * i][1] = i % 3 == 0 ? "d" : "c";
	return table;
}

TEST(WarmColumns, NewCategoriesAreUnknown)
{
	expect_encoded_alike(plain(60), with_new_categories());
	Table holes = plain(60);
	holes.rows[0][1] = nullptr; // an input for NULL, which unknown values are not
	expect_encoded_alike(holes, with_new_categories());

	const Training first = train(plain(60), options());
	const Training run = standing_still(with_new_categories(), Version(first));
	EXPECT_EQ(run.result.model.features[1].unknown, 12);
	EXPECT_EQ(run.result.model.features[0].unknown, 0);
	EXPECT_EQ(training::warning_about(run, "version gone on from"),
			  "column \"text\" has values in 12 rows that the version gone on from doesn't know");
	EXPECT_EQ(training::warning_about(first, "version gone on from"), "");
}

// Only their codes are other ones; and a category that doesn't occur keeps its input.
TEST(WarmColumns, CategoriesInAnotherOrderOrAbsent)
{
	Table turned = plain(60), one = plain(60);
	std::reverse(turned.rows.begin(), turned.rows.end());
	for (Row &row : one.rows)
		row[1] = "b";

	expect_encoded_alike(plain(60), turned);
	expect_encoded_alike(plain(60), one);
}

TEST(WarmColumns, Classes)
{
	const Training first = train(tables::blobs(90, 3), options());
	const Version version(first);
	Table two = tables::blobs(60, 2);
	const Training run = standing_still(two, version);

	ASSERT_EQ(run.result.model.class_count, 3);
	EXPECT_STREQ(run.result.model.classes[2], "top");
	EXPECT_EQ(run.parameters(), first.parameters());
	double loss = 0;
	for (size_t i = 0; i < 60; i++)
		loss -= std::log(training::predict(version.model, training::features_of(two, i))[i % 2]);
	EXPECT_NEAR(run.result.loss, loss / 60, 1e-5);
	for (Row &row : two.rows) // a single one can be learnt from, too
		row[2] = "top";
	EXPECT_EQ(standing_still(two, version).result.model.class_count, 3);

	two.rows[7][2] = "bottom";
	expect_refused(status_from(two, version),
				   "class \"bottom\" is none of the version to go on from",
				   "Train without warm_start, or leave its rows out.");
}

// Its weight is what the version made of it: nothing new is learnt of a column that doesn't vary.
TEST(WarmColumns, AConstantColumnKeepsItsWeights)
{
	nn_options o = options(10);
	o.hidden_layers = 0;
	const Training first = train(plain(60), o);
	const Version version(first);
	Table table = plain(60);
	for (Row &row : table.rows)
		row[0] = 0.25;
	o.start = &version.start;
	o.optimizer = "sgd";
	const Training run = train(table, o);

	EXPECT_EQ(run.result.model.parameters[0], first.result.model.parameters[0]);
	EXPECT_NE(run.result.model.parameters[0], 0);
	EXPECT_NE(run.result.model.parameters[1], first.result.model.parameters[1]);
}

// ---- what doesn't fit ----

TEST(WarmColumns, OtherColumns)
{
	const Training first = train(plain(40), options());
	const Version version(first);
	constexpr const char *kSame = "Select the same columns with the same types.";
	Table more = plain(40), fewer = plain(40), other = plain(40);

	more.columns.push_back(column("z"));
	for (Row &row : more.rows)
		row.push_back(1.0);
	expect_refused(status_from(more, version), "the version to go on from has no feature \"z\"",
				   "Leave the column out of the query, or train without warm_start.");
	more.columns.back() = rows::weight("z"); // which is none
	EXPECT_EQ(status_from(more, version).code, NN_OK);
	fewer.columns.erase(fewer.columns.begin());
	for (Row &row : fewer.rows)
		row.erase(row.begin());
	expect_refused(status_from(fewer, version),
				   "the version to go on from has feature \"n\" (float8), the query has not",
				   kSame);
	other.columns[3].kind = NN_NUMBER;
	expect_refused(status_from(other, version),
				   "the version to go on from has feature \"flag\" (bool), the query has not",
				   kSame);
	other = plain(40);
	for (Row &row : other.rows)
		row[2] = array({1, 2, 3});
	expect_refused(status_from(other, version),
				   "column \"v\" has arrays of 3 elements, the version to go on from has 2", "");
}

TEST(WarmColumns, OtherTargets)
{
	Table waves = tables::waves(40), blobs = tables::blobs(40, 2);
	for (Table *table : {&waves, &blobs}) // the same features
	{
		table->columns[0].name = "p";
		table->columns[1].name = "q";
	}
	const Training numbers = train(waves, options()), classes = train(blobs, options());

	expect_refused(status_from(blobs, Version(numbers)),
				   "the version to go on from is a regression", "");
	expect_refused(status_from(waves, Version(classes)),
				   "the version to go on from is a classification", "");
	Table arrays = waves;
	arrays.columns[2] = target("y", NN_ARRAY);
	for (Row &row : arrays.rows)
		row[2] = array({row[2].number, 1.0 - row[2].number});
	expect_refused(status_from(arrays, Version(numbers)),
				   "the version to go on from predicts 1 numbers, not 2", "");
}

TEST(WarmColumns, OtherLosses)
{
	const Training plain_run = train(plain(40), options());
	nn_options poisson = options();
	poisson.loss = "poisson";
	const Training rates = train(plain(40), poisson);
	constexpr const char *kMessage =
		"the version to go on from was trained with another kind of loss";
	constexpr const char *kHint = "Leave loss out, or train without warm_start.";

	expect_refused(status_from(plain(40), Version(plain_run), poisson), kMessage, kHint);
	expect_refused(status_from(plain(40), Version(rates)), kMessage, kHint);
	EXPECT_EQ(status_from(plain(40), Version(rates), poisson).code, NN_OK);
	nn_options mae = options();
	mae.loss = "mae"; // of the same kind
	EXPECT_EQ(status_from(plain(40), Version(plain_run), mae).code, NN_OK);
}

TEST(WarmColumns, OtherNetwork)
{
	const Training first = train(plain(40), options());
	nn_options o = options();

	o.hidden = kHidden<5>;
	o.hidden_layers = 1;
	expect_refused(status_from(plain(40), Version(first), o),
				   "the version to go on from has other layers",
				   "Leave hidden, loss and quantiles out, or train without warm_start.");
	o = options();
	o.activations = training::kTanh;
	o.activation_count = 1;
	expect_refused(status_from(plain(40), Version(first), o),
				   "the version to go on from has activation relu, not tanh",
				   "Leave activation out, or train without warm_start.");
}

} // namespace
