/*
 * stopping.cpp: which epoch is the best, when training stops waiting for a better one, and what it
 * then keeps.
 */
#include "core/stopping.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "tables.h"
#include "training.h"

namespace
{

using nn::Stopping;
using rows::Table;
using training::kHidden;
using training::small_network;
using training::train;
using training::Training;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Numbers = std::vector<double>;

nn_options with_patience(int32_t patience)
{
	nn_options o = training::options();

	o.patience = patience;
	return o;
}

struct Outcome
{
	int stopped, best; // epochs; 0: not at all
};

bool operator==(const Outcome &a, const Outcome &b)
{
	return a.stopped == b.stopped && a.best == b.best;
}

std::ostream &operator<<(std::ostream &to, const Outcome &o)
{
	return to << "stopped after " << o.stopped << ", best " << o.best;
}

// What becomes of these losses, or scores.
Outcome outcome(const nn_options &o, const Numbers &values)
{
	Stopping stopping(o);
	int epoch = 0;

	for (double value : values)
	{
		epoch++;
		const bool best = stopping.note(epoch, stopping.on_score() ? 100 : value, value);
		EXPECT_EQ(best, stopping.best_epoch() == epoch);
		EXPECT_EQ(stopping.measure(), stopping.on_score() ? -value : value);
		if (stopping.impatient())
			return {epoch, stopping.best_epoch()};
	}
	return {0, stopping.best_epoch()};
}

TEST(Stopping, PatienceByHand)
{
	EXPECT_EQ(outcome(with_patience(2), {5, 4, 4.5, 4, 3}),
			  (Outcome{4, 2})); // the same isn't better
	EXPECT_EQ(outcome(with_patience(3), {5, 4, 4.5, 4, 3}), (Outcome{0, 5}));
	EXPECT_EQ(outcome(with_patience(1), {5, 4, 3, 2}), (Outcome{0, 4}));
	EXPECT_EQ(outcome(with_patience(1), {5, 5}), (Outcome{2, 1}));
	EXPECT_EQ(outcome(with_patience(0), {5, 6, 7, 8, 9, 9, 9}), (Outcome{0, 1}));
}

// A share of the best loss; what falls short of it, again and again, is no improvement.
TEST(Stopping, MinImprovementOfALossIsAShare)
{
	nn_options o = with_patience(3);

	o.min_improvement = 0.25;
	EXPECT_EQ(outcome(o, {16, 13, 12.5, 12.1}), (Outcome{4, 1}));
	EXPECT_EQ(outcome(o, {16, 13, 12, 9.1, 9, 8, 7, 6.8}), (Outcome{8, 5}));
	EXPECT_EQ(outcome(o, {1.6e-9, 1.3e-9, 1.2e-9, 1e-9, 1e-9}), (Outcome{0, 3})); // of any size
	o.min_improvement = 0;
	EXPECT_EQ(outcome(o, {16, 15.999, 15.998, 15.997, 15.996}), (Outcome{0, 5}));
}

// Points, whatever the score is.
TEST(Stopping, MinImprovementOfAScoreIsAbsolute)
{
	nn_options o = with_patience(2);

	o.stop_on = "score";
	EXPECT_EQ(outcome(o, {0.5, 0.51, 0.52, 0.515}), (Outcome{0, 3}));
	EXPECT_EQ(outcome(o, {0.5, 0.4, 0.3}), (Outcome{3, 1}));
	o.min_improvement = 0.125;
	EXPECT_EQ(outcome(o, {0.5, 0.51, 0.62}), (Outcome{3, 1}));
	EXPECT_EQ(outcome(o, {0.5, 0.625, 0.5}), (Outcome{0, 2}));
	EXPECT_EQ(outcome(o, {-8, -7.9, -7.875}), (Outcome{0, 3})); // R^2 may be far below 0
}

// Where no score is defined the loss decides.
TEST(Stopping, WithoutAScoreTheLossDecides)
{
	nn_options o = with_patience(2);
	o.stop_on = "score";
	Stopping stopping(o);

	EXPECT_TRUE(stopping.note(1, 5, kNaN));
	EXPECT_TRUE(stopping.note(2, 4, kNaN));
	EXPECT_FALSE(stopping.note(3, 4.5, kNaN));
	EXPECT_FALSE(stopping.impatient());
	EXPECT_FALSE(stopping.note(4, 4, kNaN));
	EXPECT_TRUE(stopping.impatient());
	EXPECT_EQ(stopping.best_epoch(), 2);
}

// Patience begins to count after so many epochs; the best may be an earlier one.
TEST(Stopping, MinEpochs)
{
	nn_options o = with_patience(2);

	o.min_epochs = 4;
	EXPECT_EQ(outcome(o, {5, 6, 7, 8, 9, 10, 11}), (Outcome{6, 1}));
	EXPECT_EQ(outcome(o, {5, 6, 7, 8, 4, 10, 11}), (Outcome{7, 5}));
	o.min_epochs = 1;
	EXPECT_EQ(outcome(o, {5, 6, 7}), (Outcome{3, 1}));
}

// ---- in training ----

// Learns by heart: better at first, then worse.
nn_options overfitting()
{
	nn_options o = training::options();

	o.hidden = kHidden<64>;
	o.hidden_layers = 1;
	o.learning_rate = 0.05;
	o.epochs = 400;
	o.patience = 7;
	o.validation = 0.3;
	return o;
}

TEST(Stopping, OptionsReachTheTraining)
{
	nn_options o = overfitting();
	const Training plain = train(tables::waves(80), o);
	const Numbers curve = plain.validation_curve();

	EXPECT_STREQ(plain.result.stop_reason, "patience");
	ASSERT_LT(plain.result.epochs, 300);
	o.min_epochs = plain.result.epochs + 20;
	const Training longer = train(tables::waves(80), o);
	EXPECT_GE(longer.result.epochs, plain.result.epochs + 27);
	EXPECT_STREQ(longer.result.stop_reason, "patience");

	o.min_epochs = 0;
	o.min_improvement = 0.5; // of the best loss: only the first leaps count
	const Training leaps = train(tables::waves(80), o);
	size_t best = 0;
	for (size_t i = 1; i < curve.size(); i++)
		if (curve[i] <= 0.5 * curve[best])
			best = i;
	EXPECT_EQ(leaps.result.best_epoch, static_cast<int>(best) + 1);
	EXPECT_EQ(leaps.result.epochs, static_cast<int>(best) + 8);
	EXPECT_EQ(leaps.result.validation_loss, curve[best]);
}

// The score of each epoch's end, told by trainings of so many epochs.
Numbers scores_of(const Table &table, nn_options o, int epochs)
{
	Numbers scores;

	o.patience = 0;
	o.stop_on = "loss";
	for (o.epochs = 1; o.epochs <= epochs; o.epochs++)
		scores.push_back(train(table, o).result.score);
	return scores;
}

// Accuracy is highest long before the loss is lowest, or long after it.
TEST(Stopping, OnTheScore)
{
	Table table = tables::blobs(120, 3);
	for (size_t row = 0; row < 120; row += 3)
		table.rows[row][2] = row % 2 == 0 ? "left" : "top"; // too much disorder for all to be right
	nn_options o = overfitting();
	o.stop_on = "score";
	o.patience = 9;
	const Training run = train(table, o);
	const Numbers scores = scores_of(table, o, run.result.epochs);
	const auto best = std::max_element(scores.begin(), scores.end()); // the first of them

	EXPECT_STREQ(run.result.stop_reason, "patience");
	EXPECT_EQ(run.result.best_epoch, best - scores.begin() + 1);
	EXPECT_EQ(run.result.epochs, run.result.best_epoch + 9);
	EXPECT_EQ(run.result.score, *best);
	o.stop_on = "loss";
	EXPECT_NE(train(table, o).result.best_epoch, run.result.best_epoch);
}

// With held-out rows the best epoch is kept, though none was waited for; without them the last.
TEST(Stopping, WhatIsKept)
{
	nn_options o = overfitting();
	o.epochs = 60;
	o.patience = 1000;
	const Training held_out = train(tables::waves(80), o);
	const Numbers curve = held_out.validation_curve();
	EXPECT_STREQ(held_out.result.stop_reason, "epochs");
	EXPECT_EQ(held_out.result.best_epoch,
			  std::min_element(curve.begin(), curve.end()) - curve.begin() + 1);
	EXPECT_LT(held_out.result.best_epoch, 60);

	o.validation = 0;
	o.learning_rate = 0.5; // so that the last epoch is none of the best
	const Training all = train(tables::waves(80), o);
	const Numbers losses = all.loss_curve();
	EXPECT_NE(*std::min_element(losses.begin(), losses.end()), losses.back());
	EXPECT_EQ(all.result.best_epoch, 60);
	EXPECT_EQ(all.result.loss, losses.back());
	o.patience = 0;
	EXPECT_EQ(train(tables::waves(80), o).parameters(), all.parameters());
}

} // namespace
