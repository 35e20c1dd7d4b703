/*
 * losses.cpp: values by hand, gradients against central differences, logits that would overflow.
 */
#include "core/losses.h"

#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace
{

using nn::ConstMatrixMap;
using nn::Index;
using nn::Loss;
using nn::Matrix;

template <class T> ConstMatrixMap<T> map(const Matrix<T> &m)
{
	return ConstMatrixMap<T>(m.data(), m.rows(), m.cols());
}

// The sums of a loss; dZ is filled where it is given.
template <class T>
std::vector<double> evaluate(const char *name, const Matrix<T> &Z, const Matrix<T> &Y, T scale = 0,
							 Matrix<T> *dZ = nullptr)
{
	std::vector<double> sums(static_cast<size_t>(Z.cols()));
	nn::find_loss<T>(name)->evaluate(map(Z), map(Y), sums.data(), scale,
									 dZ != nullptr ? dZ->data() : nullptr);
	return sums;
}

Matrix<double> matrix(Index rows, Index columns, std::vector<double> elements)
{
	return ConstMatrixMap<double>(elements.data(), rows, columns);
}

TEST(Losses, OfNumbersByHand)
{
	// errors: 0.5 and -3; -1 and 0; 1.5 and 2
	const Matrix<double> Y = matrix(3, 2, {1, 2, 0, 4, -1, 0.5});
	const Matrix<double> Z = matrix(3, 2, {1.5, -1, -1, 4, 0.5, 2.5});

	EXPECT_EQ(evaluate("mse", Z, Y), (std::vector<double>{0.25 + 1 + 2.25, 9 + 0 + 4}));
	EXPECT_EQ(evaluate("mae", Z, Y), (std::vector<double>{0.5 + 1 + 1.5, 3 + 0 + 2}));
	EXPECT_EQ(evaluate("huber", Z, Y), (std::vector<double>{0.125 + 0.5 + 1, 2.5 + 0 + 1.5}));
}

TEST(Losses, GradientsOfNumbersByHand)
{
	const Matrix<double> Y = matrix(2, 2, {1, 2, 0, 4});
	const Matrix<double> Z = matrix(2, 2, {1.5, -1, -1.25, 4});
	Matrix<double> dZ(2, 2);

	evaluate("mse", Z, Y, 0.5, &dZ);
	EXPECT_EQ(dZ, matrix(2, 2, {0.5, -3, -1.25, 0}));
	evaluate("mae", Z, Y, 0.5, &dZ);
	EXPECT_EQ(dZ, matrix(2, 2, {0.5, -0.5, -0.5, 0}));
	evaluate("huber", Z, Y, 0.5, &dZ);
	EXPECT_EQ(dZ, matrix(2, 2, {0.25, -0.5, -0.5, 0}));
}

TEST(Losses, CrossEntropyByHand)
{
	// ln(e^1 + e^2 + e^0.5) - 2, ln 3
	EXPECT_NEAR(evaluate("cross_entropy", matrix(1, 3, {1, 2, 0.5}), matrix(1, 1, {1}))[0],
				0.4643687841079447, 1e-14);
	EXPECT_NEAR(evaluate("cross_entropy", matrix(1, 3, {7, 7, 7}), matrix(1, 1, {2}))[0],
				1.0986122886681098, 1e-14);
	// -ln sigmoid(0.75) and -ln(1 - sigmoid(0.75)), and one half
	EXPECT_NEAR(evaluate("cross_entropy", matrix(1, 1, {0.75}), matrix(1, 1, {1}))[0],
				0.3868710061148999, 1e-14);
	EXPECT_NEAR(evaluate("cross_entropy", matrix(1, 1, {0.75}), matrix(1, 1, {0}))[0],
				1.1368710061148999, 1e-14);
	EXPECT_NEAR(evaluate("cross_entropy", matrix(1, 1, {0}), matrix(1, 1, {1}))[0],
				0.6931471805599453, 1e-14);
}

TEST(Losses, AddToWhatIsThere)
{
	for (const char *name : {"mse", "mae", "huber", "cross_entropy"})
	{
		const Matrix<double> Z = matrix(2, 1, {0.5, -2}), Y = matrix(2, 1, {1, 0});
		const double alone = evaluate(name, Z, Y)[0];
		double sums[] = {10};
		nn::find_loss<double>(name)->evaluate(map(Z), map(Y), sums, 0, nullptr);
		EXPECT_DOUBLE_EQ(sums[0], 10 + alone) << name;
	}
}

// dZ must be the gradient of scale * (loss summed over rows and outputs).
void expect_gradient(const char *name, Matrix<double> Z, const Matrix<double> &Y)
{
	constexpr double kScale = 0.375, h = 1e-5;
	Matrix<double> dZ(Z.rows(), Z.cols());
	const auto total = [&] {
		double sum = 0;
		for (double part : evaluate(name, Z, Y))
			sum += part;
		return kScale * sum;
	};

	evaluate(name, Z, Y, kScale, &dZ);
	for (Index i = 0; i < Z.size(); i++)
	{
		const double z = Z.data()[i];
		Z.data()[i] = z + h;
		const double above = total();
		Z.data()[i] = z - h;
		const double below = total();
		Z.data()[i] = z;
		EXPECT_NEAR(dZ.data()[i], (above - below) / (2 * h), 1e-9) << name << ", place " << i;
	}
}

TEST(Losses, GradientsAreThoseOfTheValues)
{
	// errors on both sides of 0 and of +-1, none within h of them
	const Matrix<double> Y = matrix(3, 2, {0.5, -1, 2, 0, 1, -0.25});
	const Matrix<double> Z = matrix(3, 2, {0.75, -3, 1.5, 2.5, -0.125, -0.75});

	for (const char *name : {"mse", "mae", "huber"})
		expect_gradient(name, Z, Y);
	expect_gradient("cross_entropy", matrix(4, 1, {-3, -0.25, 0.5, 4}), matrix(4, 1, {1, 0, 1, 0}));
	expect_gradient("cross_entropy", matrix(3, 4, {1, 2, -1, 0, -2, 0.5, 0.25, 3, 0, 0, 0, 0}),
					matrix(3, 1, {3, 0, 2}));
}

TEST(Losses, BinaryFormIsTheSoftmaxOfTwoClasses)
{
	for (double z : {-30., -2.5, -0.1, 0., 0.7, 3., 40.})
		for (double truth : {0., 1.})
		{
			const Matrix<double> Y = matrix(1, 1, {truth});
			Matrix<double> d1(1, 1), d2(1, 2);
			const double one = evaluate("cross_entropy", matrix(1, 1, {z}), Y, 1., &d1)[0];
			const double two = evaluate("cross_entropy", matrix(1, 2, {0, z}), Y, 1., &d2)[0];
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
				Matrix<T> Y(1, 1), one(1, 1), many(1, 9), d1(1, 1), d9(1, 9);
				Y << static_cast<T>(truth);
				one << z;
				many.setConstant(-std::abs(z)); // more than a vector's width of classes
				many(0, 0) = 0;
				many(0, 1) = z;
				EXPECT_DOUBLE_EQ(evaluate("cross_entropy", one, Y, T(1), &d1)[0], wrong);
				EXPECT_DOUBLE_EQ(evaluate("cross_entropy", many, Y, T(1), &d9)[0], wrong);
				EXPECT_NEAR(static_cast<double>(d1(0, 0)), wrong == 0 ? 0 : sign, 1e-6);
				EXPECT_NEAR(static_cast<double>(d9(0, 1)), wrong == 0 ? 0 : sign, 1e-6);
				EXPECT_TRUE(d9.allFinite());
			}
}

TEST(Losses, CrossEntropyDoesNotOverflow)
{
	expect_no_overflow<float>();
	expect_no_overflow<double>();
}

TEST(Losses, Probabilities)
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

TEST(Losses, ProbabilitiesOfManyClassesSumToOne)
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

TEST(Losses, TableIsComplete)
{
	EXPECT_EQ(nn::loss_names(false), "mse, mae, huber");
	EXPECT_EQ(nn::loss_names(true), "cross_entropy");
	EXPECT_EQ(nn::find_loss<float>("MSE"), nullptr);
	EXPECT_EQ(nn::find_loss<double>(""), nullptr);
}

// Scaling targets and outputs by 2 must multiply the loss by 2^degree. (Huber's threshold is one
// standard deviation, so it scales along; small errors show that alone.)
TEST(Losses, Degrees)
{
	for (const char *name : {"mse", "mae", "huber"})
	{
		const Matrix<double> Z = matrix(1, 1, {0.375}), Y = matrix(1, 1, {0.125});
		const double once = evaluate(name, Z, Y)[0];
		const double twice = evaluate(name, Matrix<double>(2 * Z), Matrix<double>(2 * Y))[0];
		EXPECT_DOUBLE_EQ(twice, once * std::pow(2, nn::find_loss<double>(name)->degree)) << name;
	}
}

} // namespace
