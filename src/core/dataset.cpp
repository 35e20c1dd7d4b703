#include "core/dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/limits.h"
#include "core/random.h"

namespace nn
{

namespace
{

constexpr size_t kCellsAtATime = 2000000; // of a phase: some 10 ms
constexpr size_t kBucketBits = 12;

size_t bucket_of(uint64_t hash)
{
	return hash >> (64 - kBucketBits);
}

} // namespace

bool Dataset::prepare(double validation)
{
	if (phases_.empty())
	{
		check();
		plan(validation);
	}
	if (phase_ < phases_.size())
	{
		const Phase &phase = phases_[phase_];
		const size_t end = std::min(phase.items, done_ + phase.grain);
		(this->*phase.run)(done_, end);
		done_ = end;
		if (done_ == phase.items)
		{
			phase_++;
			done_ = 0;
			if (phase_ == phases_.size())
				finish();
		}
	}
	return phase_ < phases_.size();
}

// What can be said of the rows as a whole before anything is computed.
void Dataset::check() const
{
	store_.check_budget();
	if (store_.rows() == 0 && store_.skipped() > 0)
		throw Error(NN_BAD_DATA, "target \"%s\" is NULL in all %lld rows", target().name.c_str(),
					static_cast<long long>(store_.skipped()));
	if (store_.rows() == 0)
		throw Error(NN_BAD_DATA, "the query returned no rows");
	for (const Column &column : store_.columns())
	{
		if (column.not_finite > 0)
			throw Error(NN_NOT_FINITE, "column \"%s\" holds NaN or infinity in %lld row%s",
						column.name.c_str(), static_cast<long long>(column.not_finite),
						column.not_finite == 1 ? "" : "s")
				.with_hint("Leave these rows out, or make the values NULL with nullif().");
		if (&column == &target() && column.missing > 0)
			throw Error(NN_BAD_DATA, "target \"%s\" has NULL elements in %lld rows",
						column.name.c_str(), static_cast<long long>(column.missing))
				.with_hint("Leave these rows out of the query.");
		if (column.length == 0)
			throw Error(NN_BAD_DATA, "column \"%s\" is NULL in every row", column.name.c_str())
				.with_hint("Leave the column out of the query.");
		if (column.kind == NN_CATEGORY)
			check_categories(column);
	}
}

void Dataset::check_categories(const Column &column) const
{
	const size_t values = column.dictionary.size();
	const size_t rows = store_.rows() - static_cast<size_t>(column.missing);

	if (&column == &target() && values == 1)
		throw Error(NN_BAD_DATA, "target \"%s\" has one class only", column.name.c_str())
			.with_hint("Select rows of at least two classes.");
	if (values > kIdCategories &&
		static_cast<double>(values) > kIdShare * static_cast<double>(rows))
		throw Error(NN_BAD_DATA, "column \"%s\" has %zu different values in %zu rows",
					column.name.c_str(), values, rows)
			.with_hint(&column == &target() ? "Predict a column with fewer values, or group them."
											: "Nothing can be learnt from names and ids: leave the "
											  "column out of the query.");
}

void Dataset::plan(double validation)
{
	const size_t rows = store_.rows();
	size_t cells = 0;

	for (const Column &column : store_.columns())
		cells += static_cast<size_t>(column.length);
	const size_t few = std::max<size_t>(kCellsAtATime / cells, 1);
	validation_ = validation;
	keys_.resize(rows);
	phases_ = {
		{rows, kCellsAtATime, &Dataset::count_keys},
		{rows, kCellsAtATime / 4, &Dataset::place_keys},
		{size_t(1) << kBucketBits, 64, &Dataset::sort_keys},
		{rows, kCellsAtATime / 4, &Dataset::tell_duplicates_apart},
		// once more, where there are duplicates
		{rows, kCellsAtATime, &Dataset::count_keys},
		{rows, kCellsAtATime / 4, &Dataset::place_keys},
		{size_t(1) << kBucketBits, 64, &Dataset::sort_keys},
		{rows, kCellsAtATime / 4, &Dataset::count_classes},
		{rows, kCellsAtATime / 4, &Dataset::split},
		{rows, few, &Dataset::sum_values},
		{rows, few, &Dataset::sum_squares},
		{1, 1, &Dataset::learn_encoder},
		{rows, few, &Dataset::encode_rows},
	};
}

// ---- canonical order: by hash. Rows of the same hash are the same rows, but for a chance of 3 in a
// million among 10 million rows; then, too, only their order would follow the query's. ----

void Dataset::count_keys(size_t begin, size_t end)
{
	if (begin == 0)
		buckets_.assign((size_t(1) << kBucketBits) + 1, 0);
	for (size_t row = begin; row < end; row++)
		buckets_[bucket_of(store_.hash(row)) + 1]++;
	if (end == store_.rows())
		for (size_t b = 1; b < buckets_.size(); b++)
			buckets_[b] += buckets_[b - 1];
}

void Dataset::place_keys(size_t begin, size_t end)
{
	for (size_t row = begin; row < end; row++)
	{
		const uint64_t hash = store_.hash(row);
		keys_[buckets_[bucket_of(hash)]++] = {hash, static_cast<uint32_t>(row)};
	}
}

void Dataset::sort_keys(size_t begin, size_t end)
{
	for (size_t b = begin; b < end; b++)
	{
		const size_t first = b == 0 ? 0 : buckets_[b - 1];
		const auto begin_key = keys_.begin() + static_cast<ptrdiff_t>(first);
		const auto end_key = keys_.begin() + static_cast<ptrdiff_t>(buckets_[b]);
		const auto less = [](const Key &x, const Key &y) { return x.hash < y.hash; };

		if (!std::is_sorted(begin_key, end_key, less)) // as many copies of one row are
			std::sort(begin_key, end_key, less);
	}
}

// Copies of a row get hashes of their own, by their number: they would otherwise stand together, and
// fill the held-out rows together. Which copy gets which makes no difference.
void Dataset::tell_duplicates_apart(size_t begin, size_t end)
{
	for (size_t k = begin; k < end; k++)
	{
		const uint64_t hash = keys_[k].hash;
		copies_ = k > 0 && hash == last_hash_ ? copies_ + 1 : 0;
		last_hash_ = hash;
		if (copies_ > 0)
		{
			store_.set_hash(keys_[k].row, mix(hash + mix(copies_)));
			duplicates_ = true;
		}
	}
	if (end == store_.rows() && !duplicates_)
		for (size_t next = phase_ + 1; next <= phase_ + 3; next++)
			phases_[next].items = 0;
}

// ---- held-out rows: of each class its share, the first in canonical order. A row's side so depends
// on its content, not on the seed, and mostly stays when rows are added. ----

uint32_t Dataset::class_of(size_t row) const
{
	return classification() ? target().code(store_.row(row)) - 1 : 0;
}

void Dataset::count_classes(size_t begin, size_t end)
{
	quota_.resize(classification() ? target().dictionary.size() : 1);
	for (size_t row = begin; row < end; row++)
		quota_[class_of(row)]++;
	if (end < store_.rows())
		return;
	for (int64_t &count : quota_)
		count = std::min(count - 1, static_cast<int64_t>(std::floor(
										validation_ * static_cast<double>(count) + 0.5)));
}

void Dataset::split(size_t begin, size_t end)
{
	if (begin == 0)
	{
		training_.reserve(store_.rows());
		is_held_out_.resize(store_.rows());
	}
	for (size_t k = begin; k < end; k++)
	{
		const uint32_t row = keys_[k].row;
		const bool hold_out = quota_[class_of(row)]-- > 0;
		(hold_out ? held_out_ : training_).push_back(row);
		is_held_out_[row] = hold_out;
	}
}

// ---- statistics over the training rows, in two passes: mean, then squared distances from it ----

void Dataset::sum_values(size_t begin, size_t end)
{
	if (begin == 0)
	{
		keys_ = {};
		for (const Column &column : store_.columns())
		{
			const size_t n = column.kind == NN_CATEGORY ? 0 : static_cast<size_t>(column.length);
			constexpr double kInfinity = std::numeric_limits<double>::infinity();
			Statistics s;
			s.count.assign(n, 0);
			s.sum.assign(n, 0);
			s.square.assign(n, 0);
			s.low.assign(n, kInfinity);
			s.high.assign(n, -kInfinity);
			s.codes.assign(column.dictionary.size() + 1, 0);
			statistics_.push_back(std::move(s));
		}
	}
	end = std::min(end, training_.size());
	for (size_t i = begin; i < end; i++)
	{
		const unsigned char *row = store_.row(training_[i]);
		for (size_t c = 0; c < store_.columns().size(); c++)
			statistics_[c].add(store_.columns()[c], row);
	}
}

void Dataset::Statistics::add(const Column &column, const unsigned char *row)
{
	bool null = false;

	if (column.kind == NN_CATEGORY)
		codes[column.code(row)]++;
	for (size_t e = 0; e < count.size(); e++)
	{
		const double value = column.number(row, e);
		if (std::isnan(value))
		{
			null = true;
			continue;
		}
		count[e]++;
		sum[e] += value;
		low[e] = std::min(low[e], value);
		high[e] = std::max(high[e], value);
	}
	missing += null;
}

void Dataset::sum_squares(size_t begin, size_t end)
{
	end = std::min(end, training_.size());
	for (size_t i = begin; i < end; i++)
	{
		const unsigned char *row = store_.row(training_[i]);
		for (size_t c = 0; c < store_.columns().size(); c++)
		{
			Statistics &s = statistics_[c];
			for (size_t e = 0; e < s.count.size(); e++)
			{
				const double distance = store_.columns()[c].number(row, e) - s.mean(e);
				if (!std::isnan(distance))
					s.square[e] += distance * distance;
			}
		}
	}
}

// Mean and scale of a column's elements, or its categories.
Feature Dataset::describe(const Column &column, Statistics &s)
{
	Feature feature;

	feature.name = column.name;
	feature.type = column.type;
	feature.kind = column.kind;
	feature.missing = column.missing;
	feature.missing_input = column.missing > 0;
	for (size_t e = 0; e < s.count.size(); e++)
	{
		const double mean = s.mean(e);
		const double deviation = s.count[e] > 0 ? std::sqrt(s.square[e] / s.count[e]) : 0;
		const bool plain = s.low[e] >= s.high[e] || deviation == 0 || column.kind == NN_BOOLEAN;

		if (!std::isfinite(mean) || !std::isfinite(deviation))
			throw Error(NN_NOT_FINITE, "column \"%s\" has numbers too large to be standardised",
						column.name.c_str())
				.with_hint("Divide the column by a constant in the query.");
		feature.mean.push_back(mean);
		feature.scale.push_back(plain ? 1 : deviation);
	}
	s.scale = feature.scale;
	ranks_.emplace_back();
	feature.categories = column.dictionary.sorted(ranks_.back());
	if (feature.categories.size() == 1 && !feature.missing_input)
		feature.categories.clear(); // a constant says nothing
	return feature;
}

void Dataset::learn_encoder(size_t, size_t)
{
	std::vector<Feature> features;
	Feature target_feature;
	size_t offset = 0;

	for (size_t c = 0; c < store_.columns().size(); c++)
	{
		const Column &column = store_.columns()[c];
		Feature feature = describe(column, statistics_[c]);
		if (c == store_.target())
		{
			target_offset_ = offset;
			target_feature = std::move(feature);
		}
		else
		{
			note_idle_inputs(feature, statistics_[c]);
			expander_.add(feature, offset, column.missing > 0);
			features.push_back(std::move(feature));
		}
		offset += 4 * static_cast<size_t>(column.length);
	}
	encoded_stride_ = offset;

	const Statistics &s = statistics_[store_.target()];
	const std::vector<uint32_t> &ranks = ranks_[store_.target()];
	if (classification())
	{
		classes_ = target_feature.categories;
		class_counts_.resize(classes_.size());
		for (size_t code = 0; code < ranks.size(); code++)
			class_counts_[ranks[code]] = s.codes[code + 1];
	}
	target_mean_ = target_feature.mean;
	target_scale_ = target_feature.scale;
	encoder_ = std::make_unique<Encoder>(std::move(features));
	if (std::find(idle_.begin(), idle_.end(), false) == idle_.end())
		throw Error(NN_BAD_DATA, "no column beside the target varies")
			.with_hint("Select a column that differs between the rows.");
}

void Dataset::note_idle_inputs(const Feature &feature, const Statistics &s)
{
	const int64_t rows = static_cast<int64_t>(training_.size());
	const std::vector<uint32_t> &ranks = ranks_.back();
	const size_t start = idle_.size();

	if (feature.inputs() == 0)
		return;
	for (size_t e = 0; e < s.count.size(); e++)
		idle_.push_back(s.low[e] >= s.high[e]);
	idle_.resize(start + (feature.kind == NN_CATEGORY ? ranks.size() : s.count.size()));
	for (size_t code = 0; code < ranks.size(); code++)
		idle_[start + ranks[code]] = s.codes[code + 1] == 0 || s.codes[code + 1] == rows;
	if (feature.missing_input)
	{
		const int64_t missing = feature.kind == NN_CATEGORY ? s.codes[0] : s.missing;
		idle_.push_back(missing == 0 || missing == rows);
	}
}

// ---- in place, in the order of memory: a cell of 4 bytes for each number or code ----

// A number of a row as the network gets it, or the target's.
float Dataset::encoded(size_t column, const unsigned char *row, size_t element, bool held_out) const
{
	const Column &c = store_.columns()[column];
	const Statistics &s = statistics_[column];
	const double mean = s.mean(element), scale = s.scale[element];
	const double z = (c.number(row, element) - mean) / scale;

	if (!held_out || column == store_.target() || std::isnan(z))
		return static_cast<float>(z);
	const double reach =
		s.count[element] > 0 ? std::max(s.high[element] - mean, mean - s.low[element]) / scale : 0;
	const double limit = std::max(reach, kMaxDeviations);
	return static_cast<float>(std::clamp(z, -limit, limit));
}

void Dataset::encode_rows(size_t begin, size_t end)
{
	for (size_t number = begin; number < end; number++)
	{
		const unsigned char *row = store_.row(number);
		unsigned char *to = store_.rewritten(number, encoded_stride_);

		for (size_t c = 0; c < store_.columns().size(); c++)
		{
			const Column &column = store_.columns()[c];
			if (column.kind == NN_CATEGORY)
			{
				const uint32_t code = column.code(row);
				const uint32_t cell =
					code == 0 ? static_cast<uint32_t>(ranks_[c].size()) : ranks_[c][code - 1];
				memcpy(to, &cell, sizeof(cell));
				to += sizeof(cell);
				continue;
			}
			for (size_t e = 0; e < static_cast<size_t>(column.length); e++, to += sizeof(float))
			{
				const float cell = encoded(c, row, e, is_held_out_[number]);
				memcpy(to, &cell, sizeof(cell));
			}
		}
	}
}

void Dataset::finish()
{
	store_.finish_rewriting(encoded_stride_);
	statistics_ = {};
	is_held_out_ = {};
	buckets_ = {};
}

void Dataset::gather(const uint32_t *rows, size_t n, float *X, float *Y) const
{
	const size_t width = static_cast<size_t>(target_width());

	for (size_t i = 0; i < n; i++, Y += width)
	{
		const unsigned char *row = store_.row(rows[i]);
		X = expander_.expand(row, X);
		if (classification())
			Y[0] = static_cast<float>(Column::read<uint32_t>(row + target_offset_));
		else
			memcpy(Y, row + target_offset_, width * sizeof(float));
	}
}

} // namespace nn
