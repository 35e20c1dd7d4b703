#include "core/encoder.h"

#include <algorithm>
#include <cmath>

#include "core/limits.h"

namespace nn
{

namespace
{

[[noreturn]] void not_finite(const Feature &feature)
{
	throw Error(NN_NOT_FINITE, "feature \"%s\" is NaN or infinite", feature.name.c_str())
		.with_hint("Pass NULL for an unknown value.");
}

float checked_input(const Feature &feature, double value, size_t element)
{
	if (!std::isfinite(value))
		not_finite(feature);
	return static_cast<float>(feature.standardised(value, element));
}

void encode_number(const Feature &feature, const nn_value &value, float *x)
{
	const bool missing = value.type == NN_NULL_VALUE;

	if (!missing && value.type != NN_FLOAT8_VALUE)
		throw Error(NN_INVALID, "feature \"%s\" is of type %s", feature.name.c_str(),
					feature.type.c_str());
	x[0] = missing ? 0.0f : checked_input(feature, value.number, 0);
	if (feature.missing_input)
		x[1] = missing ? 1.0f : 0.0f;
}

void encode_array(const Feature &feature, const nn_value &value, float *x)
{
	const size_t n = feature.mean.size();
	bool missing = value.type == NN_NULL_VALUE;

	if (missing)
		std::fill_n(x, n, 0.0f);
	else
	{
		if (value.type != NN_FLOAT4_VALUES && value.type != NN_FLOAT8_VALUES)
			throw Error(NN_INVALID, "feature \"%s\" is an array of numbers", feature.name.c_str());
		if (value.length != static_cast<int32_t>(n))
			throw Error(NN_INVALID,
						"feature \"%s\" has %d elements, the model was trained with %zu",
						feature.name.c_str(), value.length, n);
		for (size_t i = 0; i < n; i++)
		{
			const bool null = value.nulls != nullptr && value.nulls[i];
			const double number =
				null ? 0
				: value.type == NN_FLOAT4_VALUES
					? static_cast<double>(static_cast<const float *>(value.data)[i])
					: static_cast<const double *>(value.data)[i];
			missing = missing || null;
			x[i] = null ? 0.0f : checked_input(feature, number, i);
		}
	}
	if (feature.missing_input)
		x[n] = missing ? 1.0f : 0.0f;
}

} // namespace

int Feature::inputs() const
{
	const size_t values = kind == NN_CATEGORY ? categories.size() : mean.size();
	return static_cast<int>(values) + (missing_input ? 1 : 0);
}

Encoder::Encoder(std::vector<Feature> features) : features_(std::move(features))
{
	for (const Feature &feature : features_)
	{
		codes_.emplace_back();
		for (const std::string &category : feature.categories)
			codes_.back().emplace(category, static_cast<int>(codes_.back().size()));
		inputs_ += feature.inputs();
		if (inputs_ > kMaxInputs)
			throw Error(NN_LIMIT, "the columns become more than %d inputs", kMaxInputs)
				.with_hint("Leave columns with many values or elements out of the query.");
	}
}

void Encoder::encode(const nn_value *values, float *x) const
{
	for (size_t f = 0; f < features_.size(); f++)
	{
		const Feature &feature = features_[f];
		const nn_value &value = values[f];

		if (feature.kind == NN_ARRAY)
			encode_array(feature, value, x);
		else if (feature.kind != NN_CATEGORY)
			encode_number(feature, value, x);
		else
		{
			std::fill_n(x, feature.inputs(), 0.0f);
			if (value.type == NN_TEXT_VALUE)
			{
				const auto found = codes_[f].find(std::string_view(
					static_cast<const char *>(value.data), static_cast<size_t>(value.length)));
				if (found != codes_[f].end())
					x[found->second] = 1.0f;
			}
			else if (value.type != NN_NULL_VALUE)
				throw Error(NN_INVALID, "feature \"%s\" is of type %s", feature.name.c_str(),
							feature.type.c_str());
			else if (feature.missing_input)
				x[feature.inputs() - 1] = 1.0f;
		}
		x += feature.inputs();
	}
}

} // namespace nn
