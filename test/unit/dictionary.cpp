/*
 * dictionary.cpp: the numbers of texts, their order, their limit.
 */
#include "core/dictionary.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.h"
#include "core/random.h"
#include "rows.h"

namespace
{

using nn::Dictionary;

uint32_t add(Dictionary &dictionary, const std::string &text, double order = 0)
{
	return dictionary.add(text.data(), text.size(), order, "colour");
}

TEST(Dictionary, NumbersValuesAsTheyCome)
{
	Dictionary dictionary;

	EXPECT_EQ(add(dictionary, "red"), 1u);
	EXPECT_EQ(add(dictionary, "blue"), 2u);
	EXPECT_EQ(add(dictionary, ""), 3u); // a value as any other
	EXPECT_EQ(add(dictionary, "red"), 1u);
	EXPECT_EQ(add(dictionary, ""), 3u);
	EXPECT_EQ(add(dictionary, "Red"), 4u);
	EXPECT_EQ(add(dictionary, "red "), 5u);
	EXPECT_EQ(dictionary.size(), 5u);
	EXPECT_EQ(dictionary.hash(2), nn::hash_bytes("blue", 4));
}

TEST(Dictionary, SortsByBytesAndGivesRanks)
{
	Dictionary dictionary;
	std::vector<uint32_t> ranks;

	for (const char *text : {"b", "a", "\xc3\xa4", "B", "ab"})
		add(dictionary, text);
	EXPECT_EQ(dictionary.sorted(ranks),
			  (std::vector<std::string>{"B", "a", "ab", "b", "\xc3\xa4"}));
	EXPECT_EQ(ranks, (std::vector<uint32_t>{3, 1, 4, 0, 2}));
}

// An enum sorts by its own order, a number by its value.
TEST(Dictionary, SortsByOrderBeforeBytes)
{
	Dictionary dictionary;
	std::vector<uint32_t> ranks;

	add(dictionary, "10", 10);
	add(dictionary, "9", 9);
	add(dictionary, "-1", -1);
	add(dictionary, "a", 9);
	EXPECT_EQ(dictionary.sorted(ranks), (std::vector<std::string>{"-1", "9", "a", "10"}));
	EXPECT_EQ(ranks, (std::vector<uint32_t>{3, 1, 0, 2}));
}

TEST(Dictionary, Empty)
{
	std::vector<uint32_t> ranks = {7};

	EXPECT_TRUE(Dictionary().sorted(ranks).empty());
	EXPECT_TRUE(ranks.empty());
}

TEST(Dictionary, ALimitOfValues)
{
	Dictionary dictionary;

	for (int i = 0; i < nn::kMaxCategories; i++)
		add(dictionary, std::to_string(i));
	const nn::Error error = rows::error_of([&] { add(dictionary, "one more"); });
	EXPECT_EQ(error.code, NN_LIMIT);
	EXPECT_STREQ(error.message, "column \"colour\" has more than 1000 different values");
	EXPECT_STREQ(error.hint, "Leave the column out of the query, or group its values.");
	EXPECT_EQ(add(dictionary, "999"), 1000u); // known ones still are
}

TEST(Dictionary, ALimitOfLength)
{
	Dictionary dictionary;

	EXPECT_EQ(add(dictionary, std::string(nn::kMaxCategoryLength, 'x')), 1u);
	const nn::Error error =
		rows::error_of([&] { add(dictionary, std::string(nn::kMaxCategoryLength + 1, 'x')); });
	EXPECT_EQ(error.code, NN_LIMIT);
	EXPECT_STREQ(error.message,
				 "column \"colour\" has a text of 1001 bytes, at most 1000 are possible");
	EXPECT_STREQ(error.hint, "Leave the column out of the query, or shorten its values.");
	EXPECT_EQ(dictionary.size(), 1u);
}

} // namespace
