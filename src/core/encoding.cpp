#include "core/encoding.h"

#include <algorithm>
#include <cmath>

#include "core/limits.h"

namespace nn
{

namespace
{

constexpr uint32_t kUnknownCell = UINT32_MAX; // neither a category's nor that of NULL

double reach_of(const Feature &feature, const Statistics::Of &s, size_t e)
{
	if (s.low(e) > s.high(e))
		return 0;
	return std::max(s.high(e) - feature.mean[e], feature.mean[e] - s.low(e)) / feature.scale[e];
}

} // namespace

void Elements::reserve(size_t n)
{
	if (n <= size)
		return;
	numbers = std::make_unique<double[]>(n);
	nulls = std::make_unique<bool[]>(n);
	size = n;
}

Encoding::Encoding(const Column &column, const Statistics::Of &s, size_t offset, bool imputed,
				   bool rate)
	: offset_(offset)
{
	const size_t elements = column.kind == NN_CATEGORY ? 0 : static_cast<size_t>(column.length);

	feature_.name = column.name;
	feature_.type = column.type;
	feature_.kind = column.kind;
	feature_.missing = column.missing;
	feature_.missing_input = column.missing > 0 && imputed;
	for (size_t e = 0; e < elements; e++)
	{
		const double mean = s.mean(e), deviation = s.deviation(e);
		const bool unscaled = s.constant(e) || deviation == 0 || column.kind == NN_BOOLEAN;

		if (!std::isfinite(mean) || !std::isfinite(deviation))
			throw Error(NN_NOT_FINITE, "column \"%s\" has numbers too large to be standardised",
						column.name.c_str())
				.with_hint("Divide the column by a constant in the query.");
		feature_.mean.push_back(rate ? 0 : mean);
		feature_.scale.push_back(rate && mean > 0 ? mean : rate || unscaled ? 1 : deviation);
		reach_.push_back(reach_of(feature_, s, e));
	}
	texts_ = feature_.categories = column.dictionary.sorted(cells_);
	null_cell_ = static_cast<uint32_t>(feature_.categories.size());
	if (feature_.categories.size() == 1 && !feature_.missing_input)
		feature_.categories.clear(); // a constant says nothing
	if (!column.refused.empty())
	{
		feature_.categories.clear();
		feature_.missing_input = false;
	}
}

void Encoding::take_over(const Column &column, const Statistics::Of &s, const Feature &known)
{
	if (known.elements() != feature_.elements())
		throw Error(NN_INVALID,
					"column \"%s\" has arrays of %d elements, the version to go on from has %d",
					column.name.c_str(), feature_.elements(), known.elements());
	feature_.mean = known.mean;
	feature_.scale = known.scale;
	for (size_t e = 0; e < reach_.size(); e++)
		reach_[e] = reach_of(feature_, s, e);
	feature_.missing_input = known.missing_input;
	feature_.categories = known.categories;
	null_cell_ = static_cast<uint32_t>(known.categories.size());
	for (size_t code = 0; code < cells_.size(); code++)
	{
		const auto found =
			std::find(known.categories.begin(), known.categories.end(), texts_[cells_[code]]);
		if (found == known.categories.end())
			feature_.unknown += s.codes()[code + 1];
		cells_[code] = found == known.categories.end()
						   ? kUnknownCell
						   : static_cast<uint32_t>(found - known.categories.begin());
	}
	texts_ = known.categories;
}

void Encoding::take_over_classes(const std::vector<std::string> &classes)
{
	for (uint32_t &cell : cells_)
	{
		const auto found = std::find(classes.begin(), classes.end(), texts_[cell]);
		if (found == classes.end())
			throw Error(NN_INVALID, "class \"%.64s\" is none of the version to go on from",
						texts_[cell].c_str())
				.with_hint("Train without warm_start, or leave its rows out.");
		cell = static_cast<uint32_t>(found - classes.begin());
	}
	texts_ = classes;
}

void Encoding::take_over_target(const std::vector<double> &mean, const std::vector<double> &scale)
{
	const auto elements = static_cast<ptrdiff_t>(feature_.mean.size()); // that quantiles share

	feature_.mean.assign(mean.begin(), mean.begin() + elements);
	feature_.scale.assign(scale.begin(), scale.begin() + elements);
}

void Encoding::set_unit(double unit)
{
	feature_.mean = {0};
	feature_.scale = {unit};
}

void Encoding::encode(const Column &column, const unsigned char *row, bool held_out,
					  unsigned char *to) const
{
	if (column.kind == NN_CATEGORY)
	{
		const uint32_t code = column.code(row);
		const uint32_t value = code == 0 ? null_cell_ : cells_[code - 1];
		memcpy(to, &value, sizeof(value));
		return;
	}
	for (size_t e = 0; e < reach_.size(); e++, to += sizeof(float))
	{
		const double value = column.number(row, e);
		double z = feature_.standardised(value, e);
		if (held_out && column.role == NN_FEATURE && !std::isnan(z))
		{
			const double limit = std::max(reach_[e], kMaxDeviations);
			z = std::clamp(z, -limit, limit);
		}
		const float narrow = static_cast<float>(z);
		memcpy(to, &narrow, sizeof(narrow));
	}
}

nn_value Encoding::decode(const unsigned char *row, Elements &elements) const
{
	const unsigned char *cells = row + offset_;
	nn_value value = {};

	if (feature_.kind == NN_CATEGORY)
	{
		const uint32_t found = Column::read<uint32_t>(cells);
		const bool known = found < texts_.size();
		if (found == null_cell_)
			return value;
		value.type = NN_TEXT_VALUE;
		value.data = known ? texts_[found].data() : "\xff"; // which no text in UTF-8 holds
		value.length = known ? static_cast<int32_t>(texts_[found].size()) : 1;
		return value;
	}
	elements.reserve(feature_.mean.size());
	for (size_t e = 0; e < feature_.mean.size(); e++)
	{
		const double z = static_cast<double>(Column::read<float>(cells + e * sizeof(float)));
		elements.numbers[e] = feature_.mean[e] + feature_.scale[e] * z;
		elements.nulls[e] = std::isnan(z);
	}
	if (feature_.kind != NN_ARRAY && elements.nulls[0])
		return value;
	value.type = feature_.kind == NN_ARRAY ? NN_FLOAT8_VALUES : NN_FLOAT8_VALUE;
	value.number = elements.numbers[0];
	value.data = elements.numbers.get();
	value.nulls = elements.nulls.get();
	value.length = feature_.elements();
	return value;
}

} // namespace nn
