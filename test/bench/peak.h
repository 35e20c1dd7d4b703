/*
 * peak.h: what the processor could do at most, to compare with.
 */
#ifndef PGNN_BENCH_PEAK_H
#define PGNN_BENCH_PEAK_H

#include "core/simd.h"

namespace bench
{

// Processor seconds of this thread: what others take from a shared machine doesn't count.
double thread_seconds();

// Operations a second of a loop of multiply-adds that touches registers only, over some 10 to 40
// microseconds; without meaning where there is no such loop.
double peak(nn::Simd simd);

// The most of many such measurements.
double highest_peak(nn::Simd simd);

} // namespace bench

#endif
