#define PGNN_KERNELS baseline
#define PGNN_KERNELS_SIMD Simd::kBaseline
#define PGNN_KERNELS_WIDTH 4
#define PGNN_KERNELS_ROWS 6
#include "core/kernels_curves.h"
#include "core/kernels_impl.h"
