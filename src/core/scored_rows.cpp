#include "core/scored_rows.h"

#include <algorithm>
#include <limits>

#include "core/checked.h"

namespace nn
{

namespace
{

constexpr size_t kChunk = 32768; // numbers

} // namespace

ScoredRows::ScoredRows(const TargetShape &shape, size_t budget, size_t extra)
	: outputs_(static_cast<size_t>(shape.outputs)),
	  width_(outputs_ + static_cast<size_t>(shape.truths()) + 1),
	  chunk_rows_(std::max<size_t>(kChunk / width_, 1)), budget_(budget),
	  row_bytes_(width_ * sizeof(double) + extra)
{}

void ScoredRows::add(const double *outputs, const double *truths, double weight)
{
	const size_t row = rows_++;

	if (overflowed_)
		return;
	if (row == chunks_.size() * chunk_rows_)
	{
		if ((chunks_.size() + 1) * chunk_rows_ * row_bytes_ > budget_ ||
			row >= std::numeric_limits<uint32_t>::max() - chunk_rows_)
		{
			overflowed_ = true;
			chunks_.clear();
			return;
		}
		chunks_.push_back(std::make_unique<double[]>(chunk_rows_ * width_));
	}
	double *to = chunks_.back().get() + row % chunk_rows_ * width_;
	to = std::copy_n(outputs, outputs_, to);
	to = std::copy_n(truths, width_ - outputs_ - 1, to);
	*to = weight;
}

void ScoredRows::check_complete() const
{
	constexpr size_t kMegabyte = 1024 * 1024;
	const size_t need = checked_multiply(rows_ + chunk_rows_, row_bytes_) / kMegabyte + 1;

	if (overflowed_)
		throw Error(NN_LIMIT, "the %zu rows need %zu MB of memory, %zu MB are allowed", rows_, need,
					budget_ / kMegabyte)
			.with_hint("Set maintenance_work_mem to more than %zu MB, or select fewer rows.", need);
}

} // namespace nn
