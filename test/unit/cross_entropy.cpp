/*
 * cross_entropy.cpp: cross-entropy of two and of more classes by hand, smoothed labels, logits that
 * would overflow, probabilities.
 */
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "batches.h"
#include "core/losses.h"

namespace
{

using batches::Batch;
using batches::expect_gradient;
using batches::map;
using batches::matrix;
using nn::Matrix;

constexpr const char *kName = "cross_entropy";

// The loss of one row of logits.
double loss(std::vector<double> logits, double truth, double smoothing = 0)
{
	const nn::Index classes = static_cast<nn::Index>(logits.size());
	return Batch<double>{matrix(1, classes, logits), matrix(1, 1, {truth}), {}, smoothing}.sum(
		kName);
}

TEST(CrossEntropy, ByHand)
{
	// ln(e^1 + e^2 + e^0.5) - 2, ln 3
	EXPECT_NEAR(loss({1, 2, 0.5}, 1), 0.4643687841079447, 1e-14);
	EXPECT_NEAR(loss({7, 7, 7}, 2), 1.0986122886681098, 1e-14);
	// -ln sigmoid(0.75) and -ln(1 - sigmoid(0.75)), and one half
	EXPECT_NEAR(loss({0.75}, 1), 0.3868710061148999, 1e-14);
	EXPECT_NEAR(loss({0.75}, 0), 1.1368710061148999, 1e-14);
	EXPECT_NEAR(loss({0}, 1), 0.6931471805599453, 1e-14);
}

TEST(CrossEntropy, WeightedByHand)
{
	const Batch<double> many = {
		matrix(3, 3, {1, 2, 0.5, 7, 7, 7, 7, 7, 7}), matrix(3, 1, {1, 2, 0}), {2, 0, 0.5}};
	const Batch<double> two = {matrix(3, 1, {0.75, 0.75, 0}), matrix(3, 1, {1, 0, 1}), {2, 0, 0.5}};

	EXPECT_NEAR(many.sum(kName), 2 * 0.4643687841079447 + 0.5 * 1.0986122886681098, 1e-14);
	EXPECT_NEAR(two.sum(kName), 2 * 0.3868710061148999 + 0.5 * 0.6931471805599453, 1e-14);
	EXPECT_TRUE(many.gradient(kName, 3).row(2).isApprox(matrix(1, 3, {-1, 0.5, 0.5}), 1e-14));
	EXPECT_TRUE(two.gradient(kName, 3).isApprox(
		matrix(3, 1, {6 * (0.679178699175393 - 1), 0, -0.75}), 1e-14));
}

TEST(CrossEntropy, SmoothedByHand)
{
	// targets 0.1, 0.8, 0.1: ln(e^1 + e^2 + e^0.5) - 0.1 - 1.6 - 0.05
	EXPECT_NEAR(loss({1, 2, 0.5}, 1, 0.3), 0.7143687841079447, 1e-14);
	// targets 0.9 and 0.1: ln(1 + e^0.75) less 0.675 or 0.075
	EXPECT_NEAR(loss({0.75}, 1, 0.2), 0.4618710061148999, 1e-14);
	EXPECT_NEAR(loss({0.75}, 0, 0.2), 1.0618710061148999, 1e-14);
}

// The best logits are the logarithms of the targets; what remains is the targets' entropy.
TEST(CrossEntropy, SmoothedLeavesTheEntropy)
{
	const double a = std::log(0.1), b = std::log(0.8);
	const Batch<double> many = {matrix(1, 3, {a, b, a}), matrix(1, 1, {1}), {}, 0.3};
	const Batch<double> two = {matrix(1, 1, {std::log(9.)}), matrix(1, 1, {1}), {}, 0.2};

	EXPECT_NEAR(many.sum(kName), -0.2 * a - 0.8 * b, 1e-15);
	EXPECT_LT(many.gradient(kName, 1).cwiseAbs().maxCoeff(), 1e-15);
	EXPECT_NEAR(two.sum(kName), -0.1 * a - 0.9 * std::log(0.9), 1e-15);
	EXPECT_NEAR(two.gradient(kName, 1)(0, 0), 0, 1e-15);
}

TEST(CrossEntropy, GradientsAreThoseOfTheValues)
{
	for (double smoothing : {0., 0.25})
		for (const std::vector<double> &weights : {std::vector<double>{}, {1, 2, 0.5, 3}})
		{
			expect_gradient(kName, {matrix(4, 1, {-3, -0.25, 0.5, 4}), matrix(4, 1, {1, 0, 1, 0}),
									weights, smoothing});
			expect_gradient(kName,
							{matrix(4, 4, {1, 2, -1, 0, -2, 0.5, 0.25, 3, 0, 0, 0, 0, 2, 9, -9, 1}),
							 matrix(4, 1, {3, 0, 2, 1}), weights, smoothing});
		}
}

TEST(CrossEntropy, BinaryFormIsTheSoftmaxOfTwoClasses)
{
	for (double z : {-30., -2.5, -0.1, 0., 0.7, 3., 40.})
		for (double truth : {0., 1.})
			for (double smoothing : {0., 0.3})
			{
				const double one = loss({z}, truth, smoothing),
							 two = loss({0, z}, truth, smoothing);
				const Matrix<double> Y = matrix(1, 1, {truth});
				const Matrix<double> d1 =
					Batch<double>{matrix(1, 1, {z}), Y, {}, smoothing}.gradient(kName, 1);
				const Matrix<double> d2 =
					Batch<double>{matrix(1, 2, {0, z}), Y, {}, smoothing}.gradient(kName, 1);
				EXPECT_NEAR(one, two, 1e-14 * std::max(1.0, two)) << z;
				EXPECT_NEAR(d1(0, 0), d2(0, 1), 1e-15) << z;
				EXPECT_NEAR(d1(0, 0), -d2(0, 0), 1e-15) << z;
			}
}

template <class T> void expect_no_overflow()
{
	for (double big : {1e4, 1e30})
		for (double sign : {-1., 1.})
			for (int truth = 0; truth < 2; truth++)
			{
				const T z = static_cast<T>(sign * big);
				const double wrong =
					(truth == 1) == (sign < 0) ? static_cast<double>(std::abs(z)) : 0;
				Batch<T> one = {Matrix<T>(1, 1), Matrix<T>(1, 1)}, many = one;
				one.Y << static_cast<T>(truth);
				one.Z << z;
				many.Y = one.Y;
				// more than a vector's width of classes
				many.Z = Matrix<T>::Constant(1, 9, -std::abs(z));
				many.Z(0, 0) = 0;
				many.Z(0, 1) = z;
				EXPECT_DOUBLE_EQ(one.sum(kName), wrong);
				EXPECT_DOUBLE_EQ(many.sum(kName), wrong);
				const Matrix<T> d1 = one.gradient(kName, 1), d9 = many.gradient(kName, 1);
				EXPECT_NEAR(static_cast<double>(d1(0, 0)), wrong == 0 ? 0 : sign, 1e-6);
				EXPECT_NEAR(static_cast<double>(d9(0, 1)), wrong == 0 ? 0 : sign, 1e-6);
				EXPECT_TRUE(d9.allFinite());
			}
}

TEST(CrossEntropy, DoesNotOverflow)
{
	expect_no_overflow<float>();
	expect_no_overflow<double>();
}

// Smoothed, a logit far off costs its share.
template <class T> void expect_no_overflow_smoothed(double big)
{
	const T b = static_cast<T>(big);
	Batch<T> many = {Matrix<T>(1, 3), Matrix<T>::Constant(1, 1, 0), {}, T(0.3)};
	Batch<T> one = {Matrix<T>(1, 1), Matrix<T>::Constant(1, 1, 1), {}, T(0.2)};
	Matrix<T> d3(1, 3);

	// targets 0.8, 0.1, 0.1 against 1, 0, 0
	many.Z << b, -b, 0;
	d3 << T(0.2), T(-0.1), T(-0.1);
	EXPECT_NEAR(many.sum(kName) / big, 0.1 * 2 + 0.1, 1e-6);
	EXPECT_TRUE(many.gradient(kName, 1).isApprox(d3, T(1e-6)));
	// 0.9 against 0
	one.Z << -b;
	EXPECT_NEAR(one.sum(kName) / big, 0.9, 1e-6);
	EXPECT_NEAR(static_cast<double>(one.gradient(kName, 1)(0, 0)), -0.9, 1e-6);
	// equal logits: ln classes, however large
	for (int classes = 2; classes < 20; classes++)
	{
		many.Z = Matrix<T>::Constant(1, classes, b);
		EXPECT_NEAR(many.sum(kName), std::log(classes), 1e-6);
	}
}

TEST(CrossEntropy, SmoothedDoesNotOverflow)
{
	expect_no_overflow_smoothed<float>(1e4);
	expect_no_overflow_smoothed<float>(3e38); // two are more than a float holds
	expect_no_overflow_smoothed<double>(1e300);
}

TEST(CrossEntropy, Probabilities)
{
	double p[6];

	// softmax of 1, 2, 0.5
	nn::probabilities(map(matrix(2, 3, {1, 2, 0.5, -1e30, 1e30, 0})), 3, p);
	EXPECT_NEAR(p[0], 0.2312239, 1e-7);
	EXPECT_NEAR(p[1], 0.6285317, 1e-7);
	EXPECT_NEAR(p[2], 0.1402444, 1e-7);
	EXPECT_NEAR(p[0] + p[1] + p[2], 1, 1e-15);
	EXPECT_EQ(p[3], 0);
	EXPECT_EQ(p[4], 1);
	EXPECT_EQ(p[5], 0);

	// one logit stands for the second of two classes
	nn::probabilities(map(matrix(3, 1, {0.75, -1e30, 1e30})), 2, p);
	EXPECT_NEAR(p[1], 0.679178699175393, 1e-14);
	EXPECT_NEAR(p[0] + p[1], 1, 1e-15);
	EXPECT_EQ(p[2], 1);
	EXPECT_EQ(p[3], 0);
	EXPECT_EQ(p[4], 0);
	EXPECT_EQ(p[5], 1);
}

TEST(CrossEntropy, ProbabilitiesOfManyClassesSumToOne)
{
	Matrix<float> Z(1, 1000);
	std::vector<double> p(1000);
	double sum = 0;

	for (int k = 0; k < 1000; k++)
		Z(0, k) = 30 * std::sin(static_cast<float>(k));
	nn::probabilities(map(Z), 1000, p.data());
	for (double one : p)
		sum += one;
	EXPECT_NEAR(sum, 1, 1e-12);
}

} // namespace
