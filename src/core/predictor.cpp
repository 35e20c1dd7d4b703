/*
 * predictor.cpp: what comes from a model table is checked here as if an attacker had written it:
 * first counts and lengths, then numbers and names, and only then is memory taken.
 */
#include "core/predictor.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <unordered_set>

#include "core/limits.h"
#include "core/losses.h"
#include "core/value.h"

namespace nn
{

namespace
{

__attribute__((format(printf, 1, 2), noreturn)) void corrupt(const char *format, ...)
{
	char detail[200];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(detail, sizeof(detail), format, arguments);
	va_end(arguments);
	throw Error(NN_CORRUPT, "the stored model is damaged: %s", detail)
		.with_hint("Activate another version with nn_activate, or train the model again.");
}

void check_scales(const char *what, int count, const double *mean, const double *scale)
{
	for (int i = 0; i < count; i++)
		if (!std::isfinite(mean[i]) || !std::isfinite(scale[i]) || !(scale[i] > 0))
			corrupt("the mean or scale of %.100s is not a usable number", what);
}

// The hidden layers' activations; also checks the number of layers and their sizes.
std::vector<const Activation<float> *> checked_activations(const nn_model_data &m)
{
	std::vector<const Activation<float> *> activations;

	if (m.layer_count < 2 || m.layer_count > kMaxHiddenLayers + 2)
		corrupt("it has %d layers", m.layer_count);
	if (m.activation_count != m.layer_count - 1)
		corrupt("it has %d activations for %d layers", m.activation_count, m.layer_count);
	for (int l = 0; l < m.layer_count; l++)
		if (m.layer_sizes[l] < 1 || m.layer_sizes[l] > (l == 0 ? kMaxInputs : kMaxUnits))
			corrupt("layer %d has %d neurons", l, m.layer_sizes[l]);
	for (int a = 0; a < m.activation_count - 1; a++)
	{
		activations.push_back(find_activation<float>(m.activations[a]));
		if (activations.back() == nullptr)
			corrupt("it has the unknown activation \"%.64s\"", m.activations[a]);
	}
	return activations;
}

// What the network gives out must be what the target takes.
void check_outputs(const nn_model_data &m)
{
	const int outputs = m.layer_sizes[m.layer_count - 1];
	const char *last = m.activations[m.activation_count - 1];

	if (m.class_count != 0)
	{
		const bool fits = m.class_count == 2
							  ? outputs == 1 && strcmp(last, "sigmoid") == 0
							  : outputs == m.class_count && strcmp(last, "softmax") == 0;
		if (!fits || m.class_count < 2 || m.class_count > kMaxCategories)
			corrupt("its %d outputs with %.64s don't fit %d classes", outputs, last, m.class_count);
		std::unordered_set<std::string> seen;
		for (int c = 0; c < m.class_count; c++)
			if (!seen.insert(m.classes[c]).second)
				corrupt("it has class \"%.64s\" twice", m.classes[c]);
		if (m.target_count != 0)
			corrupt("it has %d classes and a target of %d numbers", m.class_count, m.target_count);
	}
	else if (m.target_count != outputs ||
			 (strcmp(last, "identity") != 0 && strcmp(last, "exponential") != 0))
		corrupt("its %d outputs with %.64s don't fit a target of %d numbers", outputs, last,
				m.target_count);
	if (strcmp(m.task, m.class_count > 0 ? "classification" : "regression") != 0)
		corrupt("its task is \"%.64s\" with %d classes", m.task, m.class_count);
	check_scales("the target", m.target_count, m.target_mean, m.target_scale);
}

// Without a branch for each: a million parameters in some 100 us.
bool all_finite(const float *x, size_t count)
{
	constexpr uint32_t kSign = 0x80000000, kLargest = 0x7f7fffff;
	int32_t infinite = 0;

	for (size_t i = 0; i < count; i++)
	{
		uint32_t bits;
		memcpy(&bits, x + i, sizeof(bits));
		infinite |= static_cast<int32_t>(kLargest - (bits & ~kSign));
	}
	return infinite >= 0;
}

void check_parameters(const nn_model_data &m)
{
	int64_t needed = 0;

	for (int l = 1; l < m.layer_count; l++) // sizes were checked: no sum of these gets near 2^63
		needed += (int64_t(m.layer_sizes[l - 1]) + 1) * m.layer_sizes[l];
	if (m.parameter_count != needed || needed > kMaxParameters)
		corrupt("it has %lld parameters, its layers need %lld",
				static_cast<long long>(m.parameter_count), static_cast<long long>(needed));
	if (!all_finite(m.parameters, static_cast<size_t>(m.parameter_count)))
		for (int64_t p = 0; p < m.parameter_count; p++)
			if (!std::isfinite(m.parameters[p]))
				corrupt("parameter %lld is not finite", static_cast<long long>(p) + 1);
}

Feature checked_feature(const nn_feature &f)
{
	Feature feature;
	std::unordered_set<std::string> seen;

	if (f.kind == NN_CATEGORY
			? f.length != 0
			: f.length < 1 || f.category_count != 0 || (f.kind != NN_ARRAY && f.length != 1))
		corrupt("feature \"%.64s\" has %d means and %d categories", f.name, f.length,
				f.category_count);
	if (f.length > kMaxInputs || f.category_count < 0 || f.category_count > kMaxCategories)
		corrupt("feature \"%.64s\" has too many inputs", f.name);
	check_scales(f.name, f.length, f.mean, f.scale);
	feature.name = f.name;
	feature.type = f.type;
	feature.kind = f.kind;
	feature.mean.assign(f.mean, f.mean + f.length);
	feature.scale.assign(f.scale, f.scale + f.length);
	feature.missing_input = f.missing_input;
	if (f.share_count != 0 && f.share_count != f.category_count + f.missing_input)
		corrupt("feature \"%.64s\" has %d shares for %d inputs", f.name, f.share_count,
				f.category_count + f.missing_input);
	for (int s = 0; s < f.share_count; s++)
		if (!(f.shares[s] >= 0 && f.shares[s] <= 1))
			corrupt("a share of feature \"%.64s\" is not between 0 and 1", f.name);
	feature.shares.assign(f.shares, f.shares + f.share_count);
	for (int c = 0; c < f.category_count; c++)
	{
		feature.categories.emplace_back(f.categories[c]);
		if (!seen.insert(feature.categories.back()).second)
			corrupt("feature \"%.64s\" has a category twice", f.name);
	}
	return feature;
}

std::unique_ptr<Encoder> checked_encoder(const nn_model_data &m)
{
	std::vector<Feature> features;
	std::unordered_set<std::string> seen;
	int64_t inputs = 0;

	for (int f = 0; f < m.feature_count; f++)
	{
		features.push_back(checked_feature(m.features[f]));
		inputs += features.back().inputs();
		if (!seen.insert(features.back().name).second)
			corrupt("it has feature \"%.64s\" twice", features.back().name.c_str());
	}
	if (inputs != m.layer_sizes[0])
		corrupt("its features make %lld inputs, its network has %d", static_cast<long long>(inputs),
				m.layer_sizes[0]);
	return std::make_unique<Encoder>(std::move(features));
}

LargeFloats parameters_of(const nn_model_data &m)
{
	if (m.floats != nullptr && m.floats->floats.data() == m.parameters)
		return m.floats->floats;
	LargeFloats parameters(static_cast<size_t>(m.parameter_count));
	memcpy(parameters.data(), m.parameters, static_cast<size_t>(m.parameter_count) * sizeof(float));
	return parameters;
}

} // namespace

Predictor::Predictor(const nn_model_data &m) : activations_(checked_activations(m)), parameters_(0)
{
	sizes_.assign(m.layer_sizes, m.layer_sizes + m.layer_count);
	check_outputs(m);
	check_parameters(m);
	encoder_ = checked_encoder(m);
	parameters_ = parameters_of(m);
	compiled_ = std::make_unique<Compiled>(sizes_, activations_, parameters_.data());
	x_.resize(static_cast<size_t>(encoder_->inputs()));
	target_mean_.assign(m.target_mean, m.target_mean + m.target_count);
	target_scale_.assign(m.target_scale, m.target_scale + m.target_count);
	classes_.assign(m.classes, m.classes + m.class_count);
	logarithmic_ = strcmp(m.activations[m.activation_count - 1], "exponential") == 0;
	if (!find_missing(m.missing, &missing_))
		corrupt("its missing is \"%.64s\"", m.missing);
}

void Predictor::not_finite()
{
	throw Error(NN_NOT_FINITE, "the prediction is not finite: a feature lies too far from all "
							   "that the model was trained with");
}

const Network<float> &Predictor::network() const
{
	if (!network_)
	{
		auto network = std::make_unique<Network<float>>(sizes_, activations_);
		memcpy(network->parameters().data(), parameters_.data(),
			   network->parameter_count() * sizeof(float));
		network_ = std::move(network);
	}
	return *network_;
}

int Predictor::outputs() const
{
	return static_cast<int>(classes_.empty() ? target_mean_.size() : classes_.size());
}

// Whether there is a prediction although this feature is NULL. Throws where that is refused.
bool Predictor::accepts_null(size_t feature) const
{
	if (missing_ == Missing::kError)
		throw Error(NN_INVALID, "feature \"%s\" is NULL, and the model was trained to refuse that",
					encoder_->features()[feature].name.c_str())
			.with_hint("Leave such rows out, or train the model with missing => 'impute'.");
	return missing_ == Missing::kImpute;
}

bool Predictor::accepts(const nn_value *values) const
{
	for (size_t f = 0; missing_ != Missing::kImpute && f < encoder_->features().size(); f++)
		if (holds_null(values[f]) && !accepts_null(f))
			return false;
	return true;
}

bool Predictor::run(const nn_value *values, nn_purpose purpose, double *outputs)
{
	if (!accepts(values))
		return false;
	predict(values, outputs, purpose);
	return true;
}

void Predictor::predict(const nn_value *values, double *outputs, nn_purpose purpose)
{
	if (encoder_->sparse())
	{
		encoder_->gather(values, gathered_);
		finish(compiled_->run(gathered_), purpose, outputs);
		return;
	}
	encoder_->encode(values, x_.data());
	finish(compiled_->run(x_.data()), purpose, outputs);
}

bool Predictor::encode(const nn_value *values, float *x) const
{
	if (!accepts(values))
		return false;
	encoder_->encode(values, x);
	return true;
}

void Predictor::predict_encoded(const float *X, int n, double *outputs)
{
	const float *Z = compiled_->run(X, static_cast<size_t>(n));
	for (int row = 0; row < n; row++)
		finish(Z + static_cast<size_t>(row) * compiled_->outputs(), NN_OUTPUTS,
			   outputs + static_cast<size_t>(row) * static_cast<size_t>(this->outputs()));
}

bool Predictor::accepts(const bool *nulls) const
{
	for (size_t f = 0; nulls != nullptr && f < encoder_->features().size(); f++)
		if (nulls[f] && !accepts_null(f))
			return false;
	return true;
}

bool Predictor::run_numbers(const double *numbers, const bool *nulls, nn_purpose purpose,
							double *outputs)
{
	if (!accepts(nulls))
		return false;
	encoder_->encode_numbers(numbers, nulls, x_.data());
	finish(compiled_->run(x_.data()), purpose, outputs);
	return true;
}

float *Predictor::next_row(Batch &batch) const
{
	eigen_assert(batch.rows < NN_BATCH_ROWS);
	if (batch.X.size() == 0)
		batch.X.resize(NN_BATCH_ROWS, encoder_->inputs());
	return batch.X.data() + batch.rows * batch.X.cols();
}

bool Predictor::add(Batch &batch, const nn_value *values)
{
	if (!encode(values, next_row(batch)))
		return false;
	batch.rows++;
	return true;
}

bool Predictor::add_numbers(Batch &batch, const double *numbers, const bool *nulls)
{
	if (!accepts(nulls))
		return false;
	encoder_->encode_numbers(numbers, nulls, next_row(batch));
	batch.rows++;
	return true;
}

int Predictor::flush(Batch &batch, double *outputs)
{
	const int rows = batch.rows;

	batch.rows = 0; // also after an error
	if (rows > 0)
		predict_encoded(batch.X.data(), rows, outputs);
	return rows;
}

// From the network's outputs for one row to what the user gets.
void Predictor::finish(const float *row, nn_purpose purpose, double *outputs) const
{
	const ConstMatrixMap<float> Z(row, 1, static_cast<Index>(compiled_->outputs()));
	const bool two = classes_.size() == 2; // the second against the first, which has 0

	for (Index k = 0; k < Z.cols(); k++)
		if (!std::isfinite(row[k]))
			not_finite();
	if (!classes_.empty() && purpose == NN_RANKING)
	{
		outputs[0] = 0;
		std::copy(row, row + Z.cols(), outputs + (two ? 1 : 0));
		return;
	}
	if (!classes_.empty())
		return probabilities(Z, static_cast<int>(classes_.size()), outputs);
	for (size_t k = 0; k < target_mean_.size(); k++)
	{
		const double z = static_cast<double>(Z(0, static_cast<Index>(k)));
		const double standardised = logarithmic_ ? std::exp(z) : z;
		const double output = target_mean_[k] + target_scale_[k] * standardised;
		if (!std::isfinite(output)) // a stored scale may be anything above 0
			not_finite();
		outputs[k] = output;
	}
}

} // namespace nn
