/*
 * leaks.h: does one column alone give the target away? A copy of it does, the same in other units, or
 * a date that is NULL unless the customer was lost: what is known only once the target is.
 *
 * Judged on a sample of rows, by predicting each from the others ("leave one out"): an id, which can
 * only be learnt by heart, predicts nothing there.
 */
#ifndef PGNN_LEAKS_H
#define PGNN_LEAKS_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nn
{

constexpr size_t kLeakRows = 50;            // fewer say nothing of numbers
constexpr size_t kLeakFew = 20;             // rows that may not decide alone
constexpr double kLeakErrors = 0.01;        // at most, of those of the commonest class
constexpr double kLeakUnexplained = 0.001;  // at most, 1 - R^2
constexpr double kLeakCorrelation = 0.9999; // at least, squared

// The values of one column in the rows of the sample.
struct LeakSample
{
	// One of them is empty: numbers, NaN for NULL; or codes of categories, one of them for NULL.
	std::vector<float> numbers;
	std::vector<uint32_t> codes;

	bool categories() const { return numbers.empty(); }
	size_t rows() const { return categories() ? codes.size() : numbers.size(); }
};

// Whether the column predicts the target, classes or numbers, (nearly) perfectly; the target has no
// NULLs. Whatever order the rows come in, the answer is the same. Takes n log n steps.
bool gives_away(const LeakSample &column, const LeakSample &target);

} // namespace nn

#endif
