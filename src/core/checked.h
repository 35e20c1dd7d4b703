/*
 * checked.h: arithmetic on sizes that throws instead of wrapping around.
 */
#ifndef PGNN_CHECKED_H
#define PGNN_CHECKED_H

#include <cstddef>

#include "core/error.h"

namespace nn
{

inline size_t checked_add(size_t a, size_t b)
{
	size_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		throw Error(NN_LIMIT, "size overflow: %zu + %zu", a, b);
	return sum;
}

inline size_t checked_multiply(size_t a, size_t b)
{
	size_t product;
	if (__builtin_mul_overflow(a, b, &product))
		throw Error(NN_LIMIT, "size overflow: %zu * %zu", a, b);
	return product;
}

} // namespace nn

#endif
