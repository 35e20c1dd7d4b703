#include "core/kernels.h"

#include <algorithm>

#include "core/checked.h"
#include "core/kernels_tables.h"

namespace nn
{

namespace
{

size_t round_up(size_t count)
{
	return checked_add(count, kWidestVector - 1) / kWidestVector * kWidestVector;
}

} // namespace

const Kernels &kernels_of(Simd simd)
{
#ifdef PGNN_X86_64
	if (simd == Simd::kAvx512)
		return avx512::kKernels;
	if (simd == Simd::kAvx2)
		return avx2::kKernels;
#endif
	static_cast<void>(simd);
	return baseline::kKernels;
}

const Kernels &kernels()
{
	return kernels_of(current_simd());
}

size_t packed_size(size_t inputs, size_t outputs)
{
	return checked_multiply(inputs, round_up(outputs));
}

// The forward pass needs the packed weights, or a block of rows and of results, transposed; the
// backward ones a block of a matrix, packed, and the gradient of the weights, transposed.
size_t scratch_size(const LayerShape &shape)
{
	const size_t packed = packed_size(shape.inputs, shape.outputs);
	const size_t rows = round_up(std::min(shape.rows, kRowBlock));
	const size_t depth = std::min(std::max(shape.rows, shape.outputs), kDepthBlock);
	const size_t width = round_up(std::max(shape.inputs, shape.outputs));
	return std::max(checked_multiply(checked_add(shape.inputs, shape.outputs), rows),
					checked_add(packed, checked_multiply(depth, width)));
}

} // namespace nn
