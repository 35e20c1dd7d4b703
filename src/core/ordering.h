/*
 * ordering.h: rows by a number of each, sorted in small steps: by its bits, the lowest first, as many
 * at a time as make a table that fits the processor's cache (D. Knuth, The Art of Computer Programming,
 * volume 3, section 5.2.5).
 */
#ifndef PGNN_ORDERING_H
#define PGNN_ORDERING_H

#include <cstdint>
#include <vector>

#include "core/steps.h"

namespace nn
{

class Ordering
{
public:
	// What a row takes.
	static constexpr size_t kRowBytes = 32;

	// Makes room for so many rows, whose numbers are to be set then.
	void resize(size_t rows);
	void set(size_t row, double number) { entries_[row] = {key_of(number), uint32_t(row)}; }

	// Sorts them; equal ones stay in their order. The ordering must outlive the steps.
	void add_sort(Steps &steps);

	size_t size() const { return entries_.size(); }
	uint32_t row(size_t place) const { return entries_[place].row; }
	double number(size_t place) const { return number_of(entries_[place].key); }

private:
	struct Entry
	{
		uint64_t key;
		uint32_t row;
	};

	static uint64_t key_of(double number);
	static double number_of(uint64_t key);

	std::vector<Entry> entries_, sorted_;
	std::vector<size_t> places_; // of each digit, where its next entry goes
};

} // namespace nn

#endif
