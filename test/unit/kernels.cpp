/*
 * kernels.cpp: the products of every instruction set that this machine has, against plain loops in
 * double. Buffers are of the very size that a kernel may touch; with the address sanitizer, that is a test, too.
 */
#include "core/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "floats.h"
#include "rows.h"

namespace
{

using nn::Kernels;
using nn::LayerShape;
using nn::Rectifier;
using nn::Simd;
using namespace floats;
using Doubles = std::vector<double>;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr Rectifier kRectifiers[] = {Rectifier::kNone, Rectifier::kRelu, Rectifier::kLeakyRelu};
constexpr size_t kSizes[] = {1, 2, 7, 15, 16, 17, 31, 32, 33, 54, 63, 64, 65, 100, 784};

// Two operands of a product, and all that the kernels make of them.
struct Problem
{
	explicit Problem(const LayerShape &s)
		: shape(s), A(numbers(s.rows * s.inputs, 1)), W(numbers(s.outputs * s.inputs, 2)),
		  b(numbers(s.outputs, 3)), dZ(numbers(s.rows * s.outputs, 4))
	{}

	Floats scratch() const { return Floats(nn::scratch_size(shape), kNaN); }
	Floats packed(const Kernels &k) const
	{
		Floats to(nn::packed_size(shape.inputs, shape.outputs), kNaN);
		k.pack(W.data(), shape.inputs, shape.outputs, to.data());
		return to;
	}

	Floats forward(const Kernels &k, Rectifier f) const
	{
		Floats C(shape.rows * shape.outputs, kNaN), space = scratch();
		k.forward(shape, A.data(), W.data(), b.data(), f, C.data(), space.data());
		return C;
	}
	Floats forward_packed(const Kernels &k, Rectifier f) const
	{
		Floats C(shape.rows * shape.outputs, kNaN);
		k.forward_packed(shape, A.data(), packed(k).data(), b.data(), f, C.data());
		return C;
	}
	// The same, the biases being in the result already; of so many terms.
	Floats forward_on(const Kernels &k, Rectifier f, size_t inputs) const
	{
		const LayerShape part = {shape.rows, inputs, shape.outputs};
		Floats C;

		for (size_t row = 0; row < shape.rows; row++)
			C.insert(C.end(), b.begin(), b.begin() + static_cast<ptrdiff_t>(shape.outputs));
		k.forward_packed(part, A.data(), packed(k).data(), nullptr, f, C.data());
		return C;
	}
	Floats forward_rows(const Kernels &k, Rectifier f) const
	{
		Floats C;
		for (size_t row = 0; row < shape.rows; row++)
		{
			const Floats x(A.begin() + static_cast<ptrdiff_t>(row * shape.inputs),
						   A.begin() + static_cast<ptrdiff_t>((row + 1) * shape.inputs));
			Floats y(shape.outputs, kNaN);
			k.forward_row(shape.inputs, shape.outputs, x.data(), packed(k).data(), b.data(), f,
						  y.data());
			C.insert(C.end(), y.begin(), y.end());
		}
		return C;
	}
	Floats backward_data(const Kernels &k, Rectifier f) const
	{
		Floats D(shape.rows * shape.inputs, kNaN), space = scratch();
		k.backward_data(shape, dZ.data(), W.data(), f, f == Rectifier::kNone ? nullptr : A.data(),
						D.data(), space.data());
		return D;
	}
	// dW, then db, after what was there.
	Floats backward_weights(const Kernels &k, const Floats &before,
							nn::Sum sum = nn::Sum::kAdd) const
	{
		const auto middle = before.begin() + static_cast<ptrdiff_t>(shape.inputs * shape.outputs);
		Floats dW(before.begin(), middle), db(middle, before.end()), space = scratch();
		k.backward_weights(shape, dZ.data(), shape.outputs, A.data(), sum, dW.data(), db.data(),
						   space.data());
		dW.insert(dW.end(), db.begin(), db.end());
		return dW;
	}

