#include "core/curves.h"

#include "core/simd.h"

namespace nn
{

namespace baseline
{
extern const Curves kCurves;
}
namespace avx2
{
extern const Curves kCurves;
}
namespace avx512
{
extern const Curves kCurves;
}

const Curves &curves()
{
#ifdef PGNN_X86_64
	const Simd simd = current_simd();
	if (simd == Simd::kAvx512)
		return avx512::kCurves;
	if (simd == Simd::kAvx2)
		return avx2::kCurves;
#endif
	return baseline::kCurves;
}

} // namespace nn
