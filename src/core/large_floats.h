/*
 * large_floats.h: memory for many floats, such as all parameters of a network.
 *
 * Fresh memory costs a page fault for every 4 kB, on some virtual machines more than all that is
 * done with it. So large blocks ask for pages of 2 MB.
 */
#ifndef PGNN_LARGE_FLOATS_H
#define PGNN_LARGE_FLOATS_H

#include <cstddef>
#include <memory>

namespace nn
{

// They start with a cache line or a large page, and are not initialised. A copy shares them.
class LargeFloats
{
public:
	explicit LargeFloats(size_t count);

	float *data() const { return data_; }

private:
	std::shared_ptr<char[]> memory_;
	float *data_;
};

} // namespace nn

// What the C side has of it.
struct nn_floats
{
	nn::LargeFloats floats;
};

#endif
