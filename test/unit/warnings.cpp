/*
 * warnings.cpp: what a training that ended well tells its user to look at. (Columns that give the
 * target away are in leaks.cpp, those that a dry run reports in estimate.cpp.)
 */
#include "core/warnings.h"

#include <cmath>
#include <limits>

#include "tables.h"
#include "training.h"

namespace
{

using nn::warn_of_end;
using nn::warn_of_score;
using nn::Warnings;
using rows::column;
using rows::noise;
using rows::Table;
using rows::target;
using training::kHidden;
using training::train;
using training::Training;
using training::warning_about;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr const char *kFell = "the loss still fell";
constexpr const char *kNoBetter = "the model predicts no better than";

// ---- the loss still fell ----

// n losses, falling by a share from each to the next.
std::vector<double> falling(size_t n, double share, double first = 1)
{
	std::vector<double> curve = {first};

	while (curve.size() < n)
		curve.push_back(curve.back() * (1 - share));
	return curve;
}

std::string end_of(const std::vector<double> &curve)
{
	Warnings warnings;

	warn_of_end(curve, warnings);
	EXPECT_LE(warnings.size(), 1u);
	return warnings.empty() ? "" : warnings[0].message;
}

TEST(Warnings, OfALossThatStillFell)
{
	// by 10 epochs of 1 % each
	EXPECT_EQ(end_of(falling(100, 0.01)),
			  "the loss still fell when the 100 epochs were over: by 9.6 % in the last 10");
	EXPECT_EQ(end_of(falling(100, 0.01, 1e-6)), end_of(falling(100, 0.01)));
	EXPECT_EQ(end_of({3, 2}),
			  "the loss still fell when the 2 epochs were over: by 33.3 % in the last 1");
	EXPECT_EQ(end_of(falling(100, 0.0005)), ""); // 0.5 %: hardly
	EXPECT_EQ(end_of(falling(100, -0.01)), "");
	EXPECT_EQ(end_of(std::vector<double>(50, 2)), "");
	EXPECT_EQ(end_of({5}), "");
	EXPECT_EQ(end_of({}), "");
	EXPECT_EQ(end_of(falling(100, 0.2)), ""); // by much, but there is nothing left to gain
}

TEST(Warnings, HintsAreGiven)
{
	Warnings warnings;

	warn_of_end(falling(100, 0.01), warnings);
	warn_of_score(false, -1, 0, warnings);
	ASSERT_EQ(warnings.size(), 2u);
	for (const nn_status &warning : warnings)
	{
		EXPECT_EQ(warning.code, NN_OK);
		EXPECT_NE(std::string(warning.hint), "");
	}
	EXPECT_STREQ(warnings[0].hint, "Train with more epochs, or go on from here with warm_start.");
}

// A text as long as a name may be is cut, not written beyond.
TEST(Warnings, LongTextsAreCut)
{
	const std::string name(5000, 'x');
	Warnings warnings;

	nn::warn(warnings, name.c_str(), "column %s", name.c_str());
	EXPECT_EQ(std::string(warnings[0].message), "column " + std::string(383 - 7, 'x'));
	EXPECT_EQ(std::string(warnings[0].hint), std::string(255, 'x'));
}

nn_options of_epochs(int epochs)
{
	nn_options o = training::options();

	o.learning_rate = 0.01;
	o.epochs = epochs;
	o.patience = 0;
	return o;
}

TEST(Warnings, OfTrainingsThatEndTooEarly)
{
	const Table table = tables::linear(100, 5);

	EXPECT_NE(warning_about(train(table, of_epochs(5)), kFell), "");
	EXPECT_EQ(warning_about(train(table, of_epochs(400)), kFell), "");
	nn_options o = of_epochs(1000000); // not the epochs were over, but the time
	o.max_seconds = 1e-9;
	EXPECT_EQ(warning_about(train(table, o), kFell), "");
	o = of_epochs(5);
	o.tolerance = 1e9;
	EXPECT_EQ(warning_about(train(table, o), kFell), "");
}

// Where rows are held out it is their loss that counts: here that of the others falls on.
TEST(Warnings, FollowTheHeldOutRows)
{
	nn_options o = of_epochs(150);
	o.hidden = kHidden<64>;
	o.hidden_layers = 1;
	const Training all = train(tables::waves(60), o);
	EXPECT_NE(warning_about(all, kFell), "");
	o.validation = 0.3;
	const Training held_out = train(tables::waves(60), o);
	EXPECT_NE(end_of(held_out.loss_curve()), "");
	EXPECT_EQ(warning_about(held_out, kFell), end_of(held_out.validation_curve()));
}

// ---- no better than the baseline ----

TEST(Warnings, OfAScoreThatIsNone)
{
	const auto warned = [](bool classes, double score, double baseline) {
		Warnings warnings;
		warn_of_score(classes, score, baseline, warnings);
		return warnings.empty() ? std::string() : std::string(warnings[0].message);
	};

	EXPECT_EQ(
		warned(true, 0.5, 0.625),
		"the model predicts no better than the commonest class: its score is 0.5, the baseline "
		"0.625");
	EXPECT_EQ(
		warned(false, -0.25, -0.125),
		"the model predicts no better than the mean: its score is -0.25, the baseline -0.125");
	EXPECT_NE(warned(true, 0.5, 0.5), "");
	EXPECT_EQ(warned(true, 0.51, 0.5), "");
	EXPECT_EQ(warned(false, kNaN, 0.5), "");
	EXPECT_EQ(warned(false, 0.5, kNaN), "");
}

TEST(Warnings, OfATargetThatNothingIsKnownOf)
{
	Table table = {{column("x"), target("y", NN_CATEGORY)}, {}};
	for (size_t i = 0; i < 100; i++)
		table.rows.push_back({noise(i, 0.618), i % 10 == 0 ? "rare" : "common"});
	nn_options o = of_epochs(3);
	o.validation = 0.2;
	EXPECT_NE(warning_about(train(table, o), kNoBetter), "");
	EXPECT_EQ(warning_about(train(tables::linear(100, 5), of_epochs(300)), kNoBetter), "");
}

TEST(Warnings, NoneOfAGoodTraining)
{
	nn_options o = training::small_network();
	o.epochs = 400;
	const Training run = train(tables::blobs(300, 3), o);
	for (int32_t w = 0; w < run.result.warning_count; w++)
		ADD_FAILURE() << run.result.warnings[w].message;
}

} // namespace
