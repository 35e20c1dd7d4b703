#include "core/dataset.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/limits.h"
#include "core/pages.h"
#include "core/prefetch.h"
#include "core/trainer.h"

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

// ---- rows that don't fit the memory ----

bool Dataset::spill()
{
	if (!spilling_)
	{
		if (!spill_)
		{
			store_.fix_layout();
			spill_ = std::make_unique<Spill>(store_);
		}
		total_ += store_.rows();
		spill_->begin_run();
	}
	spilling_ = spill_->step();
	return spilling_;
}

bool Dataset::take_block(nn_block &block)
{
	size_t offset, bytes;
	int file;
	bool taken = spill_ && spill_->take(file, offset, block.data, bytes);

	for (int f = 0; f < 2 && !taken; f++)
	{
		file = kTraining + f;
		taken = outputs_[f] && outputs_[f]->take(offset, block.data, bytes);
	}
	if (!taken && phase_ == phases_.size()) // it was the last
		outputs_[0].reset(), outputs_[1].reset();
	if (!taken)
		return false;
	block.file = file;
	block.offset = static_cast<int64_t>(offset);
	block.bytes = bytes;
	spilled_bytes_ += static_cast<int64_t>(bytes);
	return true;
}

void Dataset::open(int file, int descriptor)
{
	(file < kTraining ? spill_->file(file) : encoded_files_[file - kTraining]).open(descriptor);
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

// Of rows in a file: makes the next block of them be in memory; gives how far it reaches.
size_t Dataset::next_spilled(size_t begin, size_t end)
{
	if (!spill_)
		return end;
	if (begin == 0)
		sorted_ = std::make_unique<Input>(spill_->sorted(), spill_->block_rows());
	if (sorted_->missing())
	{
		describe(true); // before its rows go
		sorted_->load();
	}
	return std::min(end, sorted_->loaded());
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

// ---- the encoder, learnt from the statistics or taken over from a model ----

void Dataset::learn_encoder(size_t, size_t)
{
	std::vector<Feature> features;
	size_t offset = 0;

	for (size_t c = 0; c < store_.columns().size(); c++)
	{
		const Column &column = store_.columns()[c];
		encodings_.emplace_back(column, statistics_->of(c), offset, missing_ == Missing::kImpute,
								logarithmic_ && column.role == NN_TARGET);
		if (column.role == NN_TARGET)
			learn_target(encodings_[c], statistics_->of(c));
		if (column.role == NN_WEIGHT) // in the mean 1 from here on
		{
			encodings_[c].set_unit(statistics_->of(c).weight(0) /
								   static_cast<double>(training_count()));
			weight_offset_ = offset;
		}
		if (column.role == NN_FEATURE && !started_)
			features_.push_back(c);
		offset += 4 * static_cast<size_t>(column.length);
	}
	encoded_stride_ = offset;
	for (const Feature &known : start_features_) // the order of the model, whatever the query's
	{
		size_t c = 0;
		while (store_.columns()[c].name != known.name)
			c++;
		encodings_[c].take_over(store_.columns()[c], statistics_->of(c), known);
		features_.push_back(c);
	}
	for (size_t c : features_)
	{
		note_idle_inputs(encodings_[c], statistics_->of(c));
		expander_.add(encodings_[c].feature(), encodings_[c].offset(),
					  missing_ != Missing::kSkip && store_.columns()[c].missing > 0);
		features.push_back(encodings_[c].feature());
		features.back().shares = shares(encodings_[c], statistics_->of(c));
	}
	encoder_ = std::make_unique<Encoder>(std::move(features));
	if (std::find(idle_.begin(), idle_.end(), false) == idle_.end())
		throw Error(NN_BAD_DATA, "no column beside the target varies")
			.with_hint("Select a column that differs between the rows.");
	row_encoder_ = std::make_unique<RowEncoder>(store_.columns(), encodings_);
	encoded_.assign(static_cast<size_t>(threads_->count()),
					std::vector<unsigned char>(encoded_stride_));
}

void Dataset::learn_target(Encoding &encoding, const Statistics::Of &s)
{
	if (classification())
	{
		if (started_)
			encoding.take_over_classes(classes_);
		classes_ = encoding.texts();
		class_weights_.resize(classes_.size());
		for (size_t code = 1; code <= encoding.codes(); code++)
			class_weights_[encoding.cell(code)] = s.code_weights()[code];
		if (!started_ && std::count(class_weights_.begin(), class_weights_.end(), 0.0) ==
							 static_cast<ptrdiff_t>(classes_.size()) - 1)
			throw Error(NN_BAD_DATA, "target \"%s\" has one class only in the rows to train on",
						target().name.c_str())
				.with_hint("Hold out rows so that at least two classes are left.");
	}
	else
	{
		class_weights_ = {s.weight(0)};
		if (started_ && start_target_.mean.size() < encoding.feature().mean.size())
			throw Error(NN_INVALID, "the version to go on from predicts %zu numbers, not %zu",
						start_target_.mean.size(), encoding.feature().mean.size());
		if (started_)
			encoding.take_over_target(start_target_.mean, start_target_.scale);
	}
	target_mean_ = encoding.feature().mean;
	target_scale_ = encoding.feature().scale;
	target_offset_ = encoding.offset();
}

void Dataset::note_idle_inputs(const Encoding &encoding, const Statistics::Of &s)
{
	const Feature &feature = encoding.feature();
	const int64_t rows = static_cast<int64_t>(training_count());
	const size_t start = idle_.size();

	if (feature.inputs() == 0)
		return;
	idle_.resize(start + feature.categories.size(), true);
	for (size_t code = 1; code <= encoding.codes(); code++)
		if (encoding.cell(code) < feature.categories.size())
			idle_[start + encoding.cell(code)] = s.codes()[code] == 0 || s.codes()[code] == rows;
	for (size_t e = 0; e < feature.mean.size(); e++)
		idle_.push_back(s.constant(e));
	if (feature.missing_input)
		idle_.push_back(s.missing() == 0 || s.missing() == rows);
}

// By weight; of NULL in numbers by rows, which are all that is counted there.
std::vector<double> Dataset::shares(const Encoding &encoding, const Statistics::Of &s) const
{
	const Feature &feature = encoding.feature();
	const std::vector<double> &weights = s.code_weights();
	const double rows = static_cast<double>(training_count());
	const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
	std::vector<double> shares(feature.categories.size());

	for (size_t code = 1; code <= encoding.codes(); code++)
		if (encoding.cell(code) < shares.size())
			shares[encoding.cell(code)] = weights[code] / all;
	if (feature.missing_input)
		shares.push_back(feature.kind == NN_CATEGORY ? weights[0] / all
													 : static_cast<double>(s.missing()) / rows);
	return shares;
}

// ---- in place, in the order of memory; or to the ends of two files, in canonical order ----

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

// Whether the encoded rows fit beside the network, or that wouldn't fit anyway.
bool Dataset::leaves_room() const
{
	const size_t network = training_bytes(*this, options_);
	return network > budget() || store_.bytes_for(rows(), encoded_stride_) <= budget() - network;
}

void Dataset::begin_files(size_t block_rows)
{
	block_rows_ = block_rows;
	for (int f = 0; f < 2; f++)
		outputs_[f] = std::make_unique<Output>(encoded_files_[f], encoded_stride_, block_rows);
}

// Of rows in memory.
size_t Dataset::encode_to_files(size_t begin, size_t end)
{
	for (size_t k = begin; k < end; k++)
	{
		const bool held_out = k >= training_.size();
		const uint32_t place = held_out ? held_out_[k - training_.size()] : training_[k];
		if (outputs_[held_out]->full())
			return k;
		row_encoder_->encode(store_.row(place), held_out, outputs_[held_out]->next());
	}
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

// Of rows in a file.
size_t Dataset::encode_spilled(size_t begin, size_t end)
{
	if (begin == 0)
	{
		start_quota();
		begin_files(rows_of_block(budget(), encoded_stride_));
	}
	end = next_spilled(begin, end);
	for (size_t k = begin; k < end; k++)
	{
		if (outputs_[0]->full() || outputs_[1]->full())
			return k;
		const bool held_out = holds_out(sorted_->row());
		row_encoder_->encode(sorted_->row(), held_out, outputs_[held_out]->next());
		sorted_->advance();
	}
	return end;
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
