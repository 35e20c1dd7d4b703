/*
 * refusals.h: work done over and over, with another allocation refused each time.
 */
#ifndef PGNN_TEST_REFUSALS_H
#define PGNN_TEST_REFUSALS_H

#include <functional>

#include <gtest/gtest.h>

#include "allocations.h"
#include "core/api.h"

namespace refusals
{

// Work that takes all its memory anew, ends with the first call that fails, and frees everything.
using Work = std::function<void(nn_status &)>;

// Allocations without which it can do: memory is given back by realloc().
constexpr size_t kDispensable = 2;

inline void sweep(const Work &work, size_t dispensable, bool all_that_follow)
{
	size_t refused = 0, survived = 0;

	for (size_t k = 0; k < 100000; k++)
	{
		nn_status status;

		allocations::allowed = k;
		allocations::failures = 0;
		allocations::for_good = all_that_follow;
		allocations::bytes = 0;
		allocations::counting = true;
		allocations::armed = true;
		work(status);
		allocations::armed = false;
		allocations::counting = false;
		ASSERT_EQ(allocations::bytes, 0) << "kept after allocation " << k;

		if (allocations::failures == 0)
		{
			EXPECT_EQ(status.code, NN_OK) << status.message;
			EXPECT_GT(refused, 1u); // the sweep saw something
			EXPECT_LE(survived, dispensable);
			return;
		}
		if (status.code == NN_OK)
			survived++;
		else
		{
			refused++;
			ASSERT_EQ(status.code, NN_NO_MEMORY) << "allocation " << k << ": " << status.message;
			ASSERT_STREQ(status.message, "out of memory");
		}
	}
	FAIL() << "no end of allocations";
}

// Lets each allocation fail in turn, alone and with all after it, until none is left that could. Every
// refusal must be reported as one, and no byte be kept.
inline void sweep(const Work &work, size_t dispensable = kDispensable)
{
	nn_status status;

	work(status); // what is made once, for the process, is there
	ASSERT_EQ(status.code, NN_OK) << status.message;
	sweep(work, dispensable, false);
	sweep(work, dispensable, true);
}

} // namespace refusals

#endif
