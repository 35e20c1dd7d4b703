/*
 * descent.cpp: a linear model, whose training can be followed by hand: steepest descent against
 * plain loops in double and against the normal equations; epochs, batches and their order.
 */
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "tables.h"
#include "training.h"

namespace
{

using rows::column;
using rows::noise;
using rows::Table;
using rows::target;
using tables::linear;
using training::gradient_descent;
using training::options;
using training::train;
using training::Training;

using Numbers = std::vector<double>;

// ---- by hand, in double ----

struct Standardised
{
	std::vector<Numbers> X;
	Numbers y;
	double scale; // of y
};

double standardise(Numbers &x)
{
	const double n = static_cast<double>(x.size());
	const double mean = std::accumulate(x.begin(), x.end(), 0.0) / n;
	double square = 0;

	for (double v : x)
		square += (v - mean) * (v - mean);
	const double scale = std::sqrt(square / n);
	for (double &v : x)
		v = (v - mean) / scale;
	return scale;
}

// All columns standardised, the last one being the target; a one is added for the bias.
Standardised standardised(const Table &table)
{
	const size_t inputs = table.columns.size() - 1;
	Standardised s = {std::vector<Numbers>(table.rows.size(), Numbers(inputs + 1, 1)), {}, 1};

	for (size_t c = 0; c <= inputs; c++)
	{
		Numbers values;
		for (const rows::Row &row : table.rows)
			values.push_back(row[c].number);
		const double scale = standardise(values);
		if (c == inputs)
			s.scale = scale;
		for (size_t i = 0; c < inputs && i < values.size(); i++)
			s.X[i][c] = values[i];
		if (c == inputs)
			s.y = values;
	}
	return s;
}

double error_of_row(const Standardised &s, const Numbers &w, size_t i)
{
	return std::inner_product(w.begin(), w.end(), s.X[i].begin(), -s.y[i]);
}

// The mse in the target's units, and its gradient standardised.
double loss_and_gradient(const Standardised &s, const Numbers &w, Numbers &gradient)
{
	const double n = static_cast<double>(s.y.size());
	double loss = 0;

	gradient.assign(w.size(), 0);
	for (size_t i = 0; i < s.y.size(); i++)
	{
		const double e = error_of_row(s, w, i);
		loss += e * e / n;
		for (size_t j = 0; j < w.size(); j++)
			gradient[j] += 2 * e * s.X[i][j] / n;
	}
	return loss * s.scale * s.scale;
}

// The least squares by the normal equations, by elimination.
Numbers least_squares(const Standardised &s)
{
	const size_t m = s.X[0].size();
	std::vector<Numbers> A(m, Numbers(m + 1));

	for (size_t i = 0; i < s.y.size(); i++)
		for (size_t r = 0; r < m; r++)
		{
			for (size_t c = 0; c < m; c++)
				A[r][c] += s.X[i][r] * s.X[i][c];
			A[r][m] += s.X[i][r] * s.y[i];
		}
	for (size_t p = 0; p < m; p++) // the matrix is positive definite: no pivoting
		for (size_t r = 0; r < m; r++)
			if (r != p)
			{
				const double factor = A[r][p] / A[p][p];
				for (size_t c = p; c <= m; c++)
					A[r][c] -= factor * A[p][c];
			}
	Numbers w;
	for (size_t p = 0; p < m; p++)
		w.push_back(A[p][m] / A[p][p]);
	return w;
}

// The parameters that a training of these options starts from: a step too small to change one.
Numbers start_of(const Table &table, nn_options o)
{
	o.learning_rate = 1e-30;
	o.epochs = 1;
	const std::vector<float> parameters = train(table, o).parameters();
	return Numbers(parameters.begin(), parameters.end());
}

double largest_difference(const std::vector<float> &a, const std::vector<float> &b)
{
	double result = 0;
	for (size_t i = 0; i < a.size(); i++)
		result = std::max(result, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
	return result;
}

// ---- steepest descent ----

// 600 rows are worked in three parts: one gradient still.
void expect_worked_example(double l2)
{
	const Table table = linear(600, 30);
	const Standardised s = standardised(table);
	nn_options o = gradient_descent(0.15, 20);
	o.l2 = l2;
	const Training run = train(table, o);
	Numbers w = start_of(table, o), gradient;

	ASSERT_EQ(run.result.epochs, 20);
	for (int epoch = 0; epoch < 20; epoch++)
	{
		const double loss = loss_and_gradient(s, w, gradient);
		EXPECT_NEAR(run.result.loss_curve[epoch], loss, 1e-5 * loss) << "epoch " << epoch + 1;
		for (size_t j = 0; j < w.size(); j++)
			w[j] -= 0.15 * (gradient[j] + (j + 1 < w.size() ? l2 * w[j] : 0));
	}
	ASSERT_EQ(run.result.model.parameter_count, 4);
	for (size_t j = 0; j < w.size(); j++)
		EXPECT_NEAR(static_cast<double>(run.result.model.parameters[j]), w[j], 2e-6) << j;
	EXPECT_STREQ(run.result.stop_reason, "epochs");
	EXPECT_EQ(run.result.best_epoch, 20); // where it ends it ends
}

TEST(Descent, ByHand)
{
	expect_worked_example(0);
}

// The penalty is on weights, not on biases; and not part of the loss that is shown.
TEST(Descent, WithL2ByHand)
{
	expect_worked_example(0.25);
}

// With weights held near 0 the bias of a classification is the logarithm of the odds; were it
// penalised, it would be near 0, too.
TEST(Descent, BiasesAreNotPenalised)
{
	Table table = {{column("x"), target("y", NN_CATEGORY)}, {}};
	for (size_t i = 0; i < 40; i++)
		table.rows.push_back({noise(i, 0.6180339887), i % 4 == 0 ? "a" : "b"});
	nn_options o = gradient_descent(0.05, 2000);
	o.l2 = 10;
	const Training run = train(table, o);

	EXPECT_NEAR(static_cast<double>(run.result.model.parameters[0]), 0, 0.01);
	EXPECT_NEAR(static_cast<double>(run.result.model.parameters[1]), std::log(3), 0.01);
}

TEST(Descent, FindsTheLeastSquares)
{
	const Table table = linear(200, 30);
	const Numbers w = least_squares(standardised(table));
	nn_options o = gradient_descent(0.3, 100000);
	o.tolerance = 1e-7;
	const Training run = train(table, o);

	EXPECT_STREQ(run.result.stop_reason, "tolerance");
	EXPECT_LT(run.result.epochs, 1000);
	EXPECT_EQ(run.result.best_epoch, run.result.epochs);
	for (size_t j = 0; j < w.size(); j++)
		EXPECT_NEAR(static_cast<double>(run.result.model.parameters[j]), w[j], 2e-6) << j;
}

// The last step changed every parameter by less than the tolerance, the one before it did not.
TEST(Descent, ToleranceIsTheLargestChangeOfAStep)
{
	const Table table = linear(50, 30);
	constexpr double kTolerance = 1e-3;
	nn_options o = gradient_descent(0.1, 1000);
	o.tolerance = kTolerance;
	const Training stopped = train(table, o);
	o.tolerance = 0;
	o.epochs = stopped.result.epochs;
	const Training last = train(table, o);
	o.epochs--;
	const Training before = train(table, o);
	o.epochs--;
	const Training two_before = train(table, o);

	EXPECT_STREQ(stopped.result.stop_reason, "tolerance");
	EXPECT_GT(stopped.result.epochs, 5);
	EXPECT_EQ(stopped.parameters(), last.parameters());
	EXPECT_LT(largest_difference(last.parameters(), before.parameters()), kTolerance);
	EXPECT_GE(largest_difference(before.parameters(), two_before.parameters()), kTolerance);
}

// ---- epochs and batches ----

// With a step too small to change anything, the loss over an epoch is that over all rows: each was
// seen once, in batches of whatever size.
TEST(Descent, AnEpochSeesEachRowOnce)
{
	const Table table = linear(600, 30);
	const Numbers start = start_of(table, gradient_descent(1, 1));
	Numbers gradient;
	const double loss = loss_and_gradient(standardised(table), start, gradient);

	for (int32_t batch_size : {1, 7, 256, 300, 599, 600, 100000})
	{
		nn_options o = options();
		o.learning_rate = 1e-30;
		o.batch_size = batch_size;
		o.epochs = 3;
		o.patience = 0;
		const Training run = train(table, o);
		for (int epoch = 0; epoch < 3; epoch++)
			EXPECT_NEAR(run.result.loss_curve[epoch], loss, 1e-6 * loss) << batch_size;
		EXPECT_EQ(run.result.batch_size, std::min(batch_size, 600));
	}
}

// A batch of all rows makes sgd without momentum steepest descent.
TEST(Descent, ABatchLargerThanTheRowsIsAllOfThem)
{
	nn_options o = gradient_descent(0.1, 30);
	const Training expected = train(linear(300, 30), o);
	o.optimizer = "sgd";
	o.momentum = 0;
	o.batch_size = 1000000;
	o.patience = 0;
	EXPECT_LT(largest_difference(train(linear(300, 30), o).parameters(), expected.parameters()),
			  1e-5);
}

// One epoch of sgd by hand, over the rows in the order given.
Numbers epoch_by_hand(const Standardised &s, Numbers w, double rate,
					  const std::vector<size_t> &order, size_t batch_size)
{
	for (size_t start = 0; start < order.size(); start += batch_size)
	{
		const size_t end = std::min(order.size(), start + batch_size);
		const Numbers before = w;
		for (size_t k = start; k < end; k++)
		{
			const double slope = 2 * error_of_row(s, before, order[k]);
			for (size_t j = 0; j < w.size(); j++)
				w[j] -= rate * slope * s.X[order[k]][j] / static_cast<double>(end - start);
		}
	}
	return w;
}

// Each epoch takes its steps in an order of its own, drawn from the seed: one of the orders
// explains what the epoch did. The last batch may be a smaller one, of which the mean counts, too.
void expect_an_order_of_its_own(int32_t batch_size)
{
	const Table table = linear(4, 30);
	const Standardised s = standardised(table);
	nn_options o = options();
	o.optimizer = "sgd";
	o.momentum = 0;
	o.learning_rate = 0.05;
	o.batch_size = batch_size;
	o.patience = 0;
	Numbers from = start_of(table, o);
	std::set<std::vector<size_t>> seen;

	for (o.epochs = 1; o.epochs <= 8; o.epochs++)
	{
		const std::vector<float> to = train(table, o).parameters();
		std::vector<size_t> order = {0, 1, 2, 3}, explanation;
		do
		{
			const Numbers w =
				epoch_by_hand(s, from, o.learning_rate, order, static_cast<size_t>(batch_size));
			if (largest_difference({w.begin(), w.end()}, to) < 1e-6)
				explanation = order;
		} while (std::next_permutation(order.begin(), order.end()));
		EXPECT_FALSE(explanation.empty()) << "epoch " << o.epochs << ", batches of " << batch_size;
		seen.insert(explanation);
		from.assign(to.begin(), to.end());
	}
	EXPECT_GE(seen.size(), 3u);
}

TEST(Descent, EachEpochHasAnOrderOfItsOwn)
{
	expect_an_order_of_its_own(1);
	expect_an_order_of_its_own(3);
}

} // namespace
