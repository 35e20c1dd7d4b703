/*
 * searches.cpp: lbfgs and the losses of counts and quantiles through a whole training: minima that
 * are known otherwise.
 */
#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/random.h"
#include "tables.h"
#include "training.h"

#include <Eigen/Cholesky> // behind core/eigen.h, which sets Eigen up

namespace
{

using nn::Random;
using rows::column;
using rows::Table;
using rows::target;
using tables::linear;
using training::train;
using training::Training;

using Columns = Eigen::MatrixXd;

nn_options lbfgs(int32_t epochs = 200)
{
	nn_options o = training::options();

	o.optimizer = "lbfgs";
	o.epochs = epochs;
	return o;
}

// The features standardised, and a column of ones for the bias.
Columns inputs(const Table &table)
{
	const Eigen::Index n = static_cast<Eigen::Index>(table.rows.size());
	Columns X(n, 4);

	for (Eigen::Index i = 0; i < n; i++)
		for (Eigen::Index c = 0; c < 3; c++)
			X(i, c) = table.rows[static_cast<size_t>(i)][static_cast<size_t>(c)].number;
	for (Eigen::Index c = 0; c < 3; c++)
	{
		X.col(c).array() -= X.col(c).mean();
		X.col(c) /= std::sqrt(X.col(c).squaredNorm() / double(n));
	}
	X.col(3).setOnes();
	return X;
}

// The parameters of the least squares with penalty l2, in closed form.
Eigen::VectorXd least_squares(const Table &table, double l2)
{
	const Columns X = inputs(table);
	const double n = static_cast<double>(X.rows());
	Eigen::VectorXd y(X.rows());
	Columns A = 2 / n * X.transpose() * X;

	for (Eigen::Index i = 0; i < y.size(); i++)
		y[i] = table.rows[static_cast<size_t>(i)][3].number;
	y.array() -= y.mean();
	y /= std::sqrt(y.squaredNorm() / n);
	A.diagonal().head(3).array() += l2; // the bias is free
	return A.ldlt().solve(2 / n * X.transpose() * y);
}

TEST(Searches, FindTheLeastSquares)
{
	for (double l2 : {0., 0.3})
		for (double disturbance : {0., 30.})
		{
			const Table table = linear(400, disturbance);
			nn_options o = lbfgs();
			o.l2 = l2;
			const Training run = train(table, o);
			const Eigen::VectorXd w = least_squares(table, l2);

			EXPECT_STREQ(run.result.stop_reason, "converged");
			EXPECT_LT(run.result.epochs, 30);
			EXPECT_EQ(run.result.best_epoch, run.result.epochs);
			for (int j = 0; j < 4; j++)
				EXPECT_NEAR(static_cast<double>(run.result.model.parameters[j]), w[j], 1e-4)
					<< l2 << ", " << j;
			const std::vector<double> curve = run.loss_curve();
			EXPECT_TRUE(l2 > 0 || std::is_sorted(curve.rbegin(), curve.rend()));
		}
}

// An epoch is a step accepted, however many trials it took: the loss never rises.
TEST(Searches, NeverMakeTheLossWorse)
{
	nn_options o = lbfgs(50);
	o.hidden = training::kHidden<10>;
	o.hidden_layers = 1;
	o.activations = training::kTanh;
	const Training run = train(tables::waves(300), o); // worked in two parts
	const std::vector<double> curve = run.loss_curve();

	EXPECT_EQ(run.result.epochs, 50);
	EXPECT_EQ(run.result.batch_size, 300);
	for (size_t i = 1; i < curve.size(); i++)
		EXPECT_LE(curve[i], curve[i - 1] * (1 + 1e-6)) << i;
	EXPECT_LT(curve.back(), 0.5 * curve[0]);
	EXPECT_EQ(run.result.updates, 50);
	for (int epoch = 0; epoch < 50; epoch++)
		EXPECT_EQ(run.result.rate_curve[epoch], 1);
}

// The loss told of each epoch is that of its parameters.
TEST(Searches, LossesAreThoseOfTheParameters)
{
	const Table table = tables::waves(100);
	for (int32_t epochs : {1, 2, 7})
	{
		nn_options o = lbfgs(epochs);
		o.hidden = training::kHidden<6>;
		o.hidden_layers = 1;
		const Training run = train(table, o);
		const auto predictions = training::predict_all(run, table);
		double loss = 0;
		for (size_t i = 0; i < 100; i++)
			loss += std::pow(table.rows[i][2].number - predictions[i][0], 2) / 100;
		EXPECT_NEAR(run.result.loss, loss, 1e-5 * loss) << epochs;
	}
}

// The epoch of the smallest loss of held-out rows, which a line search doesn't look at.
TEST(Searches, AreStoppedByHeldOutRows)
{
	nn_options o = lbfgs(1000);
	o.hidden = training::kHidden<64>;
	o.hidden_layers = 1;
	o.validation = 0.3;
	o.patience = 8;
	const Training run = train(tables::waves(80), o);
	const std::vector<double> curve = run.validation_curve();

	EXPECT_STREQ(run.result.stop_reason, "patience");
	EXPECT_EQ(run.result.best_epoch,
			  std::min_element(curve.begin(), curve.end()) - curve.begin() + 1);
	EXPECT_EQ(run.result.epochs, run.result.best_epoch + 8);
	o.epochs = run.result.best_epoch;
	o.patience = 0;
	EXPECT_EQ(train(tables::waves(80), o).parameters(), run.parameters());
}

TEST(Searches, StopByTolerance)
{
	nn_options o = lbfgs();
	o.tolerance = 1e9;
	const Training run = train(linear(100, 30), o);
	EXPECT_STREQ(run.result.stop_reason, "tolerance");
	EXPECT_EQ(run.result.epochs, 1);
	o.tolerance = 0;
	EXPECT_GT(train(linear(100, 30), o).result.epochs, 1);
}

// Whatever was tried last, what is kept is the point accepted last, even if none of the best: with
// held-out rows that nothing was to be stopped by, or a penalty that the loss shown is without.
TEST(Searches, AreLimitedInTime)
{
	Table table = tables::waves(500);
	for (size_t i = 0; i < 500; i++)
		table.rows[i][2] =
			rows::noise(i * i, 0.7320508076); // nothing but noise: best left unlearnt
	nn_options o = lbfgs();
	o.hidden = training::kHidden<64, 64>;
	o.hidden_layers = 2;
	o.patience = 0;
	for (bool held_out : {false, true})
	{
		o.validation = held_out ? 0.3 : 0;
		o.l1 = held_out ? 0 : 0.01;
		o.epochs = 1000000;
		o.max_seconds = 0.05;
		for (bool overfitted = false; !overfitted;
			 o.max_seconds *= 2) // however slow the machine is
		{
			const Training run = train(table, o);
			const std::vector<double> curve = held_out ? run.validation_curve() : run.loss_curve();
			nn_options same = o;
			same.epochs = run.result.epochs;
			same.max_seconds = std::nan("");

			EXPECT_STREQ(run.result.stop_reason, "max_seconds");
			EXPECT_EQ(run.result.best_epoch, run.result.epochs);
			EXPECT_TRUE(train(table, same).parameters() == run.parameters());
			ASSERT_LT(o.max_seconds, 1000);
			overfitted = *std::min_element(curve.begin(), curve.end()) < curve.back();
		}
	}
}

// Rates of e^0 to e^50, and a held-out row so far off that the rate there is beyond all floats.
TEST(Searches, WhereHeldOutLossesAreInfinite)
{
	Table table = {{column("x"), target("y"), rows::holdout("h")}, {}};
	for (int i = 0; i < 100; i++)
		table.rows.push_back({i / 10., std::exp(0.5 * i), 0.0});
	nn_options o = lbfgs();
	o.loss = "poisson";
	Table all = table;
	all.columns.pop_back();
	for (rows::Row &row : all.rows)
		row.pop_back();
	const Training first = train(all, o);
	const training::Version version(first);
	ASSERT_GT(first.result.score, 0.999);

	table.rows.push_back({1e9, 1.0, 1.0});
	EXPECT_NE(training::try_training(table, o).status.code, NN_BUG); // on the way there
	o.start = &version.start;
	const nn_status status = training::try_training(table, o).status;
	EXPECT_EQ(status.code, NN_NOT_FINITE);
	EXPECT_EQ(std::string(status.message),
			  "the loss went to infinity in epoch 1, last with learning rate 0.001");
}

// ---- rows simulated from known parameters ----

constexpr int kRows = 3000;

// By multiplying uniform numbers until they fall below e^-mean (Knuth).
double poisson(double mean, Random &random)
{
	const double limit = std::exp(-mean);
	int count = 0;

	for (double product = random.uniform(); product > limit; product *= random.uniform())
		count++;
	return count;
}

// The rate is exp(0.5 + 0.8 x).
TEST(Searches, FindTheRatesOfCounts)
{
	Table table = {{column("x"), target("y")}, {}};
	Random random(1);
	for (int i = 0; i < kRows; i++)
	{
		const double x = 4 * random.uniform() - 2;
		table.rows.push_back({x, poisson(std::exp(0.5 + 0.8 * x), random)});
	}
	for (const char *optimizer : {"lbfgs", "adam"})
	{
		nn_options o = lbfgs(60);
		o.optimizer = optimizer;
		o.learning_rate = strcmp(optimizer, "adam") == 0 ? 0.01 : 1;
		o.loss = "poisson";
		const training::Training run = train(table, o);
		const training::Predictor p = training::predictor(run.result.model);
		// standard errors are below 0.02 of the logarithm
		for (double x : {-1., 0., 1., 2.})
			EXPECT_NEAR(std::log(training::predict(p, {x})[0]), 0.5 + 0.8 * x, 0.1) << optimizer;
		EXPECT_STREQ(run.result.model.activations[0], "exponential");
		EXPECT_GT(run.result.score, 0.5);
	}
	// the smallest loss is that of the maximum likelihood: residuals add up to 0
	nn_options o = lbfgs();
	o.loss = "poisson";
	const Training run = train(table, o);
	const auto predictions = training::predict_all(run, table);
	double residuals = 0;
	for (size_t i = 0; i < kRows; i++)
		residuals += table.rows[i][1].number - predictions[i][0];
	EXPECT_NEAR(residuals / kRows, 0, 1e-3);
}

// y = 1 + 2 x + e, where P(e > t) = exp(-t): its quantiles are -ln(1 - q).
TEST(Searches, FindTheQuantilesOfSkewedRows)
{
	constexpr double kQuantiles[] = {0.1, 0.5, 0.9};
	Table table = {{column("x"), target("y")}, {}};
	Random random(2);
	for (int i = 0; i < kRows; i++)
	{
		const double x = 2 * random.uniform() - 1;
		table.rows.push_back({x, 1 + 2 * x - std::log(1 - random.uniform())});
	}
	nn_options o = training::options();
	o.quantiles = kQuantiles;
	o.quantile_count = 3;
	o.learning_rate = 0.02;
	o.schedule = "cosine"; // a constant rate would keep swinging around the smallest loss
	o.epochs = 60;
	const Training run = train(table, o);
	const auto predictions = training::predict_all(run, table);

	EXPECT_STREQ(run.result.loss_name, "quantile");
	EXPECT_EQ(std::vector<double>(run.result.quantiles, run.result.quantiles + 3),
			  std::vector<double>(kQuantiles, kQuantiles + 3));
	EXPECT_EQ(run.result.model.target_count, 3);
	for (size_t k = 0; k < 3; k++)
	{
		const double q = kQuantiles[k], error = std::sqrt(q / (1 - q) / kRows);
		double below = 0;
		for (size_t i = 0; i < kRows; i++)
			below += table.rows[i][1].number < predictions[i][k];
		EXPECT_NEAR(below / kRows, q, 0.03);
		const double at_zero = training::predict(training::predictor(run.result.model), {0.0})[k];
		EXPECT_NEAR(at_zero, 1 - std::log(1 - q), 5 * error) << q;
	}
}

} // namespace
