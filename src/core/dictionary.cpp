#include "core/dictionary.h"

#include <algorithm>
#include <numeric>

#include "core/limits.h"
#include "core/random.h"

namespace nn
{

uint32_t Dictionary::add(const char *text, size_t length, double order, const std::string &column)
{
	probe_.assign(text, length);
	const auto found = numbers_.find(probe_);
	if (found != numbers_.end())
		return found->second;
	if (length > kMaxCategoryLength || entries_.size() == kMaxCategories)
		throw refusal(length, column);

	const uint32_t number = static_cast<uint32_t>(entries_.size()) + 1;
	entries_.push_back({probe_, order, hash_bytes(text, length)});
	numbers_.emplace(probe_, number);
	return number;
}

bool Dictionary::takes(const char *text, size_t length)
{
	probe_.assign(text, length);
	return numbers_.find(probe_) != numbers_.end() ||
		   (length <= kMaxCategoryLength && entries_.size() < kMaxCategories);
}

Error Dictionary::refusal(size_t length, const std::string &column) const
{
	if (length > kMaxCategoryLength)
		return Error(NN_LIMIT, "column \"%s\" has a text of %zu bytes, at most %zu are possible",
					 column.c_str(), length, kMaxCategoryLength)
			.with_hint("Leave the column out of the query, or shorten its values.");
	return Error(NN_LIMIT, "column \"%s\" has more than %d different values", column.c_str(),
				 kMaxCategories)
		.with_hint("Leave the column out of the query, or group its values.");
}

std::vector<std::string> Dictionary::sorted(std::vector<uint32_t> &ranks) const
{
	std::vector<uint32_t> places(entries_.size());
	std::vector<std::string> texts;

	std::iota(places.begin(), places.end(), 0u);
	std::sort(places.begin(), places.end(), [this](uint32_t a, uint32_t b) {
		const Entry &left = entries_[a], &right = entries_[b];
		return left.order != right.order ? left.order < right.order : left.text < right.text;
	});
	ranks.resize(entries_.size());
	for (uint32_t place : places)
	{
		ranks[place] = static_cast<uint32_t>(texts.size());
		texts.push_back(entries_[place].text);
	}
	return texts;
}

} // namespace nn
