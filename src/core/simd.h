/*
 * simd.h: the instruction sets that the kernels exist for, and the one in use.
 *
 * The best that processor and operating system offer, unless a setting or a test chose another.
 * Includes nothing, so that the objects compiled for one instruction set may include it.
 */
#ifndef PGNN_SIMD_H
#define PGNN_SIMD_H

// The only question about the architecture; elsewhere than on x86-64 there is the baseline alone.
#if defined(__x86_64__)
#define PGNN_X86_64
#endif

namespace nn
{

enum class Simd
{
	kBaseline, // whatever the compiler was told to assume
	kAvx2,     // with FMA
	kAvx512    // F, DQ, VL and BW
};
constexpr int kSimdCount = 3;

const char *simd_name(Simd simd);

// Whether this processor and this library have it.
bool simd_available(Simd simd);

// The best one available.
Simd best_simd();

// Looks up 'baseline', 'avx2' or 'avx512', or 'auto' for the best available; false for other names.
bool find_simd(const char *name, Simd &simd);

// Makes it the current one; NN_INVALID where it isn't available. Not while kernels run.
void set_simd(Simd simd);

// The one in use: the best, until set_simd() was called.
Simd current_simd();

} // namespace nn

#endif
