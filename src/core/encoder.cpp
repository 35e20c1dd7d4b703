#include "core/encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/kernels.h"
#include "core/limits.h"
#include "core/value.h"

namespace nn
{

namespace
{

[[noreturn]] void not_finite(const Feature &feature)
{
	throw Error(NN_NOT_FINITE, "feature \"%s\" is NaN or infinite", feature.name.c_str())
		.with_hint("Pass NULL for an unknown value.");
}

// All inputs of a row.
struct Dense
{
	float *x;

	void set(size_t input, float value) { x[input] = value; }
	float *block(size_t first, size_t) { return x + first; }
};

// Those that are set.
struct Sparse
{
	Gathered &row;

	void set(size_t input, float value) { *block(input, 1) = value; }
	float *block(size_t first, size_t count)
	{
		float *x = row.x.data() + row.count;
		for (size_t i = 0; i < count; i++)
			row.inputs[row.count++] = static_cast<uint32_t>(first + i);
		return x;
	}
};

bool standardise(const double *values, const double *mean, const double *reciprocal, size_t count,
				 float *x)
{
	return kernels().standardise(values, mean, reciprocal, count, x);
}

bool standardise(const float *values, const double *mean, const double *reciprocal, size_t count,
				 float *x)
{
	return kernels().standardise_floats(values, mean, reciprocal, count, x);
}

template <class T> void check_finite(const Feature &feature, const T *values, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!std::isfinite(values[i]))
			not_finite(feature);
}

void encode_number(const Feature &feature, double value, double mean, double reciprocal, float *x)
{
	*x = static_cast<float>((value - mean) * reciprocal);
	if (!std::isfinite(*x))
		check_finite(feature, &value, 1);
}

template <class T>
void encode_elements(const Feature &feature, const T *values, const double *mean,
					 const double *reciprocal, float *x)
{
	const size_t count = feature.mean.size();

	if (!standardise(values, mean, reciprocal, count, x))
		check_finite(feature, values, count);
}

// An array with NULLs.
template <class T>
void encode_some(const Feature &feature, const T *values, const bool *nulls, const double *mean,
				 const double *reciprocal, float *x)
{
	for (size_t i = 0; i < feature.mean.size(); i++)
	{
		if (!nulls[i])
			check_finite(feature, values + i, 1);
		x[i] = nulls[i]
				   ? 0
				   : static_cast<float>((static_cast<double>(values[i]) - mean[i]) * reciprocal[i]);
	}
}

void check_array(const Feature &feature, const nn_value &value)
{
	if (value.type != NN_FLOAT4_VALUES && value.type != NN_FLOAT8_VALUES)
		throw Error(NN_INVALID, "feature \"%s\" is an array of numbers", feature.name.c_str());
	if (value.length != static_cast<int32_t>(feature.mean.size()))
		throw Error(NN_INVALID, "feature \"%s\" has %d elements, the model was trained with %zu",
					feature.name.c_str(), value.length, feature.mean.size());
}

void encode_array(const Feature &feature, const nn_value &value, const double *mean,
				  const double *reciprocal, float *x)
{
	const auto *floats = static_cast<const float *>(value.data);
	const auto *doubles = static_cast<const double *>(value.data);

	if (value.type == NN_FLOAT4_VALUES && !holds_null(value))
		encode_elements(feature, floats, mean, reciprocal, x);
	else if (value.type == NN_FLOAT4_VALUES)
		encode_some(feature, floats, value.nulls, mean, reciprocal, x);
	else if (!holds_null(value))
		encode_elements(feature, doubles, mean, reciprocal, x);
	else
		encode_some(feature, doubles, value.nulls, mean, reciprocal, x);
}

[[noreturn]] void wrong_type(const Feature &feature)
{
	throw Error(NN_INVALID, "feature \"%s\" is of type %s", feature.name.c_str(),
				feature.type.c_str());
}

} // namespace

