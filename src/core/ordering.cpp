#include "core/ordering.h"

#include <cstring>

namespace nn
{

namespace
{

constexpr int kDigitBits = 11;
constexpr size_t kDigits = size_t(1) << kDigitBits;
constexpr size_t kGrain = 1000000; // rows: some 10 ms
constexpr uint64_t kSign = uint64_t(1) << 63;

size_t digit(uint64_t key, int shift)
{
	return static_cast<size_t>(key >> shift) & (kDigits - 1);
}

} // namespace

// A number's bits such that they compare as it does: those of a negative one count backwards.
uint64_t Ordering::key_of(double number)
{
	uint64_t bits;

	number += 0.0; // -0 is 0
	memcpy(&bits, &number, sizeof(bits));
	return bits & kSign ? ~bits : bits | kSign;
}

double Ordering::number_of(uint64_t key)
{
	const uint64_t bits = key & kSign ? key & ~kSign : ~key;
	double number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

void Ordering::resize(size_t rows)
{
	entries_.resize(rows);
	sorted_.resize(rows);
}

void Ordering::add_sort(Steps &steps)
{
	for (int shift = 0; shift < 64; shift += kDigitBits)
	{
		steps.add([this] { places_.assign(kDigits + 1, 0); });
		steps.add(entries_.size(), kGrain, [this, shift](size_t begin, size_t end) {
			for (size_t i = begin; i < end; i++)
				places_[digit(entries_[i].key, shift) + 1]++;
		});
		steps.add([this] {
			for (size_t d = 1; d <= kDigits; d++)
				places_[d] += places_[d - 1];
		});
		steps.add(entries_.size(), kGrain, [this, shift](size_t begin, size_t end) {
			for (size_t i = begin; i < end; i++)
				sorted_[places_[digit(entries_[i].key, shift)]++] = entries_[i];
		});
		steps.add([this] { entries_.swap(sorted_); });
	}
}

} // namespace nn
