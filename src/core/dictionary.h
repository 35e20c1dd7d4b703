/*
 * dictionary.h: the distinct values of a text column while rows are read.
 */
#ifndef PGNN_DICTIONARY_H
#define PGNN_DICTIONARY_H

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/error.h"

namespace nn
{

// Numbers values from 1 as they come; number 0 is left for NULL.
class Dictionary
{
public:
	// The number of a value. order is where it sorts, before its bytes do. Throws NN_LIMIT beyond
	// kMaxCategories, naming the column.
	uint32_t add(const char *text, size_t length, double order, const std::string &column);

	// Whether add() would take it, and what it would throw otherwise.
	bool takes(const char *text, size_t length);
	Error refusal(size_t length, const std::string &column) const;

	size_t size() const { return entries_.size(); }

	// The hash of a value's bytes: unlike its number the same in whatever order values came.
	uint64_t hash(uint32_t number) const { return entries_[number - 1].hash; }

	// The values by order, then by their bytes; ranks[number - 1] becomes each one's place.
	std::vector<std::string> sorted(std::vector<uint32_t> &ranks) const;

private:
	struct Entry
	{
		std::string text;
		double order;
		uint64_t hash;
	};

	std::vector<Entry> entries_;
	std::unordered_map<std::string, uint32_t> numbers_;
	std::string probe_; // a look-up key whose memory is used again
};

} // namespace nn

#endif
