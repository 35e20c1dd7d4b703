/*
 * random.cpp: the generator's outputs are part of what a seed promises: they never change.
 */
#include "core/random.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace
{

using nn::hash_bytes;
using nn::Random;

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15u;

// The first outputs of the authors' SplitMix64 from the state 1234567.
constexpr uint64_t kFirst[] = {6457827717110365317u, 3203168211198807973u, 9817491932198370423u,
							   4593380528125082431u, 16408922859458223821u};

TEST(Random, MixIsThatOfSplitMix64)
{
	uint64_t state = 1234567;
	for (uint64_t expected : kFirst)
		EXPECT_EQ(nn::mix(state += kGolden), expected);
}

// The stream starts from the seed's first output, moved on by the stream's number.
TEST(Random, IsSplitMix64FromTheSeed)
{
	for (uint64_t stream : {0u, 1u, 77u})
	{
		Random random(1234567, stream);
		uint64_t state = nn::mix(kFirst[0] + stream * kGolden);
		for (int i = 0; i < 100; i++)
			EXPECT_EQ(random.next(), nn::mix(state += kGolden));
	}
}

// Printed by reference.py. Whoever changes them changes every model ever trained with a seed.
TEST(Random, OutputsNeverChange)
{
	Random random(42);
	EXPECT_EQ(random.next(), 14241928491073317330u);
	EXPECT_EQ(random.next(), 7040222520599051659u);
	EXPECT_EQ(Random(42, 1).next(), 7138415436909018950u);
	EXPECT_EQ(Random(0).next(), 6235967106033911276u);
	EXPECT_EQ(Random(static_cast<uint64_t>(-1)).next(), 7588662720055003805u);
}

TEST(Random, StreamsAndSeedsDiffer)
{
	std::set<uint64_t> seen;
	for (uint64_t seed = 0; seed < 30; seed++)
		for (uint64_t stream = 0; stream < 30; stream++)
			seen.insert(Random(seed, stream).next());
	EXPECT_EQ(seen.size(), 900u);
}

TEST(Random, UniformIsInRangeAndEven)
{
	constexpr int kDraws = 100000;
	Random random(7);
	double sum = 0, square = 0, low = 1, high = 0;

	for (int i = 0; i < kDraws; i++)
	{
		const double u = random.uniform();
		sum += u;
		square += u * u;
		low = std::min(low, u);
		high = std::max(high, u);
	}
	EXPECT_GE(low, 0);
	EXPECT_LT(low, 1e-3);
	EXPECT_LT(high, 1);
	EXPECT_GT(high, 0.999);
	EXPECT_NEAR(sum / kDraws, 0.5, 0.005); // 5 standard errors
	EXPECT_NEAR(square / kDraws, 1. / 3, 0.005);
}

TEST(Random, BelowIsInRangeAndEven)
{
	constexpr int kDraws = 70000, kLimit = 7;
	int counts[kLimit] = {};
	Random random(8);

	for (int i = 0; i < kDraws; i++)
	{
		const uint64_t drawn = random.below(kLimit);
		ASSERT_LT(drawn, static_cast<uint64_t>(kLimit));
		counts[drawn]++;
	}
	for (int count : counts)
		EXPECT_NEAR(count, kDraws / kLimit, 500); // 5 standard errors
	for (int i = 0; i < 100; i++)
		EXPECT_EQ(random.below(1), 0u);
	EXPECT_GT(random.below(UINT64_MAX), 1u << 30);
}

TEST(Random, HashesNeverChange)
{
	EXPECT_EQ(hash_bytes("", 0), 6238072747940578789u);
	EXPECT_EQ(hash_bytes("a", 1), 5162862049240342588u);
	EXPECT_EQ(hash_bytes("abcdefgh", 8), 14658835495750942425u);
	EXPECT_EQ(hash_bytes("abcdefghi", 9), 7406054867883345314u);
	EXPECT_EQ(hash_bytes("\xff\x80\x00\x7f", 4), 17926235441290994034u);
}

TEST(Random, HashesOfSimilarBytesDiffer)
{
	std::set<uint64_t> seen;
	size_t made = 0;
	const auto add = [&](const std::string &bytes) {
		seen.insert(hash_bytes(bytes.data(), bytes.size()));
		made++;
	};

	const std::string text = "the quick brown fox jumps over it";
	for (size_t length = 0; length <= text.size(); length++) // prefixes
		add(text.substr(0, length));
	for (size_t length = 1; length < 40; length++) // zeros only
		add(std::string(length, '\0'));
	for (size_t place = 0; place < text.size(); place++) // one bit
		for (int bit = 0; bit < 8; bit++)
		{
			std::string other = text;
			other[place] = static_cast<char>(other[place] ^ (1 << bit));
			add(other);
		}
	add("abcdefgh12345678"); // words swapped
	add("12345678abcdefgh");
	EXPECT_EQ(seen.size(), made);
}

} // namespace
