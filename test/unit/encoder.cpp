/*
 * encoder.cpp: from raw values to inputs, for each kind of feature, good values and bad ones.
 */
#include "core/encoder.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.h"
#include "rows.h"

namespace
{

using nn::Encoder;
using nn::Feature;
using rows::array;
using rows::error_of;
using rows::floats;
using rows::Row;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Feature feature(nn_kind kind, std::vector<double> mean, std::vector<double> scale,
				bool missing_input, std::vector<std::string> categories = {})
{
	return {"f",           "a type", kind, std::move(mean),       std::move(scale),
			missing_input, 0,        0,    std::move(categories), {}};
}

std::vector<float> encode(const std::vector<Feature> &features, const Row &row)
{
	const Encoder encoder(features);
	std::vector<float> x(static_cast<size_t>(encoder.inputs()) + 1, -99);
	encoder.encode(rows::values(row).data(), x.data());
	EXPECT_EQ(x.back(), -99); // nothing behind the inputs was touched
	x.pop_back();
	return x;
}

using Floats = std::vector<float>;

TEST(Encoder, Number)
{
	const Feature plain = feature(NN_NUMBER, {10}, {4}, false);
	const Feature missing = feature(NN_NUMBER, {10}, {4}, true);

	EXPECT_EQ(encode({plain}, {12.0}), Floats({0.5}));
	EXPECT_EQ(encode({plain}, {nullptr}), Floats({0})); // the mean
	EXPECT_EQ(encode({missing}, {12.0}), Floats({0.5, 0}));
	EXPECT_EQ(encode({missing}, {nullptr}), Floats({0, 1}));
}

TEST(Encoder, Boolean)
{
	const Feature plain = feature(NN_BOOLEAN, {0.25}, {1}, false);

	EXPECT_EQ(encode({plain}, {1.0}), Floats({0.75}));
	EXPECT_EQ(encode({plain}, {0.0}), Floats({-0.25}));
}

// Seconds as large as today's differ by less than a float32 can tell apart.
TEST(Encoder, Time)
{
	const Feature plain = feature(NN_TIME, {7e8 + 2}, {4}, false);

	EXPECT_EQ(encode({plain}, {7e8 + 1}), Floats({-0.25}));
	EXPECT_EQ(encode({plain}, {7e8 + 4}), Floats({0.5}));
}

TEST(Encoder, Category)
{
	const Feature plain = feature(NN_CATEGORY, {}, {}, false, {"a", "", "c"});
	const Feature missing = feature(NN_CATEGORY, {}, {}, true, {"a", "b"});

	EXPECT_EQ(encode({plain}, {"a"}), Floats({1, 0, 0}));
	EXPECT_EQ(encode({plain}, {""}), Floats({0, 1, 0}));
	EXPECT_EQ(encode({plain}, {"c"}), Floats({0, 0, 1}));
	EXPECT_EQ(encode({plain}, {"A"}), Floats({0, 0, 0})); // none of the known ones
	EXPECT_EQ(encode({plain}, {nullptr}), Floats({0, 0, 0}));
	EXPECT_EQ(encode({missing}, {"b"}), Floats({0, 1, 0}));
	EXPECT_EQ(encode({missing}, {nullptr}), Floats({0, 0, 1}));
	EXPECT_EQ(encode({missing}, {"unknown"}), Floats({0, 0, 0}));
}

TEST(Encoder, CategoryWithoutInputs)
{
	const Feature constant = feature(NN_CATEGORY, {}, {}, false);
	const Feature number = feature(NN_NUMBER, {0}, {1}, false);

	EXPECT_EQ(encode({constant, number}, {"x", 3.0}), Floats({3}));
	EXPECT_EQ(encode({constant, number}, {nullptr, 3.0}), Floats({3}));
}

TEST(Encoder, Array)
{
	const Feature plain = feature(NN_ARRAY, {1, 2}, {2, 4}, false);
	const Feature missing = feature(NN_ARRAY, {1, 2}, {2, 4}, true);

	EXPECT_EQ(encode({plain}, {array({2, 4})}), Floats({0.5, 0.5}));
	EXPECT_EQ(encode({plain}, {floats({0, 1})}), Floats({-0.5, -0.25}));
	EXPECT_EQ(encode({plain}, {array({9, 4}, {0})}), Floats({0, 0.5}));
	EXPECT_EQ(encode({plain}, {nullptr}), Floats({0, 0}));
	EXPECT_EQ(encode({missing}, {array({2, 4})}), Floats({0.5, 0.5, 0}));
	EXPECT_EQ(encode({missing}, {array({2, kNaN}, {1})}), Floats({0.5, 0, 1}));
	EXPECT_EQ(encode({missing}, {nullptr}), Floats({0, 0, 1}));
}

TEST(Encoder, FeaturesStandSideBySide)
{
	const std::vector<Feature> features = {
		feature(NN_NUMBER, {0}, {1}, true), feature(NN_CATEGORY, {}, {}, false, {"a", "b"}),
		feature(NN_ARRAY, {0, 0}, {1, 1}, true), feature(NN_BOOLEAN, {0}, {1}, false)};

	EXPECT_EQ(encode(features, {nullptr, "b", array({5, 6}), 1.0}),
			  Floats({0, 1, 0, 1, 5, 6, 0, 1}));
}

void expect_error(const Feature &f, rows::Cell cell, nn_code code, const char *message,
				  const char *hint = "")
{
	const nn::Error error = error_of([&] { encode({f}, {std::move(cell)}); });
	EXPECT_EQ(error.code, code);
	EXPECT_STREQ(error.message, message);
	EXPECT_STREQ(error.hint, hint);
}

TEST(Encoder, ValuesOfAnotherType)
{
	for (nn_kind kind : {NN_NUMBER, NN_BOOLEAN, NN_TIME})
	{
		const Feature f = feature(kind, {0}, {1}, false);
		expect_error(f, "7", NN_INVALID, "feature \"f\" is of type a type");
		expect_error(f, array({7}), NN_INVALID, "feature \"f\" is of type a type");
		expect_error(f, floats({7}), NN_INVALID, "feature \"f\" is of type a type");
	}
	const Feature category = feature(NN_CATEGORY, {}, {}, true, {"7"});
	expect_error(category, 7.0, NN_INVALID, "feature \"f\" is of type a type");
	expect_error(category, array({7}), NN_INVALID, "feature \"f\" is of type a type");
	const Feature numbers = feature(NN_ARRAY, {0}, {1}, false);
	expect_error(numbers, 7.0, NN_INVALID, "feature \"f\" is an array of numbers");
	expect_error(numbers, "{7}", NN_INVALID, "feature \"f\" is an array of numbers");
}

TEST(Encoder, ArraysOfAnotherLength)
{
	const Feature f = feature(NN_ARRAY, {0, 0, 0}, {1, 1, 1}, false);

	expect_error(f, array({1, 2}), NN_INVALID,
				 "feature \"f\" has 2 elements, the model was trained with 3");
	expect_error(f, floats({1, 2, 3, 4}), NN_INVALID,
				 "feature \"f\" has 4 elements, the model was trained with 3");
	expect_error(f, array({}), NN_INVALID,
				 "feature \"f\" has 0 elements, the model was trained with 3");
}

TEST(Encoder, NaNAndInfinity)
{
	constexpr const char *kMessage = "feature \"f\" is NaN or infinite";
	constexpr const char *kHint = "Pass NULL for an unknown value.";
	const float nan = std::nanf("");

	for (double bad : {kNaN, kInfinity, -kInfinity})
	{
		expect_error(feature(NN_NUMBER, {0}, {1}, true), bad, NN_NOT_FINITE, kMessage, kHint);
		expect_error(feature(NN_TIME, {0}, {1}, false), bad, NN_NOT_FINITE, kMessage, kHint);
		expect_error(feature(NN_ARRAY, {0, 0}, {1, 1}, false), array({0, bad}), NN_NOT_FINITE,
					 kMessage, kHint);
	}
	expect_error(feature(NN_ARRAY, {0, 0}, {1, 1}, false), floats({nan, 0}), NN_NOT_FINITE,
				 kMessage, kHint);
}

TEST(Encoder, LimitOfInputs)
{
	const std::vector<double> most(nn::kMaxInputs, 1);
	const Feature wide = feature(NN_ARRAY, most, most, false);

	EXPECT_EQ(Encoder({wide}).inputs(), nn::kMaxInputs);
	const nn::Error error = error_of([&] { Encoder({wide, feature(NN_NUMBER, {0}, {1}, false)}); });
	EXPECT_EQ(error.code, NN_LIMIT);
	EXPECT_STREQ(error.message, "the columns become more than 100000 inputs");
	EXPECT_STREQ(error.hint, "Leave columns with many values or elements out of the query.");
}

} // namespace
