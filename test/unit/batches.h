/*
 * batches.h: a batch as a test writes it down, and what a loss makes of it.
 */
#ifndef PGNN_TEST_BATCHES_H
#define PGNN_TEST_BATCHES_H

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/losses.h"

namespace batches
{

using nn::ConstMatrixMap;
using nn::Index;
using nn::Matrix;

constexpr const char *kNames[] = {"mse", "mae", "huber", "poisson", "quantile", "cross_entropy"};
static_assert(std::size(kNames) == nn::kLossCount);

template <class T> ConstMatrixMap<T> map(const Matrix<T> &m)
{
	return ConstMatrixMap<T>(m.data(), m.rows(), m.cols());
}

inline Matrix<double> matrix(Index rows, Index columns, std::vector<double> elements)
{
	return ConstMatrixMap<double>(elements.data(), rows, columns);
}

template <class T> struct Batch
{
	Matrix<T> Z, Y;
	std::vector<T> weights = {}; // 1 each unless given
	T smoothing = 0;
	std::vector<double> quantiles = {};

	std::vector<double> sums(const char *loss) const { return evaluate(loss, 0, nullptr); }

	// That of the one output, or of classes.
	double sum(const char *loss) const { return sums(loss)[0]; }

	// It must come with the same sums. Every place must be written.
	Matrix<T> gradient(const char *loss, T scale) const
	{
		Matrix<T> dZ = Matrix<T>::Constant(Z.rows(), Z.cols(), T(1234));
		const std::vector<double> alone = sums(loss), with = evaluate(loss, scale, dZ.data());

		for (size_t k = 0; k < alone.size(); k++)
			EXPECT_TRUE(with[k] == alone[k] || std::abs(with[k] / alone[k] - 1) < 1e-6)
				<< loss << ": " << with[k] << ", not " << alone[k];
		return dZ;
	}

private:
	std::vector<double> evaluate(const char *loss, T scale, T *dZ) const
	{
		std::vector<double> result(static_cast<size_t>(Z.cols()));
		nn::find_loss<T>(loss)->evaluate(
			{map(Z), map(Y), weights.empty() ? nullptr : weights.data(), result.data(), scale, dZ,
			 smoothing, quantiles.empty() ? nullptr : quantiles.data()});
		return result;
	}
};

// dZ must be the gradient of scale * (loss summed over rows and outputs).
inline void expect_gradient(const char *loss, Batch<double> batch)
{
	constexpr double kScale = 0.375, h = 1e-5;
	const Matrix<double> dZ = batch.gradient(loss, kScale);
	const auto total = [&] {
		double sum = 0;
		for (double part : batch.sums(loss))
			sum += part;
		return kScale * sum;
	};

	for (Index i = 0; i < dZ.size(); i++)
	{
		double &z = batch.Z.data()[i];
		const double value = z;
		z = value + h;
		const double above = total();
		z = value - h;
		const double below = total();
		z = value;
		EXPECT_NEAR(dZ.data()[i], (above - below) / (2 * h), 1e-9) << loss << ", place " << i;
	}
}

} // namespace batches

#endif
