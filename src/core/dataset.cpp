#include "core/dataset.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/limits.h"
#include "core/pages.h"
#include "core/prefetch.h"

namespace nn
{

namespace
{

constexpr size_t kCellsAtATime = 2000000;              // of a phase: some 10 ms
constexpr size_t kChunksAtATime = 2;                   // of a thread: the same
constexpr size_t kDescribed = 64 * Statistics::kBlock; // rows at a time
constexpr double kWorthThreads = 1e6;                  // cells, some 5 ms

Missing missing_policy(const nn_options &options)
{
	Missing missing;
	find_missing(options.missing, &missing);
	return missing;
}

} // namespace

Dataset::Dataset(const nn_column *columns, int count, const nn_options &options, size_t budget)
	: validation_(options.validation), missing_(missing_policy(options)),
	  logarithmic_(std::any_of(columns, columns + count,
							   [&](const nn_column &column) {
								   return column.role == NN_TARGET && column.kind != NN_CATEGORY &&
										  resolved_loss(options, false).logarithmic;
							   })),
	  dry_run_(options.dry_run), store_(columns, count, options, budget), options_(options),
	  may_spill_(options.spill && !options.dry_run)
{
	check_roles(columns, count, options);
	if (options.champion != nullptr)
		check_features(options.champion->predictor, false, "compare with");
	if (options.start != nullptr)
	{
		const Predictor &model = options.start->model->predictor;
		check_features(model, true, "go on from");
		if (model.logarithmic() != logarithmic_)
			throw Error(NN_INVALID,
						"the version to go on from was trained with another kind of loss")
				.with_hint("Leave loss out, or train without warm_start.");
		started_ = true;
		start_features_ = model.encoder().features();
		classes_ = model.classes();
		start_target_.mean = model.target_mean();
		start_target_.scale = model.target_scale();
	}
	// the loss may be that of a stored version, of which nothing is believed
	target_kind(options, target().name.c_str(), target().type.c_str(), target().kind);
}

bool Dataset::prepare()
{
	if (spill_ && !merging_)
	{
		if (spilling_ || store_.rows() > 0)
		{
			spill();
			return true;
		}
		check();
		spill_->begin_merge();
		merging_ = true;
	}
	if (spill_ && spill_->step())
		return true;
	if (phases_.empty())
	{
		if (!spill_)
			check();
		plan();
	}
	if (phase_ < phases_.size())
	{
		const Phase &phase = phases_[phase_];
		done_ = phase.run(done_, std::min(phase.items, done_ + phase.grain));
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

void Dataset::plan()
{
	const size_t rows = store_.rows();
	size_t cells = 0;

	for (const Column &column : store_.columns())
		cells += static_cast<size_t>(column.length);
	const size_t few = std::max<size_t>(kCellsAtATime / cells, 1);
	const auto add = [this](size_t items, size_t grain, auto run) {
		phases_.push_back({items, grain, [this, run](size_t begin, size_t end) {
							   (this->*run)(begin, end);
							   return end;
						   }});
	};
	const auto split_rows = [this](size_t begin, size_t end) { return split(begin, end); };

	start_quota();
	threads_ = std::make_unique<Threads>(
		static_cast<double>(spill_ ? total_ : rows) * static_cast<double>(cells) > kWorthThreads
			? options_.threads
			: 1);
	if (spill_)
	{
		phases_.push_back({total_, few, split_rows});
		add(1, 1, &Dataset::learn_encoder);
		phases_.push_back(
			{total_, few, [this](size_t begin, size_t end) { return encode_spilled(begin, end); }});
		return;
	}
	order_ = std::make_unique<CanonicalOrder>(store_, *threads_);
	order_->add_phases(phases_);
	phases_.push_back({rows, few, split_rows});
	add(1, 1, &Dataset::learn_encoder);
	// in whole chunks, some for each thread
	const size_t chunks = kChunksAtATime * static_cast<size_t>(threads_->count());
	phases_.push_back({rows, chunks * store_.chunk_rows(),
					   [this](size_t begin, size_t end) { return encode(begin, end); }});
}

// ---- held-out rows: those of the column holdout, or of each class its share, the first in canonical
// order. A row's side so depends on its content, not on the seed, and mostly stays when rows are
// added. ----

void Dataset::start_quota()
{
	quota_.clear();
	for (int64_t count : store_.class_rows())
		quota_.push_back(std::min(count - 1, static_cast<int64_t>(std::floor(
												 validation_ * static_cast<double>(count) + 0.5))));
}

// Of the next row in canonical order.
bool Dataset::holds_out(const unsigned char *row)
{
	const Column *holdout = store_.find(NN_HOLDOUT);

	if (holdout != nullptr)
		return holdout->number(row, 0) != 0;
	return quota_[classification() ? target().code(row) : 0]-- > 0;
}

double Dataset::weight_of(const unsigned char *row) const
{
	const Column *weight = store_.find(NN_WEIGHT);
	return weight != nullptr ? weight->number(row, 0) : 1;
}

// Training rows go into the statistics at once.
size_t Dataset::split(size_t begin, size_t end)
{
	if (begin == 0)
	{
		statistics_ = std::make_unique<Statistics>(store_.columns());
		reserve_pages(training_, spill_ ? 0 : store_.rows());
		is_held_out_.resize(spill_ ? 0 : store_.rows());
	}
	end = next_spilled(begin, end);
	// else they come into the caches of the threads that describe them
	const bool reads = classification() || weighted() || store_.find(NN_HOLDOUT) != nullptr;
	for (size_t k = begin; k < end; k++)
	{
		const uint32_t place = spill_ ? 0 : order_->row(k);
		const unsigned char *row = spill_ ? sorted_->row() : store_.row(place);
		if (!spill_ && reads && k + kAhead < end)
			nn::prefetch(store_.row(order_->row(k + kAhead)) + target().offset, 1);
		if (spill_)
			sorted_->advance();
		const bool held_out = holds_out(row);
		if (spill_)
			(held_out ? stored_held_out_ : stored_training_).rows++;
		else
		{
			(held_out ? held_out_ : training_).push_back(place);
			is_held_out_[place] = held_out;
		}
		if (held_out)
			continue;
		described_.push_back(row);
		weights_.push_back(weight_of(row));
		if (described_.size() == kDescribed)
			describe(false);
	}
	if (end == rows())
		end_split();
	return end;
}

// The rows that wait for it go into the statistics, in whole blocks unless these are all.
void Dataset::describe(bool all)
{
	const size_t count = described_.size();
	const size_t n = all ? count : count / Statistics::kBlock * Statistics::kBlock;

	statistics_->add(store_.columns(), described_.data(), weights_.data(), n, *threads_);
	described_.erase(described_.begin(), described_.begin() + static_cast<ptrdiff_t>(n));
	weights_.erase(weights_.begin(), weights_.begin() + static_cast<ptrdiff_t>(n));
}

void Dataset::end_split()
{
	const Column *holdout = store_.find(NN_HOLDOUT);

	describe(true);
	order_.reset();
	const bool no_training = training_count() == 0, no_held_out = held_out_count() == 0;
	if (needs_held_out_ && no_held_out)
		throw Error(NN_BAD_DATA, "validation => %g holds out none of the %zu rows", validation_,
					rows())
			.with_hint("Give a larger share.");
	if (holdout != nullptr && (no_training || no_held_out))
		throw Error(NN_BAD_DATA, "holdout \"%s\" is %s in every row", holdout->name.c_str(),
					no_training ? "true" : "false")
			.with_hint(
				"It is to be true for the rows to hold out, and false for those to train on.");
}

// ---- encoded in place, in the order of memory; or to the ends of two files, in canonical order ----

size_t Dataset::encode(size_t begin, size_t end)
{
	if (begin == 0 && may_spill_ && !leaves_room())
	{
		total_ = store_.rows();
		begin_files(rows_of_block(budget(), encoded_stride_));
	}
	if (outputs_[0])
		return encode_to_files(begin, end);
	encode_chunks(begin, end);
	return end;
}

// Chunks of the store share nothing.
void Dataset::encode_chunks(size_t begin, size_t end)
{
	const size_t rows = store_.chunk_rows();

	threads_->run((end - begin + rows - 1) / rows, [&](size_t chunk, size_t thread) {
		const size_t first = begin + chunk * rows, last = std::min(first + rows, end);
		std::vector<unsigned char> &encoded = encoded_[thread];
		for (size_t number = first; number < last; number++)
		{
			row_encoder_->encode(store_.row(number), is_held_out_[number], encoded.data());
			memcpy(store_.rewritten(number, encoded_stride_), encoded.data(), encoded_stride_);
		}
	});
}

void Dataset::finish()
{
	if (outputs_[0])
	{
		stored_training_ = outputs_[0]->stored();
		stored_held_out_ = outputs_[1]->stored();
		training_ = {};
		held_out_ = {};
		sorted_.reset();
		spill_.reset();
		store_.shrink(0);
	}
	else
		store_.finish_rewriting(encoded_stride_);
	threads_.reset();
	statistics_.reset();
	row_encoder_.reset();
	encoded_ = {};
	is_held_out_ = {};
	start_features_ = {};
}

void Dataset::prefetch(const unsigned char *row) const
{
	nn::prefetch(row, encoded_stride_);
}

void Dataset::gather(const unsigned char *const *rows, size_t n, float *X, uint32_t *codes,
					 float *Y, float *weights) const
{
	const size_t width = static_cast<size_t>(target_width());

	for (size_t i = 0; i < n; i++, Y += width)
	{
		const unsigned char *row = rows[i];
		if (i + kAhead < n)
			prefetch(rows[i + kAhead]);
		expander_.expand(row, X, codes);
		if (classification())
			Y[0] = static_cast<float>(Column::read<uint32_t>(row + target_offset_));
		else
			memcpy(Y, row + target_offset_, width * sizeof(float));
		weights[i] = weighted() ? Column::read<float>(row + weight_offset_) : 1.0f;
	}
}

Dataset::Sample Dataset::sample(size_t limit) const
{
	constexpr size_t kBytes = 16 * 1024 * 1024;
	Sample sample;
	size_t n = std::min(limit, training_count());

	if (spilled())
	{
		n = std::min(n, std::max<size_t>(kBytes / encoded_stride_, 1));
		sample.bytes.reset(new unsigned char[n * encoded_stride_]);
		stored_training_.read(0, n, sample.bytes.get());
	}
	for (size_t i = 0; i < n; i++)
		sample.rows.push_back(spilled() ? sample.bytes.get() + i * encoded_stride_
										: store_.row(training_[i]));
	return sample;
}

std::vector<std::pair<float, float>> Dataset::targets(size_t limit) const
{
	const Sample some = sample(limit);
	std::vector<std::pair<float, float>> result;

	for (const unsigned char *row : some.rows)
		result.emplace_back(Column::read<float>(row + target_offset_),
							weighted() ? Column::read<float>(row + weight_offset_) : 1.0f);
	return result;
}

bool Dataset::constant(size_t f) const
{
	size_t input = 0;

	for (size_t before = 0; before < f; before++)
		input += static_cast<size_t>(encoder_->features()[before].inputs());
	const auto first = idle_.begin() + static_cast<ptrdiff_t>(input);
	return std::find(first, first + encoder_->features()[f].inputs(), false) ==
		   first + encoder_->features()[f].inputs();
}

nn_value Dataset::decoded(size_t feature, const unsigned char *row, Elements &elements) const
{
	return encodings_[features_[feature]].decode(row, elements);
}

} // namespace nn
