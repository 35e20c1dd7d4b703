/*
 * stored.h: small models as a table would hold them, written down by hand.
 */
#ifndef PGNN_TEST_STORED_H
#define PGNN_TEST_STORED_H

#include <memory>
#include <string>
#include <vector>

#include "core/api.h"

namespace stored
{

// Everything an nn_model_data points to; it can be changed before it is shown.
struct Stored
{
	std::string task = "regression", missing = "impute";
	std::vector<nn_feature> features;
	std::vector<int32_t> layer_sizes;
	std::vector<const char *> activations;
	std::vector<float> parameters;
	std::vector<const char *> classes;
	std::vector<double> target_mean, target_scale;

	double mean[4] = {10, 1, 2, 0}, scale[4] = {2, 4, 5, 1};
	const char *categories[3] = {"blue", "green", "red"};

	nn_model_data show() const
	{
		const auto count = [](const auto &v) { return static_cast<int32_t>(v.size()); };
		nn_model_data m = {};

		m.task = task.c_str();
		m.feature_count = count(features);
		m.features = features.data();
		m.layer_count = count(layer_sizes);
		m.layer_sizes = layer_sizes.data();
		m.activation_count = count(activations);
		m.activations = activations.data();
		m.parameter_count = static_cast<int64_t>(parameters.size());
		m.parameters = parameters.data();
		m.class_count = count(classes);
		m.classes = classes.data();
		m.target_count = count(target_mean);
		m.target_mean = target_mean.data();
		m.target_scale = target_scale.data();
		m.missing = missing.c_str();
		return m;
	}
};

// Number, category and array into 3 + 3 inputs, two rectifiers, one number out.
inline std::unique_ptr<Stored> regression()
{
	auto s = std::make_unique<Stored>();

	s->features = {
		{"size", "float8", NN_NUMBER, 1, s->mean, s->scale, false, 0, 0, 0, 0, nullptr, 0, nullptr},
		{"colour", "text", NN_CATEGORY, 0, nullptr, nullptr, false, 0, 0, 0, 3, s->categories, 0,
		 nullptr},
		{"place", "float8[]", NN_ARRAY, 2, s->mean + 1, s->scale + 1, false, 0, 0, 0, 0, nullptr, 0,
		 nullptr}};
	s->layer_sizes = {6, 2, 1};
	s->activations = {"relu", "identity"};
	s->parameters = {1,  10, 20, 30, 2, 3,       // W1
					 -1, 1,  1,  1,  1, 1, 5, 6, // and b1
					 2,  3,  0.5};               // W2, b2
	s->target_mean = {100};
	s->target_scale = {8};
	return s;
}

// The same inputs into three classes.
inline std::unique_ptr<Stored> classification()
{
	auto s = regression();

	s->task = "classification";
	s->layer_sizes = {6, 3};
	s->activations = {"softmax"};
	s->parameters.assign(21, 0.5);
	s->classes = {"a", "b", "c"};
	s->target_mean.clear();
	s->target_scale.clear();
	return s;
}

} // namespace stored

#endif