	// Some of the rows, as a problem of its own.
	Problem part(size_t begin, size_t end) const
	{
		Problem some(*this);
		some.shape.rows = end - begin;
		some.A.assign(A.begin() + static_cast<ptrdiff_t>(begin * shape.inputs),
					  A.begin() + static_cast<ptrdiff_t>(end * shape.inputs));
		some.dZ.assign(dZ.begin() + static_cast<ptrdiff_t>(begin * shape.outputs),
					   dZ.begin() + static_cast<ptrdiff_t>(end * shape.outputs));
		some.A.shrink_to_fit();
		some.dZ.shrink_to_fit();
		return some;
	}

	LayerShape shape;
	Floats A, W, b, dZ;
};

double activate(double z, Rectifier f)
{
	return z > 0 || f == Rectifier::kNone ? z : f == Rectifier::kRelu ? 0 : 0.01 * z;
}

double slope(double a, Rectifier f)
{
	return a > 0 || f == Rectifier::kNone ? 1 : f == Rectifier::kRelu ? 0 : 0.01;
}

// Values are below 1 and sums are rounded to 24 bits after each of terms additions.
void expect_near(const Floats &got, const Doubles &expected, size_t terms)
{
	const double tolerance = 1e-7 * (3 + std::sqrt(static_cast<double>(terms)) *
											 (1 + std::sqrt(static_cast<double>(terms))));
	ASSERT_EQ(got.size(), expected.size());
	for (size_t i = 0; i < got.size(); i++)
		ASSERT_NEAR(got[i], expected[i], tolerance) << "element " << i;
}

std::string name(const Kernels &k, const LayerShape &s)
{
	return std::string(nn::simd_name(k.simd)) + ", " + std::to_string(s.rows) + " rows, " +
		   std::to_string(s.inputs) + " inputs, " + std::to_string(s.outputs) + " outputs";
}

Doubles expected_sums(const Problem &p)
{
	const LayerShape &s = p.shape;
	Doubles Z;
	for (size_t row = 0; row < s.rows; row++)
		for (size_t out = 0; out < s.outputs; out++)
		{
			double sum = p.b[out];
			for (size_t in = 0; in < s.inputs; in++)
				sum += double(p.A[row * s.inputs + in]) * p.W[out * s.inputs + in];
			Z.push_back(sum);
		}
	return Z;
}

Doubles expected_data(const Problem &p)
{
	const LayerShape &s = p.shape;
	Doubles D(s.rows * s.inputs);
	for (size_t row = 0; row < s.rows; row++)
		for (size_t out = 0; out < s.outputs; out++)
			for (size_t in = 0; in < s.inputs; in++)
				D[row * s.inputs + in] +=
					double(p.dZ[row * s.outputs + out]) * p.W[out * s.inputs + in];
	return D;
}

Doubles expected_weights(const Problem &p, const Floats &before)
{
	const LayerShape &s = p.shape;
	Doubles G(before.begin(), before.end());
	for (size_t row = 0; row < s.rows; row++)
		for (size_t out = 0; out < s.outputs; out++)
		{
			const double dz = p.dZ[row * s.outputs + out];
			for (size_t in = 0; in < s.inputs; in++)
				G[out * s.inputs + in] += dz * p.A[row * s.inputs + in];
			G[s.inputs * s.outputs + out] += dz;
		}
	return G;
}

// All products of one shape on all instruction sets.
void check_products(const LayerShape &shape)
{
	const Problem p(shape);
	const Floats before = numbers((shape.inputs + 1) * shape.outputs, 5);
	const Doubles Z = expected_sums(p), D = expected_data(p), G = expected_weights(p, before);

	for (const Kernels *k : available())
	{
		SCOPED_TRACE(name(*k, shape));
		for (Rectifier f : kRectifiers)
		{
			Doubles C, dA;
			for (double z : Z)
				C.push_back(activate(z, f));
			for (size_t i = 0; i < D.size(); i++)
				dA.push_back(D[i] * slope(p.A[i], f));
			const Floats forward = p.forward(*k, f);
			ASSERT_NO_FATAL_FAILURE(expect_near(forward, C, shape.inputs));
			ASSERT_TRUE(same_bits(forward, p.forward_packed(*k, f)));
			ASSERT_NO_FATAL_FAILURE(expect_near(p.backward_data(*k, f), dA, shape.outputs));
		}
		Doubles C;
		for (double z : Z)
			C.push_back(activate(z, Rectifier::kRelu));
		if (shape.rows <= 20)
		{
			ASSERT_NO_FATAL_FAILURE(
				expect_near(p.forward_rows(*k, Rectifier::kRelu), C, shape.inputs));
		}
		ASSERT_NO_FATAL_FAILURE(expect_near(p.backward_weights(*k, before), G, shape.rows));
		ASSERT_TRUE(same_bits(p.backward_weights(*k, Floats(before.size(), kNaN), nn::Sum::kSet),
							  p.backward_weights(*k, Floats(before.size(), 0))));
	}
}

TEST(Kernels, ProductsOfEveryShape)
{
	for (size_t in : kSizes)
		for (size_t out : kSizes)
			ASSERT_NO_FATAL_FAILURE(check_products({1 + (in * 7 + out * 3) % 17, in, out}));
}

TEST(Kernels, ProductsGoOnFromWhatIsThere)
{
	for (const LayerShape &shape : {LayerShape{37, 54, 40}, {256, 300, 7}, {1, 1, 1}})
		for (const Kernels *k : available())
			for (Rectifier f : kRectifiers)
			{
				SCOPED_TRACE(name(*k, shape));
				const Problem p(shape);
				EXPECT_TRUE(same_bits(p.forward_on(*k, f, shape.inputs), p.forward_packed(*k, f)));
				Floats none = p.forward_on(*k, f, 0); // no term at all: f of what is there
				for (size_t i = 0; i < none.size(); i++)
				{
					const float z = p.b[i % shape.outputs];
					EXPECT_EQ(none[i], z >= 0 || f == Rectifier::kNone ? z
									   : f == Rectifier::kRelu         ? 0
																	   : z * nn::kLeakySlope);
				}
			}
}

TEST(Kernels, ProductsOfEveryNumberOfRows)
{
	for (size_t rows = 1; rows <= 300; rows++)
	{
		ASSERT_NO_FATAL_FAILURE(check_products({rows, 17, 7}));
		ASSERT_NO_FATAL_FAILURE(check_products({rows, 3, 33}));
	}
}

TEST(Kernels, ProductsOfSeveralBlocks)
{
	ASSERT_NO_FATAL_FAILURE(check_products({300, 784, 100}));
	ASSERT_NO_FATAL_FAILURE(check_products({300, 33, 784}));
	ASSERT_NO_FATAL_FAILURE(check_products({1000, 54, 10}));
}

TEST(Kernels, NoRows)
{
	const Problem p({0, 17, 9});
	const Floats before = numbers(18 * 9, 5);
	for (const Kernels *k : available())
	{
		EXPECT_TRUE(p.forward(*k, Rectifier::kRelu).empty());
		EXPECT_TRUE(p.backward_data(*k, Rectifier::kRelu).empty());
		EXPECT_TRUE(same_bits(p.backward_weights(*k, before), before));
		EXPECT_EQ(p.backward_weights(*k, before, nn::Sum::kSet), Floats(before.size(), 0));
	}
}

// However threads and batches divide the rows, the bits are those of one call.
TEST(Kernels, RowsDontDependOnHowTheyAreSplit)
{
	const LayerShape shapes[] = {{256, 54, 128}, {128, 100, 7}, {300, 10, 1}, {97, 300, 65}};
	for (const LayerShape &shape : shapes)
		for (const Kernels *k : available())
		{
			SCOPED_TRACE(name(*k, shape));
			const Problem p(shape);
			Floats C, D, G = numbers((shape.inputs + 1) * shape.outputs, 5);
			const Floats weights = p.backward_weights(*k, G);

			for (size_t begin = 0, rows = 1; begin < shape.rows; begin += rows, rows = rows * 2 + 1)
			{
				rows = std::min(rows, shape.rows - begin);
				const Problem part = p.part(begin, begin + rows);
				const Floats c = part.forward(*k, Rectifier::kLeakyRelu);
				const Floats d = part.backward_data(*k, Rectifier::kRelu);
				C.insert(C.end(), c.begin(), c.end());
				D.insert(D.end(), d.begin(), d.end());
				G = part.backward_weights(*k, G);
			}
			EXPECT_TRUE(same_bits(C, p.forward(*k, Rectifier::kLeakyRelu)));
			EXPECT_TRUE(same_bits(D, p.backward_data(*k, Rectifier::kRelu)));
			EXPECT_TRUE(same_bits(G, weights));
		}
}

TEST(Kernels, TheInstructionSetsWithFusedMultiplyAddAgree)
{
	if (!nn::simd_available(Simd::kAvx512))
		GTEST_SKIP() << "needs a processor with AVX-512";
	const Kernels &a = nn::kernels_of(Simd::kAvx2), &b = nn::kernels_of(Simd::kAvx512);
	const Problem p({200, 300, 65});
	const Floats before = numbers(301 * 65, 5);

	for (Rectifier f : kRectifiers)
	{
		EXPECT_TRUE(same_bits(p.forward(a, f), p.forward(b, f)));
		EXPECT_TRUE(same_bits(p.backward_data(a, f), p.backward_data(b, f)));
	}
	EXPECT_TRUE(same_bits(p.backward_weights(a, before), p.backward_weights(b, before)));
}

TEST(Kernels, NaNStaysNaNAndStaysInItsRow)
{
	Problem p({30, 20, 40});
	p.A[3 * 20 + 5] = p.dZ[3 * 40 + 39] = kNaN;
	for (const Kernels *k : available())
		for (Rectifier f : kRectifiers)
		{
			SCOPED_TRACE(name(*k, p.shape));
			const Floats C = p.forward(*k, f), D = p.backward_data(*k, Rectifier::kNone);
			for (size_t i = 0; i < C.size(); i++)
				ASSERT_EQ(std::isnan(C[i]), i / 40 == 3) << i;
			for (size_t i = 0; i < D.size(); i++)
				ASSERT_EQ(std::isnan(D[i]), i / 20 == 3) << i;
		}
}

TEST(Kernels, SumsInPairs)
{
	std::vector<Floats> terms;
	std::vector<const float *> x;

	for (uint64_t t = 0; t < nn::kMostTerms; t++)
		terms.push_back(numbers(37, t + 1));
	for (const Floats &term : terms)
		x.push_back(term.data());
	for (const Kernels *k : available())
		for (size_t n = 1; n <= nn::kMostTerms; n++)
			for (nn::Sum sum : {nn::Sum::kSet, nn::Sum::kAdd})
			{
				Floats y = numbers(37, 9);
				const Floats before = y;
				k->sum(n, x.data(), 37, sum, y.data());
				for (size_t i = 0; i < 37; i++)
				{
					const auto term = [&](size_t t) { return t < n ? x[t][i] : 0; };
					const float total = (term(0) + term(1)) + (term(2) + term(3));
					ASSERT_EQ(y[i], sum == nn::Sum::kAdd ? total + before[i] : total);
				}
			}
}

TEST(Kernels, InfinityIsRectified)
{
	constexpr float kInfinity = std::numeric_limits<float>::infinity();
	for (const Kernels *k : available())
		for (size_t out : {1, 7, 33})
		{
			Problem p({20, 1, out});
			p.b.assign(out, -kInfinity);
			EXPECT_EQ(p.forward(*k, Rectifier::kRelu), Floats(20 * out, 0));
			EXPECT_EQ(p.forward(*k, Rectifier::kLeakyRelu), Floats(20 * out, -kInfinity));
		}
}

TEST(Kernels, SizesAreChecked)
{
	EXPECT_GE(nn::packed_size(54, 7), 54u * 7);
	EXPECT_EQ(rows::error_of([] { nn::packed_size(SIZE_MAX / 8, 17); }).code, NN_LIMIT);
	EXPECT_EQ(rows::error_of([] { nn::packed_size(1, SIZE_MAX); }).code, NN_LIMIT);
	EXPECT_EQ(rows::error_of([] { nn::scratch_size({1, SIZE_MAX / 2, 1}); }).code, NN_LIMIT);
	EXPECT_EQ(rows::error_of([] { nn::scratch_size({1, 1, SIZE_MAX}); }).code, NN_LIMIT);
}

} // namespace
