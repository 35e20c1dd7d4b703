#include "core/simd.h"

#include <atomic>
#include <cstring>
#include <iterator>

#include "core/error.h"

namespace nn
{

namespace
{

constexpr const char *kNames[] = {"baseline", "avx2", "avx512"};
static_assert(std::size(kNames) == kSimdCount);

constexpr int kUnset = -1;
std::atomic<int> chosen{kUnset};

} // namespace

const char *simd_name(Simd simd)
{
	return kNames[static_cast<int>(simd)];
}

// __builtin_cpu_supports asks the operating system, too: it has to save the registers.
bool simd_available(Simd simd)
{
#ifdef PGNN_X86_64
	if (simd == Simd::kAvx2)
		return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
	if (simd == Simd::kAvx512)
		return simd_available(Simd::kAvx2) && __builtin_cpu_supports("avx512f") &&
			   __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
			   __builtin_cpu_supports("avx512bw");
#endif
	return simd == Simd::kBaseline;
}

Simd best_simd()
{
	return simd_available(Simd::kAvx512) ? Simd::kAvx512
		   : simd_available(Simd::kAvx2) ? Simd::kAvx2
										 : Simd::kBaseline;
}

bool find_simd(const char *name, Simd &simd)
{
	if (strcmp(name, "auto") == 0)
	{
		simd = best_simd();
		return true;
	}
	for (int i = 0; i < kSimdCount; i++)
		if (strcmp(name, kNames[i]) == 0)
		{
			simd = static_cast<Simd>(i);
			return true;
		}
	return false;
}

void set_simd(Simd simd)
{
	if (!simd_available(simd))
		throw Error(NN_INVALID, "this processor has no %s instructions", simd_name(simd))
			.with_hint("Use %s or auto.", simd_name(best_simd()));
	chosen.store(static_cast<int>(simd), std::memory_order_relaxed);
}

Simd current_simd()
{
	const int simd = chosen.load(std::memory_order_relaxed);
	return simd == kUnset ? best_simd() : static_cast<Simd>(simd);
}

} // namespace nn
