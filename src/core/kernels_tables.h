/*
 * kernels_tables.h: what kernels.cpp and the objects of the instruction sets know of each other.
 */
#ifndef PGNN_KERNELS_TABLES_H
#define PGNN_KERNELS_TABLES_H

#include "core/kernels.h"

namespace nn
{

constexpr size_t kWidestVector = 16; // floats
constexpr size_t kDepthBlock = 256;  // most terms summed before the next tile
constexpr size_t kRowBlock = 256;    // most rows between two passes over the weights

namespace baseline
{
extern const Kernels kKernels;
}
namespace avx2
{
extern const Kernels kKernels;
}
namespace avx512
{
extern const Kernels kKernels;
}

} // namespace nn

#endif
