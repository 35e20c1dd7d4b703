// Compiled with the flags of this instruction set: see the Makefile.
#include "core/simd.h"

#ifdef PGNN_X86_64
#define PGNN_KERNELS avx512
#define PGNN_KERNELS_SIMD Simd::kAvx512
#define PGNN_KERNELS_WIDTH 16
#define PGNN_KERNELS_ROWS 14
#include "core/kernels_curves.h"
#include "core/kernels_impl.h"
#endif
