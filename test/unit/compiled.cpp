/*
 * compiled.cpp: a network laid out for prediction gives what the network gives, for single rows, for
 * rows of which but some inputs are told, and for batches; with every instruction set.
 */
#include "core/compiled.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "core/api.h"
#include "core/simd.h"
#include "rows.h"

namespace
{

using nn::Compiled;
using nn::Gathered;
using nn::Network;
using nn::Simd;

constexpr size_t kRows = 37;

typedef std::vector<const nn::Activation<float> *> Activations;

Network<float> network(const std::vector<int> &sizes, const Activations &activations)
{
	Network<float> result(sizes, activations);

	for (size_t i = 0; i < result.parameter_count(); i++)
		result.parameters()[static_cast<nn::Index>(i)] =
			static_cast<float>((rows::noise(i, 0.618) - 0.5) * 0.4);
	return result;
}

// Every third input is 0.
nn::Matrix<float> inputs(const Network<float> &n)
{
	nn::Matrix<float> X(kRows, n.inputs());

	for (nn::Index i = 0; i < X.size(); i++)
		X.data()[i] =
			i % 3 == 0 ? 0 : static_cast<float>(4 * rows::noise(static_cast<size_t>(i), 0.414) - 2);
	return X;
}

Gathered gathered(const float *x, size_t count)
{
	Gathered row;

	for (size_t i = 0; i < count; i++)
		if (x[i] != 0)
		{
			row.inputs.push_back(static_cast<uint32_t>(i));
			row.x.push_back(x[i]);
		}
	row.count = row.x.size();
	return row;
}

void expect_near(const float *z, const nn::Matrix<float> &Z, nn::Index row)
{
	for (nn::Index k = 0; k < Z.cols(); k++)
		ASSERT_NEAR(z[k], Z(row, k), 1e-5 * std::max(1.0f, std::abs(Z(row, k))))
			<< row << ", " << k;
}

void check(Compiled &compiled, const nn::Matrix<float> &X, const nn::Matrix<float> &Z)
{
	const float *z = compiled.run(X.data(), kRows);

	for (nn::Index row = 0; row < X.rows(); row++)
		ASSERT_NO_FATAL_FAILURE(expect_near(z + row * Z.cols(), Z, row));
	for (nn::Index row = 0; row < X.rows(); row++)
	{
		const float *x = X.data() + row * X.cols();
		ASSERT_NO_FATAL_FAILURE(expect_near(compiled.run(x), Z, row));
		const Gathered some = gathered(x, static_cast<size_t>(X.cols()));
		ASSERT_NO_FATAL_FAILURE(expect_near(compiled.run(some), Z, row));
	}
}

// The same object, as the setting changes: it is packed again.
TEST(Compiled, GivesWhatTheNetworkGives)
{
	const Simd before = nn::current_simd();
	const std::vector<std::vector<int>> shapes = {
		{10, 64, 32, 1}, {54, 128, 64, 7}, {3, 1, 1, 2},    {17, 5},        {1, 33, 1},
		{40, 1},         {5, 16, 48, 16},  {200, 31, 9, 3}, {7, 37, 70, 3}, {3, 30, 40, 33, 2}};

	for (const std::vector<int> &sizes : shapes)
		for (const char *activation : {"relu", "leaky_relu", "tanh", "silu", "identity"})
		{
			const Activations activations(sizes.size() - 2, nn::find_activation<float>(activation));
			const Network<float> n = network(sizes, activations);
			const nn::Matrix<float> X = inputs(n);
			nn::Workspace<float> workspace(n, kRows);
			const nn::Matrix<float> Z = workspace.forward(n, X.data(), kRows);
			Compiled compiled(sizes, activations, n.parameters().data());

			for (int i = 0; i < nn::kSimdCount; i++)
			{
				const Simd simd = static_cast<Simd>(i);
				SCOPED_TRACE(std::string(activation) + " " + nn::simd_name(simd));
				if (!nn::simd_available(simd))
					continue;
				nn::set_simd(simd);
				ASSERT_NO_FATAL_FAILURE(check(compiled, X, Z));
			}
			nn::set_simd(before);
		}
}

// Zeros are left out behind relu, but what isn't a number isn't one of them.
TEST(Compiled, NaNStaysNaN)
{
	const Simd before = nn::current_simd();
	const std::vector<int> sizes = {3, 70, 40, 2};
	const Activations activations(2, nn::find_activation<float>("relu"));
	const Network<float> n = network(sizes, activations);
	Compiled compiled(sizes, activations, n.parameters().data());
	const float zeros[] = {0, 0, 0}, row[] = {0, std::nanf(""), 1};

	for (int i = 0; i < nn::kSimdCount; i++)
	{
		const Simd simd = static_cast<Simd>(i);
		if (!nn::simd_available(simd))
			continue;
		nn::set_simd(simd);
		EXPECT_TRUE(std::isnan(compiled.run(row)[1])) << nn::simd_name(simd);
		EXPECT_TRUE(std::isfinite(compiled.run(zeros)[1])) << nn::simd_name(simd);
	}
	nn::set_simd(before);
}

} // namespace
