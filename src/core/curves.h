/*
 * curves.h: the functions of activations and losses on plain float arrays, once for each instruction
 * set as the kernels (kernels.h). There avx2 and avx512 agree to the last bit; the baseline rounds
 * products before it adds them, and differs in the last place or two.
 *
 * How far a result may be from the exact one is said in units in the last place, as measured over all
 * floats by test/unit/curves.cpp. NaN stays NaN, infinities have the limits that they should have.
 */
#ifndef PGNN_CURVES_H
#define PGNN_CURVES_H

#include <algorithm>
#include <cstddef>
#include <type_traits>

namespace nn
{

// Each writes y (count) from x (count), which may be the same array.
struct Curves
{
	using Function = void(size_t count, const float *x, float *y);

	Function *exp;        // e^x: 2
	Function *tanh;       // 3
	Function *sigmoid;    // 1 / (1 + e^-x): 4; 0 where it is below the smallest normal number
	Function *softplus;   // ln(1 + e^x): 3
	Function *normal_cdf; // that of a normal distribution: 2^-22 in absolute terms, and 4e-6 of it
						  // down to the smallest normal number
};

// Those of the current instruction set.
const Curves &curves();

// y = f(x), n of each: in float by the curves, in double, which proves the gradients, by the library.
template <class T, class Exact>
void curve(Curves::Function *fast, Exact exact, std::ptrdiff_t n, const T *x, T *y)
{
	if constexpr (std::is_same_v<T, float>)
		fast(static_cast<size_t>(n), x, y);
	else
		std::transform(x, x + n, y, exact);
}

} // namespace nn

#endif
