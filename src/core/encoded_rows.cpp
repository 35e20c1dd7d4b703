#include "core/encoded_rows.h"

#include <algorithm>
#include <limits>

#include "core/checked.h"
#include "core/random.h"

namespace nn
{

namespace
{

constexpr size_t kChunk = 65536; // numbers
constexpr size_t kGrain = 20000; // rows

} // namespace

EncodedRows::EncodedRows(Predictor &predictor, size_t truths, size_t budget, size_t extra)
	: predictor_(predictor), inputs_(static_cast<size_t>(predictor.encoder().inputs())),
	  truths_(truths), chunk_rows_(std::max<size_t>(kChunk / (inputs_ + truths + 1), 1)),
	  budget_(budget), row_bytes_(inputs_ * sizeof(float) + (truths + 1) * sizeof(double) +
								  Ordering::kRowBytes + extra)
{
	first_.push_back(0);
	for (const Feature &feature : predictor.encoder().features())
		first_.push_back(first_.back() + static_cast<size_t>(feature.inputs()));
	X_.resize(NN_BATCH_ROWS * inputs_);
	outputs_.resize(NN_BATCH_ROWS * static_cast<size_t>(predictor.outputs()));
}

bool EncodedRows::add(const nn_value *values, const double *truths, double weight)
{
	if (!predictor_.encode(values, X_.data()))
		return false;
	const size_t row = rows_++;
	if (overflowed_)
		return true;
	if (row == chunks_.size() * chunk_rows_)
	{
		if ((chunks_.size() + 1) * chunk_rows_ * row_bytes_ > budget_ ||
			row >= std::numeric_limits<uint32_t>::max() - chunk_rows_)
		{
			overflowed_ = true;
			chunks_.clear();
			return true;
		}
		Chunk chunk;
		chunk.inputs = std::make_unique<float[]>(chunk_rows_ * inputs_);
		chunk.numbers = std::make_unique<double[]>(chunk_rows_ * (truths_ + 1));
		chunks_.push_back(std::move(chunk));
	}
	std::copy_n(X_.data(), inputs_, chunks_.back().inputs.get() + row % chunk_rows_ * inputs_);
	double *numbers = chunks_.back().numbers.get() + row % chunk_rows_ * (truths_ + 1);
	std::copy_n(truths, truths_, numbers);
	numbers[truths_] = weight;
	return true;
}

// As a number below 1.
double EncodedRows::hash(size_t row) const
{
	const uint64_t a = hash_bytes(inputs_of(row), inputs_ * sizeof(float));
	const uint64_t b = hash_bytes(numbers_of(row), (truths_ + 1) * sizeof(double));

	return Random(a, b).uniform();
}

bool EncodedRows::sort()
{
	constexpr size_t kMegabyte = 1024 * 1024;

	if (overflowed_)
	{
		const size_t need = checked_multiply(rows_ + chunk_rows_, row_bytes_) / kMegabyte + 1;
		throw Error(NN_LIMIT, "the %zu rows need %zu MB of memory, %zu MB are allowed", rows_, need,
					budget_ / kMegabyte)
			.with_hint(
				"Set maintenance_work_mem to more than %zu MB, or select fewer rows, such as "
				"by TABLESAMPLE.",
				need);
	}
	if (!steps_)
	{
		steps_ = std::make_unique<Steps>();
		order_.resize(rows_);
		steps_->add(rows_, kGrain, [this](size_t begin, size_t end) {
			for (size_t row = begin; row < end; row++)
				order_.set(row, hash(row));
		});
		order_.add_sort(*steps_);
	}
	return steps_->step();
}

float *EncodedRows::begin_batch(size_t place, size_t n)
{
	for (size_t i = 0; i < n; i++)
		std::copy_n(row(place + i), inputs_, X_.data() + i * inputs_);
	return X_.data();
}

const double *EncodedRows::predict(size_t n)
{
	predictor_.predict_encoded(X_.data(), static_cast<int>(n), outputs_.data());
	return outputs_.data();
}

void EncodedRows::copy_feature(size_t feature, size_t place, float *x) const
{
	std::copy_n(row(place) + first_[feature], input_count(feature), x + first_[feature]);
}

} // namespace nn