int Feature::inputs() const
{
	const size_t values = kind == NN_CATEGORY ? categories.size() : mean.size();
	return static_cast<int>(values) + (missing_input ? 1 : 0);
}

Encoder::Encoder(std::vector<Feature> features) : features_(std::move(features))
{
	int categories = 0;

	for (const Feature &feature : features_)
	{
		codes_.emplace_back();
		for (const std::string &category : feature.categories)
			codes_.back().emplace(category, static_cast<int>(codes_.back().size()));
		first_.push_back(static_cast<size_t>(inputs_));
		for (size_t i = 0; i < feature.mean.size(); i++)
		{
			mean_.push_back(feature.mean[i]);
			// a stored scale may be so small that its reciprocal would be infinite
			reciprocal_.push_back(
				std::min(1 / feature.scale[i], std::numeric_limits<double>::max()));
		}
		numeric_ = numeric_ && feature.kind != NN_CATEGORY && feature.kind != NN_ARRAY;
		plain_ = plain_ && !feature.missing_input;
		categories += static_cast<int>(feature.categories.size());
		inputs_ += feature.inputs();
		if (inputs_ > kMaxInputs)
			throw Error(NN_LIMIT, "the columns become more than %d inputs", kMaxInputs)
				.with_hint("Leave columns with many values or elements out of the query.");
	}
	sparse_ = 2 * categories > inputs_;
	standardised_.resize(mean_.size());
}

template <class Row> void Encoder::encode_into(const nn_value *values, Row &row) const
{
	size_t element = 0;

	for (size_t f = 0; f < features_.size(); f++)
	{
		const Feature &feature = features_[f];
		const nn_value &value = values[f];
		const size_t first = first_[f], elements = feature.mean.size();
		const size_t last = first + static_cast<size_t>(feature.inputs()) - 1;

		if (feature.kind == NN_CATEGORY && value.type == NN_TEXT_VALUE)
		{
			const auto found = codes_[f].find(std::string_view(
				static_cast<const char *>(value.data), static_cast<size_t>(value.length)));
			if (found != codes_[f].end())
				row.set(first + static_cast<size_t>(found->second), 1);
		}
		else if (value.type != NN_NULL_VALUE && feature.kind == NN_ARRAY)
		{
			check_array(feature, value);
			encode_array(feature, value, mean_.data() + element, reciprocal_.data() + element,
						 row.block(first, elements));
		}
		else if (value.type != NN_NULL_VALUE)
		{
			if (feature.kind == NN_CATEGORY || value.type != NN_FLOAT8_VALUE)
				wrong_type(feature);
			encode_number(feature, value.number, mean_[element], reciprocal_[element],
						  row.block(first, 1));
		}
		if (feature.missing_input && holds_null(value))
			row.set(last, 1);
		element += elements;
	}
}

void Encoder::encode(const nn_value *values, float *x) const
{
	Dense row = {x};

	std::fill_n(x, inputs_, 0.0f);
	encode_into(values, row);
}

void Encoder::gather(const nn_value *values, Gathered &gathered) const
{
	Sparse row = {gathered};

	gathered.inputs.resize(static_cast<size_t>(inputs_));
	gathered.x.resize(static_cast<size_t>(inputs_));
	gathered.count = 0;
	encode_into(values, row);
}

void Encoder::encode_numbers(const double *numbers, const bool *nulls, float *x)
{
	const size_t count = features_.size();
	float *standardised = plain_ ? x : standardised_.data();

	if (!standardise(numbers, mean_.data(), reciprocal_.data(), count, standardised))
		for (size_t f = 0; f < count; f++)
			if (nulls == nullptr || !nulls[f])
				check_finite(features_[f], numbers + f, 1);
	if (plain_ && nulls == nullptr)
		return;
	for (size_t f = 0; f < count; f++)
	{
		const bool null = nulls != nullptr && nulls[f];
		x[first_[f]] = null ? 0 : standardised[f];
		if (features_[f].missing_input)
			x[first_[f] + 1] = null ? 1 : 0;
	}
}

} // namespace nn
