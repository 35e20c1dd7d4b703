/*
 * losses.cpp: losses of numbers by hand, gradients against central differences, and for every loss
 * the weights of rows. Cross-entropy has a file of its own.
 */
#include "core/losses.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "batches.h"

namespace
{

using batches::Batch;
using batches::expect_gradient;
using batches::kNames;
using batches::matrix;
using nn::Matrix;
using Sums = std::vector<double>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(Losses, OfNumbersByHand)
{
	// errors: 0.5 and -3; -1 and 0; 1.5 and 2
	const Batch<double> batch = {matrix(3, 2, {1.5, -1, -1, 4, 0.5, 2.5}),
								 matrix(3, 2, {1, 2, 0, 4, -1, 0.5})};

	EXPECT_EQ(batch.sums("mse"), (Sums{0.25 + 1 + 2.25, 9 + 0 + 4}));
	EXPECT_EQ(batch.sums("mae"), (Sums{0.5 + 1 + 1.5, 3 + 0 + 2}));
	EXPECT_EQ(batch.sums("huber"), (Sums{0.125 + 0.5 + 1, 2.5 + 0 + 1.5}));
}

TEST(Losses, WeightedNumbersByHand)
{
	const Batch<double> batch = {
		matrix(3, 2, {1.5, -1, -1, 4, 0.5, 2.5}), matrix(3, 2, {1, 2, 0, 4, -1, 0.5}), {2, 0, 0.5}};

	EXPECT_EQ(batch.sums("mse"), (Sums{0.5 + 1.125, 18 + 2}));
	EXPECT_EQ(batch.sums("mae"), (Sums{1 + 0.75, 6 + 1}));
	EXPECT_EQ(batch.sums("huber"), (Sums{0.25 + 0.5, 5 + 0.75}));
	EXPECT_EQ(batch.gradient("mse", 0.5), matrix(3, 2, {1, -6, 0, 0, 0.75, 1}));
	EXPECT_EQ(batch.gradient("mae", 0.5), matrix(3, 2, {1, -1, 0, 0, 0.25, 0.25}));
	EXPECT_EQ(batch.gradient("huber", 0.5), matrix(3, 2, {0.5, -1, 0, 0, 0.25, 0.25}));
}

TEST(Losses, GradientsOfNumbersByHand)
{
	const Batch<double> batch = {matrix(2, 2, {1.5, -1, -1.25, 4}), matrix(2, 2, {1, 2, 0, 4})};

	EXPECT_EQ(batch.gradient("mse", 0.5), matrix(2, 2, {0.5, -3, -1.25, 0}));
	EXPECT_EQ(batch.gradient("mae", 0.5), matrix(2, 2, {0.5, -0.5, -0.5, 0}));
	EXPECT_EQ(batch.gradient("huber", 0.5), matrix(2, 2, {0.25, -0.5, -0.5, 0}));
}

TEST(Losses, PoissonByHand)
{
	// means 1 of 1; 2 of 1: 1 - ln 2; 2 of 0; 1 of 3: 3 ln 3 - 2
	const double ln2 = std::log(2.), expected[] = {0, 0.3068528194400547, 2, 1.2958368660043291};
	const Batch<double> batch = {matrix(1, 4, {0, ln2, ln2, 0}), matrix(1, 4, {1, 1, 0, 3})};
	Batch<double> weighted = batch;

	weighted.weights = {2.5};
	EXPECT_EQ(batch.sums("poisson")[0], 0);
	for (size_t k = 0; k < 4; k++)
	{
		EXPECT_NEAR(batch.sums("poisson")[k], expected[k], 1e-15);
		EXPECT_NEAR(weighted.sums("poisson")[k], 2.5 * expected[k], 4e-15);
	}
	EXPECT_TRUE(batch.gradient("poisson", 0.5).isApprox(matrix(1, 4, {0, 0.5, 1, -1}), 1e-15));
	EXPECT_TRUE(
		weighted.gradient("poisson", 0.5).isApprox(matrix(1, 4, {0, 1.25, 2.5, -2.5}), 1e-15));
}

// y (e^d - 1 - d) by its series, for the numbers as T has them.
template <class T> double half_deviance(T z, T y)
{
	const long double d = static_cast<long double>(z) - std::log(static_cast<long double>(y));
	long double term = d * d / 2, sum = 0;

	for (int n = 3; std::abs(term) > 1e-25L * sum; n++)
	{
		sum += term;
		term *= d / n;
	}
	return static_cast<double>(sum * static_cast<long double>(y));
}

// Where the mean is all but the target, their difference must not be rounding errors.
template <class T> void expect_exact_poisson(double tolerance)
{
	for (double y : {0.001, 1., 1000.})
		for (double d : {-20., -1., -0.5, -0.499, -1e-2, -1e-4, 1e-4, 1e-2, 0.499, 0.5, 1., 20.})
		{
			Batch<T> batch = {Matrix<T>(1, 1), Matrix<T>(1, 1)};
			batch.Z << static_cast<T>(std::log(y) + d);
			batch.Y << static_cast<T>(y);
			EXPECT_NEAR(batch.sum("poisson") / half_deviance(batch.Z(0, 0), batch.Y(0, 0)), 1,
						tolerance)
				<< y << ", " << d;
		}
}

TEST(Losses, PoissonIsExactNearTheTarget)
{
	expect_exact_poisson<float>(2e-6);
	expect_exact_poisson<double>(1e-10);
}

TEST(Losses, PoissonOverflowsToInfinity)
{
	Batch<float> batch = {Matrix<float>(1, 4), Matrix<float>(1, 4)};

	batch.Z << 89, 89, -1e30f, -1e30f;
	batch.Y << 0, 2, 0, 2;
	const Sums sums = batch.sums("poisson");
	EXPECT_EQ(sums[0], kInfinity);
	EXPECT_EQ(sums[1], kInfinity);
	EXPECT_EQ(sums[2], 0);
	EXPECT_NEAR(sums[3] / 2e30, 1, 1e-7);

	const Matrix<float> dZ = batch.gradient("poisson", 0.5f);
	EXPECT_EQ(static_cast<double>(dZ(0, 0)), kInfinity);
	EXPECT_EQ(static_cast<double>(dZ(0, 1)), kInfinity);
	EXPECT_EQ(dZ(0, 2), 0);
	EXPECT_EQ(dZ(0, 3), -1);
}

TEST(Losses, QuantileByHand)
{
	// targets 1, -2 and 4; errors y - z: 1, -2, 0; 0.5, -4, -1; 5, 6, 4
	Batch<double> batch = {matrix(3, 3, {0, 3, 1, -2.5, 2, -1, -1, -2, 0}),
						   matrix(3, 1, {1, -2, 4}),
						   {},
						   0,
						   {0.25, 0.75, 0.5}};

	EXPECT_EQ(batch.sums("quantile"), (Sums{0.25 + 0.125 + 1.25, 0.5 + 1 + 4.5, 0 + 0.5 + 2}));
	EXPECT_EQ(batch.gradient("quantile", 0.5),
			  matrix(3, 3, {-0.125, 0.125, 0, -0.125, 0.125, 0.25, -0.125, -0.375, -0.25}));
	batch.weights = {2, 0, 0.5};
	EXPECT_EQ(batch.sums("quantile"), (Sums{0.5 + 0.625, 1 + 2.25, 0 + 1}));
	EXPECT_EQ(batch.gradient("quantile", 0.5),
			  matrix(3, 3, {-0.25, 0.25, 0, 0, 0, 0, -0.0625, -0.1875, -0.125}));
}

TEST(Losses, MedianIsHalfTheAbsoluteError)
{
	Batch<double> batch = {matrix(4, 1, {0.5, -2, 3, 1}), matrix(4, 1, {1, 0.25, -1, 1})};

	batch.quantiles = {0.5};
	EXPECT_EQ(batch.sum("quantile"), batch.sum("mae") / 2);
	EXPECT_EQ(batch.gradient("quantile", 2), batch.gradient("mae", 1));
}

TEST(Losses, QuantileNeedsQuantiles)
{
	EXPECT_THROW((Batch<double>{matrix(1, 1, {0}), matrix(1, 1, {1})}.sum("quantile")), nn::Error);
}

// ---- every loss ----

// Three rows of two outputs, or three classes: errors on both sides of 0 and of +-1, none near them.
Batch<double> batch_for(const std::string &loss)
{
	if (loss == "cross_entropy")
		return {
			matrix(3, 3, {1, 2, -1, 0, -2, 0.5, 0.25, 3, 0}), matrix(3, 1, {2, 0, 1}), {}, 0.25};
	return {matrix(3, 2, {0.75, -3, 1.5, 2.5, -0.125, -0.75}),
			loss == "quantile" ? matrix(3, 1, {0.5, 2, 1}) : matrix(3, 2, {0.5, 1, 2, 0, 1, 0.5}),
			{},
			0,
			{0.25, 0.625}};
}

TEST(Losses, GradientsAreThoseOfTheValues)
{
	for (const char *name : kNames)
	{
		Batch<double> batch = batch_for(name);
		expect_gradient(name, batch);
		batch.weights = {2, 0.25, 1.5};
		expect_gradient(name, batch);
	}
}

TEST(Losses, AddToWhatIsThere)
{
	for (const char *name : kNames)
	{
		const Batch<double> batch = batch_for(name);
		std::vector<double> sums(3, 10);
		nn::find_loss<double>(name)->evaluate({batches::map(batch.Z), batches::map(batch.Y),
											   nullptr, sums.data(), 0, nullptr, batch.smoothing,
											   batch.quantiles.data()});
		for (size_t k = 0; k < batch.sums(name).size(); k++)
			EXPECT_DOUBLE_EQ(sums[k], 10 + batch.sums(name)[k]) << name;
	}
}

// The first row twice, not the second, the third once.
TEST(Losses, RowOfWeightTwoIsTheRowTwice)
{
	for (const char *name : kNames)
	{
		Batch<double> weighted = batch_for(name), repeated = weighted;
		weighted.weights = {2, 0, 1};
		repeated.Z.row(1) = repeated.Z.row(0);
		repeated.Y.row(1) = repeated.Y.row(0);
		EXPECT_EQ(weighted.sums(name), repeated.sums(name)) << name;

		const Matrix<double> w = weighted.gradient(name, 0.375), r = repeated.gradient(name, 0.375);
		EXPECT_TRUE(w.row(0).isApprox(r.row(0) + r.row(1), 1e-15)) << name;
		EXPECT_EQ(w.row(1).cwiseAbs().maxCoeff(), 0) << name;
		EXPECT_EQ(w.row(2), r.row(2)) << name;
		EXPECT_GT(w.row(0).cwiseAbs().minCoeff(), 0) << name;
	}
}

TEST(Losses, RowOfWeightZeroMayBeAnything)
{
	for (const char *name : kNames)
		for (double odd : {kInfinity, std::numeric_limits<double>::quiet_NaN(), 1e300})
		{
			Batch<double> batch = batch_for(name);
			batch.weights = {0.5, 0, 1.5};
			const Sums sums = batch.sums(name);
			batch.Z.row(1).setConstant(odd);
			EXPECT_EQ(batch.sums(name), sums) << name;
			const Matrix<double> dZ = batch.gradient(name, 1);
			EXPECT_EQ(dZ.row(1), dZ.row(1) * 0) << name;
			EXPECT_TRUE(dZ.allFinite()) << name;
		}
}

TEST(Losses, TableIsComplete)
{
	EXPECT_EQ(nn::loss_names(false), "mse, mae, huber, poisson, quantile");
	EXPECT_EQ(nn::loss_names(true), "cross_entropy");
	EXPECT_EQ(nn::find_loss<float>("MSE"), nullptr);
	EXPECT_EQ(nn::find_loss<double>(""), nullptr);
	for (const std::string name : kNames)
	{
		EXPECT_EQ(nn::find_loss<float>(name)->logarithmic, name == "poisson");
		EXPECT_EQ(nn::find_loss<float>(name)->quantiles, name == "quantile");
	}
}

// Scaling targets and predictions by 2 must multiply the loss by 2^degree. (Huber's threshold is one
// standard deviation, so it scales along; small errors show that alone.)
TEST(Losses, Degrees)
{
	for (const char *name : {"mse", "mae", "huber", "poisson", "quantile"})
	{
		const nn::Loss<double> &loss = *nn::find_loss<double>(name);
		const auto loss_of = [&](double prediction, double y) {
			const double z = loss.logarithmic ? std::log(prediction) : prediction;
			return Batch<double>{matrix(1, 1, {z}), matrix(1, 1, {y}), {}, 0, {0.25}}.sum(name);
		};
		EXPECT_NEAR(loss_of(0.75, 0.25) / loss_of(0.375, 0.125), std::pow(2, loss.degree), 1e-14)
			<< name;
	}
}

} // namespace
