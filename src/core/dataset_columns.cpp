/*
 * dataset_columns.cpp: what the statistics of the training rows make of each column: features of the
 * encoder, or of one taken over from a model; the target; and inputs that say nothing.
 */
#include <algorithm>
#include <numeric>

#include "core/dataset.h"

namespace nn
{

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

} // namespace nn
