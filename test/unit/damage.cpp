/*
 * damage.cpp: every way in which a stored model may be damaged: an error, before memory is taken.
 */
#include <functional>
#include <limits>
#include <string>

#include "stored.h"
#include "training.h"

namespace
{

using stored::classification;
using stored::regression;
using stored::Stored;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

nn_status status_of(const nn_model_data &m)
{
	nn_status status;

	training::Predictor(nn_predictor_new(&m, &status));
	return status;
}

void expect_corrupt(const nn_model_data &m, const std::string &detail)
{
	const nn_status status = status_of(m);

	EXPECT_EQ(status.code, NN_CORRUPT) << detail;
	EXPECT_EQ(status.message, "the stored model is damaged: " + detail);
	EXPECT_STREQ(status.hint,
				 "Activate another version with nn_activate, or train the model again.");
}

// With what is stored damaged.
void expect_corrupt(std::unique_ptr<Stored> model, const std::string &detail,
					const std::function<void(Stored &)> &damage)
{
	damage(*model);
	expect_corrupt(model->show(), detail);
}

// With the counts damaged that say how much of it there is.
void expect_corrupt(std::unique_ptr<Stored> model, const std::string &detail,
					const std::function<void(nn_model_data &)> &damage)
{
	nn_model_data m = model->show();
	damage(m);
	expect_corrupt(m, detail);
}

TEST(Damage, UndamagedModels)
{
	EXPECT_EQ(status_of(regression()->show()).code, NN_OK);
	EXPECT_EQ(status_of(classification()->show()).code, NN_OK);
}

TEST(Damage, Layers)
{
	expect_corrupt(regression(), "it has 1 layers", [](Stored &s) { s.layer_sizes = {6}; });
	expect_corrupt(regression(), "it has 0 layers", [](Stored &s) { s.layer_sizes.clear(); });
	expect_corrupt(regression(), "it has 103 layers",
				   [](Stored &s) { s.layer_sizes.assign(103, 6); });
	expect_corrupt(regression(), "it has -1 layers", [](nn_model_data &m) { m.layer_count = -1; });
	for (int32_t size : {0, -1, 65537, 1000000000, INT32_MAX, INT32_MIN})
		expect_corrupt(regression(), "layer 1 has " + std::to_string(size) + " neurons",
					   [=](Stored &s) { s.layer_sizes[1] = size; });
	for (int32_t size : {0, -6, 100001, 1000000000})
		expect_corrupt(regression(), "layer 0 has " + std::to_string(size) + " neurons",
					   [=](Stored &s) { s.layer_sizes[0] = size; });
}

TEST(Damage, Activations)
{
	expect_corrupt(regression(), "it has 1 activations for 3 layers",
				   [](Stored &s) { s.activations = {"identity"}; });
	expect_corrupt(regression(), "it has 3 activations for 3 layers", [](Stored &s) {
		s.activations = {"relu", "relu", "identity"};
	});
	expect_corrupt(regression(), "it has the unknown activation \"rely\"",
				   [](Stored &s) { s.activations[0] = "rely"; });
	expect_corrupt(regression(), "it has the unknown activation \"softmax\"",
				   [](Stored &s) { s.activations[0] = "softmax"; });
	expect_corrupt(regression(), "its 1 outputs with relu don't fit a target of 1 numbers",
				   [](Stored &s) { s.activations[1] = "relu"; });
	expect_corrupt(classification(), "its 3 outputs with sigmoid don't fit 3 classes",
				   [](Stored &s) { s.activations[0] = "sigmoid"; });
}

TEST(Damage, Parameters)
{
	expect_corrupt(regression(), "it has 16 parameters, its layers need 17",
				   [](Stored &s) { s.parameters.resize(16); });
	expect_corrupt(regression(), "it has 18 parameters, its layers need 17",
				   [](Stored &s) { s.parameters.resize(18); });
	for (int64_t count : {int64_t(-1), int64_t(0), INT64_MIN, INT64_MAX})
		expect_corrupt(regression(),
					   "it has " + std::to_string(count) + " parameters, its layers need 17",
					   [=](nn_model_data &m) { m.parameter_count = count; });
	for (float bad : {kNaN, kInfinity, -kInfinity})
		for (size_t place : {0u, 9u, 16u})
			expect_corrupt(regression(),
						   "parameter " + std::to_string(place + 1) + " is not finite",
						   [=](Stored &s) { s.parameters[place] = bad; });
}

// Sizes that are possible one by one, but not together; even where the count agrees. Nothing must
// be allocated for them.
TEST(Damage, SizesBeyondAllLimits)
{
	expect_corrupt(regression(), "it has 17 parameters, its layers need 6553665537", [](Stored &s) {
		s.layer_sizes = {99999, 65536, 1};
	});
	expect_corrupt(regression(), "it has 6553665537 parameters, its layers need 6553665537",
				   [](nn_model_data &m) {
					   static constexpr int32_t kSizes[] = {99999, 65536, 1};
					   m.layer_sizes = kSizes;
					   m.parameter_count = 6553665537;
				   });
}

TEST(Damage, Features)
{
	expect_corrupt(regression(), "its features make 3 inputs, its network has 6",
				   [](Stored &s) { s.features.erase(s.features.begin() + 1); });
	for (int32_t count : {0, -1, INT32_MIN})
		expect_corrupt(regression(), "its features make 0 inputs, its network has 6",
					   [=](nn_model_data &m) { m.feature_count = count; });
	expect_corrupt(regression(), "its features make 7 inputs, its network has 6",
				   [](Stored &s) { s.features[0].missing_input = true; });
	expect_corrupt(regression(), "it has feature \"size\" twice",
				   [](Stored &s) { s.features[2].name = "size"; });
	expect_corrupt(regression(), "feature \"colour\" has a category twice",
				   [](Stored &s) { s.categories[2] = "blue"; });
	expect_corrupt(regression(), "feature \"size\" has 2 means and 0 categories",
				   [](Stored &s) { s.features[0].length = 2; });
	expect_corrupt(regression(), "feature \"colour\" has 1 means and 3 categories",
				   [](Stored &s) { s.features[1].length = 1; });
	expect_corrupt(regression(), "feature \"size\" has 1 means and 3 categories",
				   [](Stored &s) { s.features[0].category_count = 3; });
	for (int32_t length : {0, -1, INT32_MIN})
		expect_corrupt(regression(),
					   "feature \"place\" has " + std::to_string(length) +
						   " means and 0 categories",
					   [=](Stored &s) { s.features[2].length = length; });
	for (int32_t length : {100001, 1000000000, INT32_MAX})
		expect_corrupt(regression(), "feature \"place\" has too many inputs",
					   [=](Stored &s) { s.features[2].length = length; });
	for (int32_t count : {1001, 1000000000, -1})
		expect_corrupt(regression(), "feature \"colour\" has too many inputs",
					   [=](Stored &s) { s.features[1].category_count = count; });
}

TEST(Damage, Shares)
{
	static constexpr double kShares[] = {0.25, 0.5, 0.25, 1};
	const auto share = [](int32_t count, const double *shares) {
		return [=](Stored &s) {
			s.features[1].share_count = count;
			s.features[1].shares = shares;
		};
	};

	auto model = regression();
	share(3, kShares)(*model);
	EXPECT_EQ(status_of(model->show()).code, NN_OK);
	for (int32_t count : {4, 1, -1, INT32_MIN, INT32_MAX})
		expect_corrupt(regression(),
					   "feature \"colour\" has " + std::to_string(count) + " shares for 3 inputs",
					   share(count, kShares));
	for (double bad : {-0.1, 1.1, static_cast<double>(kNaN), static_cast<double>(kInfinity)})
	{
		const double shares[] = {0, bad, 0};
		expect_corrupt(regression(), "a share of feature \"colour\" is not between 0 and 1",
					   share(3, shares));
	}
}

TEST(Damage, Scales)
{
	const double nan = static_cast<double>(kNaN), infinity = static_cast<double>(kInfinity);

	for (double bad : {0., -1., nan, infinity})
	{
		expect_corrupt(regression(), "the mean or scale of size is not a usable number",
					   [=](Stored &s) { s.scale[0] = bad; });
		expect_corrupt(regression(), "the mean or scale of place is not a usable number",
					   [=](Stored &s) { s.scale[2] = bad; });
		expect_corrupt(regression(), "the mean or scale of the target is not a usable number",
					   [=](Stored &s) { s.target_scale[0] = bad; });
	}
	for (double bad : {nan, infinity, -infinity})
	{
		expect_corrupt(regression(), "the mean or scale of size is not a usable number",
					   [=](Stored &s) { s.mean[0] = bad; });
		expect_corrupt(regression(), "the mean or scale of the target is not a usable number",
					   [=](Stored &s) { s.target_mean[0] = bad; });
	}
}

TEST(Damage, Targets)
{
	expect_corrupt(regression(), "its 1 outputs with identity don't fit a target of 2 numbers",
				   [](Stored &s) {
					   s.target_mean = s.target_scale = {1, 1};
				   });
	expect_corrupt(regression(), "its 1 outputs with identity don't fit a target of 0 numbers",
				   [](nn_model_data &m) { m.target_count = 0; });
	expect_corrupt(regression(), "its 1 outputs with identity don't fit a target of -1 numbers",
				   [](nn_model_data &m) { m.target_count = -1; });
	expect_corrupt(classification(), "it has 3 classes and a target of 1 numbers",
				   [](Stored &s) { s.target_mean = s.target_scale = {1}; });
	expect_corrupt(classification(), "it has 3 classes and a target of -1 numbers",
				   [](nn_model_data &m) { m.target_count = -1; });
}

TEST(Damage, Classes)
{
	for (int32_t count : {1, 2, 4, 1001, 1000000000, -1, -3, INT32_MIN})
		expect_corrupt(classification(),
					   "its 3 outputs with softmax don't fit " + std::to_string(count) + " classes",
					   [=](nn_model_data &m) { m.class_count = count; });
	expect_corrupt(classification(), "its 3 outputs with softmax don't fit a target of 0 numbers",
				   [](Stored &s) { s.classes.clear(); });
	expect_corrupt(classification(), "its 1 outputs with softmax don't fit 1 classes",
				   [](Stored &s) {
					   s.classes = {"a"};
					   s.layer_sizes = {6, 1};
				   });
	expect_corrupt(regression(), "its 1 outputs with identity don't fit 2 classes", [](Stored &s) {
		s.classes = {"a", "b"};
	});
	expect_corrupt(classification(), "it has class \"a\" twice",
				   [](Stored &s) { s.classes[2] = "a"; });
	expect_corrupt(regression(), "its task is \"classification\" with 0 classes",
				   [](Stored &s) { s.task = "classification"; });
	expect_corrupt(classification(), "its task is \"\" with 3 classes",
				   [](Stored &s) { s.task = ""; });
}

} // namespace
