/*
 * regularisation.cpp: penalties and their gradients, weights that decay, gradients that are cut.
 */
#include "core/regularisation.h"

#include <cmath>

#include "tables.h"
#include "training.h"

namespace
{

using nn::Index;
using nn::Network;
using nn::Penalties;
using nn::Vector;
using rows::Table;
using training::gradient_descent;
using training::kHidden;
using training::train;
using training::Training;

constexpr Penalties kPenalties[] = {{0, 0}, {0.5, 0}, {0, 0.25}, {0.125, 2}};

const nn::Activation<float> *activation(const char *name)
{
	return nn::find_activation<float>(name);
}

// Two layers of weights, biases between and behind them; no weight is 0, none near another.
Network<float> network()
{
	Network<float> result({3, 4, 2}, {activation("tanh")});

	for (Index i = 0; i < result.parameters().size(); i++)
		result.parameters()[i] =
			static_cast<float>((i % 2 == 0 ? 1 : -1) * (0.5 + 0.25 * double(i)));
	return result;
}

bool is_weight(Index i)
{
	return i < 12 || (i >= 16 && i < 24);
}

// Adds the gradient of the penalties of a network's weights.
void add_penalties_of(const Network<float> &n, const Penalties &p, Vector<float> &gradient)
{
	for (const nn::Layer<float> &layer : n.layers())
		nn::add_penalties(p, n.parameters().data() + layer.weights, layer.inputs * layer.outputs,
						  gradient.data() + layer.weights);
}

TEST(Regularisation, PenaltyByHand)
{
	const Network<float> n = network();

	for (const Penalties &p : kPenalties)
	{
		double sizes = 0, squares = 0;
		for (Index i = 0; i < n.parameters().size(); i++)
			if (is_weight(i))
			{
				sizes += std::abs(static_cast<double>(n.parameters()[i]));
				squares += std::pow(static_cast<double>(n.parameters()[i]), 2);
			}
		EXPECT_NEAR(penalty(n, p), p.l1 * sizes + p.l2 / 2 * squares, 1e-12);
	}
}

// Added to what is there; and biases are free.
TEST(Regularisation, GradientOfThePenalty)
{
	constexpr float h = 1.f / 1024; // exact, and so are the parameters beside it

	for (const Penalties &p : kPenalties)
	{
		Network<float> n = network();
		Vector<float> gradient = Vector<float>::Constant(n.parameters().size(), 3);
		add_penalties_of(n, p, gradient);
		for (Index i = 0; i < gradient.size(); i++)
		{
			float &w = n.parameters()[i];
			w += h;
			const double above = penalty(n, p);
			w -= 2 * h;
			const double below = penalty(n, p);
			w += h;
			EXPECT_NEAR(static_cast<double>(gradient[i]) - 3,
						(above - below) / (2 * static_cast<double>(h)), 1e-5)
				<< i;
			EXPECT_TRUE(is_weight(i) || gradient[i] == 3);
		}
	}
}

TEST(Regularisation, ThePenaltyOfAWeightOfZeroHasNoSlope)
{
	Network<float> n({2, 1}, {});
	Vector<float> gradient = Vector<float>::Zero(3);

	n.parameters() << 0.f, -0.f, 5;
	add_penalties_of(n, {1, 1}, gradient);
	EXPECT_EQ(gradient, Vector<float>::Zero(3));
}

TEST(Regularisation, DecayByHand)
{
	float weights[] = {1, -2, 0, 0.5f, 8};

	nn::decay_weights(0.125, weights, 4);
	EXPECT_EQ(std::vector<float>(weights, weights + 5),
			  (std::vector<float>{0.875f, -1.75f, 0, 0.4375f, 8}));
}

TEST(Regularisation, SumsOfSquaresInDouble)
{
	std::vector<float> numbers(1001, 1e30f); // whose squares no float holds
	const double square = static_cast<double>(1e30f) * static_cast<double>(1e30f);

	EXPECT_EQ(nn::sum_of_squares(numbers.data(), 0), 0);
	EXPECT_EQ(nn::sum_of_squares(numbers.data(), 1), square);
	EXPECT_NEAR(nn::sum_of_squares(numbers.data(), 1001) / square, 1001, 1e-9);
}

// ---- in training ----

nn_options one_step(const char *optimizer)
{
	nn_options o = gradient_descent(0.01, 1);

	o.optimizer = optimizer;
	o.batch_size = 1000;
	o.hidden = kHidden<5>;
	o.hidden_layers = 1;
	return o;
}

std::vector<float> start_of(const Table &table, nn_options o)
{
	o.learning_rate = 1e-30;
	o.l1 = o.l2 = 0;
	return train(table, o).parameters();
}

// 2 inputs, 5 hidden, 1 output.
bool is_bias(size_t i)
{
	return (i >= 10 && i < 15) || i == 20;
}

// Before the step, and apart from it: what is left of each weight is 1 - rate * l2.
TEST(Regularisation, DecoupledDecayByHand)
{
	const Table table = tables::waves(50);
	nn_options o = one_step("adamw");
	const std::vector<float> start = start_of(table, o), plain = train(table, o).parameters();
	o.l2 = 3;
	const std::vector<float> decayed = train(table, o).parameters();

	EXPECT_EQ(train(table, one_step("adam")).parameters(), plain);
	for (size_t i = 0; i < start.size(); i++)
		EXPECT_NEAR(static_cast<double>(decayed[i]),
					static_cast<double>(plain[i]) -
						(is_bias(i) ? 0 : 0.01 * 3 * static_cast<double>(start[i])),
					1e-7)
			<< i;
	o.optimizer = "adam"; // in its gradient, of which a first step shows hardly more than the sign
	const std::vector<float> coupled = train(table, o).parameters();
	for (size_t i = 0; i < start.size(); i++)
		EXPECT_LT(std::abs(coupled[i] - start[i]), 0.0101f);
}

// With the rate of the schedule.
TEST(Regularisation, DecayFollowsTheSchedule)
{
	const Table table = tables::waves(50);
	nn_options o = one_step("adamw");
	o.l2 = 3;
	o.warmup = 3; // a quarter of the rate in the first epoch
	const std::vector<float> start = start_of(table, o), warm = train(table, o).parameters();

	o.warmup = 0;
	o.learning_rate = 0.01 / 4;
	EXPECT_EQ(train(table, o).parameters(), warm);
	EXPECT_NE(start, warm);
}

TEST(Regularisation, StepsOfGradientDescentByHand)
{
	const Table table = tables::waves(50);
	const nn_options o = one_step("gd");
	const std::vector<float> start = start_of(table, o), plain = train(table, o).parameters();

	for (const Penalties &p : kPenalties)
	{
		nn_options with = o;
		with.l1 = p.l1;
		with.l2 = p.l2;
		const Training run = train(table, with);
		for (size_t i = 0; i < start.size(); i++)
		{
			const double w = static_cast<double>(start[i]);
			const double slope = is_bias(i) ? 0 : p.l1 * (w > 0 ? 1 : -1) + p.l2 * w;
			EXPECT_NEAR(static_cast<double>(run.result.model.parameters[i]),
						static_cast<double>(plain[i]) - 0.01 * slope, 1e-7);
		}
		EXPECT_EQ(run.result.loss,
				  train(table, o).result.loss); // which the penalties are no part of
	}
}

double distance(const std::vector<float> &a, const std::vector<float> &b)
{
	double sum = 0;
	for (size_t i = 0; i < a.size(); i++)
		sum += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
	return std::sqrt(sum);
}

// A step of steepest descent is as long as the gradient, penalties included, times the rate.
TEST(Regularisation, ClippedStepsHaveExactlyThatLength)
{
	const Table table = tables::waves(50);
	nn_options o = one_step("gd");
	o.learning_rate = 1;
	o.l1 = 10;
	const std::vector<float> start = start_of(table, o);
	const std::vector<float> free = train(table, o).parameters();
	const double length = distance(free, start);

	ASSERT_GT(length, 20);
	for (double limit : {0.001, 0.5, 20.})
	{
		o.clip_norm = limit;
		const std::vector<float> cut = train(table, o).parameters();
		EXPECT_NEAR(distance(cut, start), limit, 1e-5 * limit + 1e-6);
		for (size_t i = 0; i < cut.size(); i++) // in the same direction
			EXPECT_NEAR(static_cast<double>(cut[i] - start[i]),
						limit / length * static_cast<double>(free[i] - start[i]), 1e-5);
	}
	o.clip_norm = 1.001 * length;
	EXPECT_EQ(train(table, o).parameters(), free);
}

// l1 makes weights small that say little: with enough of it all but 0.
TEST(Regularisation, L1LeavesTheColumnThatMatters)
{
	Table table = {{rows::column("good"), rows::column("noise"), rows::target("y")}, {}};
	for (size_t i = 0; i < 200; i++)
		table.rows.push_back({rows::noise(i, 0.618), rows::noise(i, 0.414),
							  rows::noise(i, 0.618) + 0.2 * rows::noise(i, 0.732)});
	nn_options o = gradient_descent(0.01, 2000);
	o.l1 = 0.4;
	const Training run = train(table, o);

	EXPECT_NEAR(static_cast<double>(run.result.model.parameters[1]), 0, 0.01);
	// the loss's slope is 2 (w - w0), that of the penalty 0.4: w0 less 0.2
	o.l1 = 0;
	EXPECT_NEAR(static_cast<double>(run.result.model.parameters[0]),
				static_cast<double>(train(table, o).result.model.parameters[0]) - 0.2, 0.01);
}

} // namespace
