#include "core/description.h"

namespace nn
{

namespace
{

std::vector<const char *> pointers(const std::vector<std::string> &texts)
{
	std::vector<const char *> result;

	result.reserve(texts.size());
	for (const std::string &text : texts)
		result.push_back(text.c_str());
	return result;
}

} // namespace

Description::Description(const Dataset &dataset, const Plan &plan, const char *missing)
	: dataset_(dataset), plan_(plan), missing_(missing), target_mean_(dataset.target_mean()),
	  target_scale_(dataset.target_scale())
{
	describe_features(dataset.encoder().features());
	classes_ = pointers(dataset.classes());
	for (const Activation<float> *activation : plan.activations)
		activations_.push_back(activation->name);
	activations_.push_back(plan.output);
	if (!plan.quantiles.empty()) // each of them is in the units of the one target
	{
		target_mean_.assign(plan.quantiles.size(), dataset.target_mean()[0]);
		target_scale_.assign(plan.quantiles.size(), dataset.target_scale()[0]);
	}
}

void Description::describe_features(const std::vector<Feature> &features)
{
	for (const Feature &feature : features)
		categories_.push_back(pointers(feature.categories));
	for (size_t f = 0; f < features.size(); f++)
	{
		const Feature &feature = features[f];
		nn_feature described = {};
		described.name = feature.name.c_str();
		described.type = feature.type.c_str();
		described.kind = feature.kind;
		described.length = feature.elements();
		described.mean = feature.mean.data();
		described.scale = feature.scale.data();
		described.missing_input = feature.missing_input;
		described.missing = feature.missing;
		described.unknown = feature.unknown;
		described.inputs = feature.inputs();
		described.category_count = static_cast<int32_t>(categories_[f].size());
		described.categories = categories_[f].data();
		described.share_count = static_cast<int32_t>(feature.shares.size());
		described.shares = feature.shares.data();
		features_.push_back(described);
	}
}

nn_model_data Description::model(const Network<float> &network) const
{
	nn_model_data m = {};

	m.task = dataset_.classification() ? "classification" : "regression";
	m.feature_count = static_cast<int32_t>(features_.size());
	m.features = features_.data();
	m.layer_count = static_cast<int32_t>(plan_.sizes.size());
	m.layer_sizes = plan_.sizes.data();
	m.activation_count = static_cast<int32_t>(activations_.size());
	m.activations = activations_.data();
	m.parameter_count = static_cast<int64_t>(network.parameter_count());
	m.parameters = network.parameters().data();
	m.class_count = static_cast<int32_t>(classes_.size());
	m.classes = classes_.data();
	m.target_count = static_cast<int32_t>(target_mean_.size());
	m.target_mean = target_mean_.data();
	m.target_scale = target_scale_.data();
	m.missing = missing_;
	return m;
}

} // namespace nn
