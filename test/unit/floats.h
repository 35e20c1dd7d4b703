/*
 * floats.h: arrays of float for the tests of kernels, and the kernels there are.
 */
#ifndef PGNN_TEST_FLOATS_H
#define PGNN_TEST_FLOATS_H

#include <cstring>
#include <vector>

#include "core/kernels.h"
#include "core/random.h"

namespace floats
{

using Floats = std::vector<float>;

// Of every instruction set that this machine has.
inline std::vector<const nn::Kernels *> available()
{
	std::vector<const nn::Kernels *> all;
	for (int i = 0; i < nn::kSimdCount; i++)
		if (nn::simd_available(static_cast<nn::Simd>(i)))
			all.push_back(&nn::kernels_of(static_cast<nn::Simd>(i)));
	return all;
}

// Between -1 and 1.
inline Floats numbers(size_t count, uint64_t stream)
{
	nn::Random random(42, stream);
	Floats x(count);
	for (float &value : x)
		value = static_cast<float>(2 * random.uniform() - 1);
	return x;
}

inline bool same_bits(const Floats &a, const Floats &b)
{
	return a.size() == b.size() && memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

} // namespace floats

#endif
