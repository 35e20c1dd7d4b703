/*
 * bytes.h: what a fuzzer's bytes are taken for: numbers, with those at which arithmetic has its corners
 * more often; names, mostly such as are known; arrays of both. Where the bytes end, it is zeros.
 */
#ifndef PGNN_FUZZ_BYTES_H
#define PGNN_FUZZ_BYTES_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <deque>
#include <limits>
#include <string>
#include <vector>

namespace fuzz
{

class Bytes
{
public:
	Bytes(const uint8_t *data, size_t size) : next_(data), end_(data + size) {}

	uint8_t byte() { return next_ < end_ ? *next_++ : 0; }
	bool one_in(int n) { return byte() % n == n - 1; }
	int below(int n) { return byte() % n; }

	int32_t integer()
	{
		constexpr int32_t kCorners[] = {0,       1,         -1,        2,     100,    101,
										255,     1000,      65536,     65537, 100000, 100001,
										1000000, INT32_MAX, INT32_MIN, 3};
		const uint8_t kind = byte();
		if (kind < 128)
			return kCorners[kind % 16];
		if (kind < 192)
			return byte();
		return static_cast<int32_t>(bits(4));
	}

	double number()
	{
		constexpr double kCorners[] = {0,    1,     -1,   0.5,   -0.0,   1e-3,  1e-300, 5e-324,
									   3e38, -3e38, 1e39, 1e308, -1e308, 1e-38, 10,     0.9};
		const uint8_t kind = byte();
		if (kind < 128)
			return kCorners[kind % 16];
		if (kind < 132)
			return std::numeric_limits<double>::quiet_NaN();
		if (kind < 136)
			return std::numeric_limits<double>::infinity() * (kind % 2 == 0 ? 1 : -1);
		if (kind < 224)
			return (static_cast<int>(byte()) - 128) / 16.0;
		const uint64_t pattern = bits(8);
		double result;
		memcpy(&result, &pattern, sizeof(result));
		return result;
	}

	// One of the names, or what the bytes say.
	template <size_t n> const char *name(const char *const (&names)[n])
	{
		return one_in(8) ? text() : names[byte() % n];
	}

	// Lives as long as the Bytes.
	const char *text()
	{
		std::string result;
		for (int length = below(12); length > 0; length--)
			result.push_back(static_cast<char>(byte() % 255 + 1));
		if (one_in(16))
			result.append(1100, 'x'); // longer than a category may be
		texts_.push_back(result);
		return texts_.back().c_str();
	}

	std::vector<double> numbers(size_t count)
	{
		std::vector<double> result(count);
		for (double &x : result)
			x = number();
		return result;
	}

private:
	uint64_t bits(int count)
	{
		uint64_t result = 0;
		while (count-- > 0)
			result = result << 8 | byte();
		return result;
	}

	const uint8_t *next_, *end_;
	std::deque<std::string> texts_; // whose elements stay where they are
};

} // namespace fuzz

#endif
