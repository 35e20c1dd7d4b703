/*
 * stored_model.h: a model as anyone may have written it into a model table, and rows for it.
 */
#ifndef PGNN_FUZZ_STORED_MODEL_H
#define PGNN_FUZZ_STORED_MODEL_H

#include "bytes.h"
#include "core/api.h"

namespace fuzz
{

constexpr const char *kTasks[] = {"regression", "classification"};
constexpr const char *kActivations[] = {"relu",     "tanh", "sigmoid",     "identity",
										"softmax",  "gelu", "exponential", "elu",
										"softplus", "silu", "leaky_relu"};
constexpr const char *kNames[] = {"a", "b", "c", "d", "e"};
constexpr const char *kMissing[] = {"impute", "skip", "error"};

// What an nn_model_data points to. The lengths are true, as those of PostgreSQL's arrays are.
struct Model
{
	nn_model_data data = {};
	std::vector<nn_feature> features;
	std::vector<std::vector<double>> numbers;
	std::vector<std::vector<const char *>> texts;
	std::vector<int32_t> sizes;
	std::vector<float> parameters;

	explicit Model(Bytes &bytes);

private:
	void add_feature(Bytes &bytes);
	const double *keep(std::vector<double> values)
	{
		numbers.push_back(std::move(values));
		return numbers.back().data();
	}
	const char *const *keep(std::vector<const char *> names)
	{
		texts.push_back(std::move(names));
		return texts.back().data();
	}
};

inline std::vector<const char *>
names(Bytes &bytes, int count)
{
	std::vector<const char *> result;
	for (int i = 0; i < count; i++)
		result.push_back(bytes.one_in(2) ? kNames[i % 5] : bytes.text());
	return result;
}

inline void
Model::add_feature(Bytes &bytes)
{
	nn_feature f = {};

	f.name = bytes.name(kNames);
	f.type = "float8";
	f.kind = static_cast<nn_kind>(bytes.below(5));
	f.length = f.kind == NN_CATEGORY ? 0 : f.kind == NN_ARRAY ? bytes.below(4) : 1;
	if (bytes.one_in(16))
		f.length = bytes.below(4);
	f.mean = keep(bytes.numbers(static_cast<size_t>(f.length)));
	f.scale = keep(bytes.one_in(4) ? bytes.numbers(static_cast<size_t>(f.length))
								   : std::vector<double>(static_cast<size_t>(f.length), 2));
	f.missing_input = bytes.one_in(3);
	f.missing = bytes.integer();
	f.category_count = f.kind == NN_CATEGORY || bytes.one_in(16) ? bytes.below(6) : 0;
	f.categories = keep(names(bytes, f.category_count));
	f.share_count = bytes.one_in(4) ? bytes.below(4) : f.category_count + f.missing_input;
	f.shares = keep(bytes.one_in(4) ? bytes.numbers(static_cast<size_t>(f.share_count))
									: std::vector<double>(static_cast<size_t>(f.share_count), 0.5));
	features.push_back(f);
}

// Inputs, were it whole.
inline int
inputs(const std::vector<nn_feature> &features)
{
	int result = 0;
	for (const nn_feature &f : features)
		result += f.missing_input + (f.kind == NN_CATEGORY ? f.category_count : f.length);
	return result;
}

inline Model::Model(Bytes &bytes)
{
	std::vector<const char *> activations;
	int64_t needed = 0;

	numbers.reserve(64); // so that what is pointed to stays where it is
	texts.reserve(64);
	data.task = bytes.name(kTasks);
	for (int count = bytes.below(6); count > 0; count--)
		add_feature(bytes);
	sizes.push_back(bytes.one_in(8) ? bytes.integer() : inputs(features));
	for (int count = bytes.below(4); count > 0; count--)
		sizes.push_back(bytes.one_in(8) ? bytes.integer() : 1 + bytes.below(9));
	for (size_t layer = 1; layer < sizes.size(); layer++)
	{
		activations.push_back(bytes.name(kActivations));
		needed += (int64_t(sizes[layer - 1]) + 1) * sizes[layer];
	}
	if (bytes.one_in(8))
		activations.push_back(kActivations[0]);
	const int outputs = sizes.back();
	data.class_count = bytes.one_in(2) || bytes.one_in(8) ? bytes.below(8) : 0;
	if (data.class_count > 0 && !bytes.one_in(8) && outputs > 0 && outputs < 8)
		data.class_count = outputs == 1 ? 2 : outputs;
	data.classes = keep(names(bytes, data.class_count));
	if (data.class_count == 0)
		data.target_count =
			bytes.one_in(8) || outputs < 0 || outputs > 8 ? bytes.below(4) : outputs;
	data.target_mean = keep(bytes.numbers(static_cast<size_t>(data.target_count)));
	data.target_scale = keep(bytes.numbers(static_cast<size_t>(data.target_count)));
	if (bytes.one_in(16) || needed < 0 || needed > 2000)
		needed = bytes.below(60);
	for (int64_t i = 0; i < needed; i++)
		parameters.push_back(static_cast<float>(bytes.one_in(4) ? bytes.number() : 0.25));

	data.features = features.data();
	data.feature_count = static_cast<int32_t>(features.size());
	data.layer_sizes = sizes.data();
	data.layer_count = static_cast<int32_t>(sizes.size());
	data.activation_count = static_cast<int32_t>(activations.size());
	data.activations = keep(std::move(activations));
	data.parameters = parameters.data();
	data.parameter_count = static_cast<int64_t>(parameters.size());
	data.missing = bytes.name(kMissing);
}

// Values as the C side reads them for these features.
inline std::vector<nn_value>
values(Bytes &bytes, const Model &model)
{
	static constexpr double kNumbers[] = {1, -2, 1e300, 0};
	static constexpr float kFloats[] = {1, -2, 3e38f, 0};
	static constexpr bool kNulls[] = {false, true, false, false};
	std::vector<nn_value> result;

	for (const nn_feature &f : model.features)
	{
		nn_value v = {};
		if (f.kind == NN_CATEGORY)
		{
			const char *text = bytes.name(kNames);
			v = {NN_TEXT_VALUE, static_cast<int32_t>(strlen(text)), 0, text, nullptr};
		}
		else if (f.kind == NN_ARRAY)
		{
			const bool wide = bytes.one_in(2);
			v.type = wide ? NN_FLOAT8_VALUES : NN_FLOAT4_VALUES;
			v.length = bytes.one_in(8) ? bytes.below(4) : f.length;
			v.data = wide ? static_cast<const void *>(kNumbers) : kFloats;
			v.nulls = bytes.one_in(4) ? kNulls : nullptr;
		}
		else
			v = {NN_FLOAT8_VALUE, 0, bytes.number(), nullptr, nullptr};
		if (bytes.one_in(8))
			v = {};
		result.push_back(v);
	}
	return result;
}

} // namespace fuzz

#endif
