#include "peak.h"

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace bench
{

namespace
{

using nn::Simd;

constexpr int64_t kRounds = 100000;
constexpr int kMeasurements = 100;

#define PEAK_CLOBBERS                                                                              \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
		"xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc"

// A loop of multiply-adds on 12 registers: as many chains as hide the latency, and no memory. In
// assembler, as the compiler stores arrays of vectors in every round.
double loop_seconds(Simd simd)
{
	const double start = thread_seconds();
	int64_t rounds = kRounds;
#ifdef PGNN_X86_64
	if (simd == Simd::kAvx512)
		asm volatile("vzeroall\n"
					 "0: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n"
					 "vfmadd231ps %%zmm14,%%zmm15,%%zmm\\r\n"
					 ".endr\n dec %0\n jnz 0b\n vzeroupper"
					 : "+r"(rounds)::PEAK_CLOBBERS);
	else if (simd == Simd::kAvx2)
		asm volatile("vzeroall\n"
					 "0: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n"
					 "vfmadd231ps %%ymm14,%%ymm15,%%ymm\\r\n"
					 ".endr\n dec %0\n jnz 0b\n vzeroupper"
					 : "+r"(rounds)::PEAK_CLOBBERS);
	else
		asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11,14,15\n xorps %%xmm\\r,%%xmm\\r\n .endr\n"
					 "0: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n"
					 "movaps %%xmm14,%%xmm12\n mulps %%xmm15,%%xmm12\n addps %%xmm12,%%xmm\\r\n"
					 ".endr\n dec %0\n jnz 0b"
					 : "+r"(rounds)::PEAK_CLOBBERS);
#endif
	return thread_seconds() - start;
}

} // namespace

double thread_seconds()
{
	timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double peak(Simd simd)
{
	const int width = simd == Simd::kAvx512 ? 16 : simd == Simd::kAvx2 ? 8 : 4;
	return 2.0 * 12 * width * kRounds / loop_seconds(simd);
}

double highest_peak(Simd simd)
{
	double most = 0;

	for (int i = 0; i < kMeasurements; i++)
		most = std::max(most, peak(simd));
	return most;
}

} // namespace bench
