#include "core/spill.h"

#include <algorithm>

#include "core/random.h"

namespace nn
{

namespace
{

constexpr size_t kMaxFanIn = 64;
constexpr size_t kMinBlock = 8 * 1024, kMaxBlock = 1024 * 1024;

size_t fan_in(size_t budget, size_t stride)
{
	return std::clamp<size_t>(budget / (4 * rows_of_block(budget, stride) * stride), 2, kMaxFanIn);
}

} // namespace

// All blocks of a merge take a quarter of the memory; of rows that are too long for that, two do.
size_t rows_of_block(size_t budget, size_t stride)
{
	const size_t bytes = std::clamp(budget / (4 * kMaxFanIn), kMinBlock, kMaxBlock);
	return std::max<size_t>(bytes / stride, 1);
}

Spill::Spill(RowStore &store)
	: store_(store), stride_(store.stride()), block_rows_(rows_of_block(store.budget(), stride_)),
	  fan_in_(fan_in(store.budget(), stride_))
{}

void Spill::begin_run()
{
	order_ = std::make_unique<CanonicalOrder>(store_, alone_);
	phases_.clear();
	order_->add_sort_phases(phases_);
	phase_ = done_ = 0;
	run_ = std::make_unique<Output>(files_[0], stride_, block_rows_);
	stage_ = Stage::kSort;
}

bool Spill::step()
{
	switch (stage_)
	{
		case Stage::kIdle:
			return false;
		case Stage::kSort:
			sort();
			break;
		case Stage::kWrite:
			write();
			break;
		case Stage::kNext:
			next_merge();
			break;
		case Stage::kMerge:
			merge();
			break;
	}
	return stage_ != Stage::kIdle;
}

void Spill::sort()
{
	const Phase &phase = phases_[phase_];
	const size_t end = std::min(phase.items, done_ + phase.grain);

	done_ = phase.run(done_, end);
	if (done_ < phase.items)
		return;
	done_ = 0;
	if (++phase_ == phases_.size())
		stage_ = Stage::kWrite;
}

void Spill::write()
{
	while (done_ < store_.rows() && !run_->full())
		memcpy(run_->next(), store_.row(order_->row(done_++)), stride_);
	if (done_ < store_.rows())
		return;
	runs_.push_back(run_->stored());
	order_.reset();
	store_.clear();
	stage_ = !merging_ ? Stage::kIdle : heads_.empty() ? Stage::kNext : Stage::kMerge;
}

// ---- runs become one ----

void Spill::begin_merge()
{
	merging_ = true;
	store_.shrink(store_.budget() / 2); // copies have room in it
	stage_ = Stage::kNext;
}

void Spill::next_merge()
{
	if (runs_.size() > fan_in_)
		start_merge(fan_in_, 0, false);
	else if (!told_apart_)
		start_merge(runs_.size(), 1, true);
	else if (runs_.size() > 1)
		start_merge(runs_.size(), 0, false);
	else
	{
		merged_.reset();
		run_.reset();
		inputs_.clear();
		stage_ = Stage::kIdle;
	}
}

void Spill::start_merge(size_t runs, int file, bool tell_apart)
{
	inputs_.clear();
	heads_.clear();
	for (size_t r = 0; r < runs; r++)
		inputs_.push_back(std::make_unique<Input>(runs_[r], block_rows_));
	runs_.erase(runs_.begin(), runs_.begin() + static_cast<ptrdiff_t>(runs));
	for (size_t r = 0; r < runs; r++)
		push_head(r);
	merged_ = std::make_unique<Output>(files_[file], stride_, block_rows_);
	merged_file_ = file;
	tell_apart_ = tell_apart;
	any_ = false;
	stage_ = Stage::kMerge;
}

void Spill::push_head(size_t run)
{
	Input &input = *inputs_[run];

	if (input.ended())
		return;
	if (input.missing())
		input.load();
	heads_.push_back({Column::read<uint64_t>(input.row()), run});
	std::push_heap(heads_.begin(), heads_.end());
}

// As many rows as a block has, or copies as there is room for.
void Spill::merge()
{
	while (!heads_.empty() && !merged_->full())
	{
		const Head head = heads_.front();
		Input &input = *inputs_[head.run];
		const bool copy = tell_apart_ && any_ && head.hash == last_hash_;

		if (copy && store_.full())
			return begin_run();
		if (copy)
			store_.add_stored(input.row(), mix(head.hash + mix(++copies_)));
		else
		{
			memcpy(merged_->next(), input.row(), stride_);
			copies_ = 0;
		}
		any_ = true;
		last_hash_ = head.hash;
		std::pop_heap(heads_.begin(), heads_.end());
		heads_.pop_back();
		input.advance();
		push_head(head.run);
	}
	if (heads_.empty())
		end_merge();
}

void Spill::end_merge()
{
	if (tell_apart_)
		runs_.insert(runs_.begin(), merged_->stored());
	else
		runs_.push_back(merged_->stored());
	told_apart_ = told_apart_ || tell_apart_;
	if (store_.rows() > 0)
		return begin_run();
	stage_ = Stage::kNext;
}

bool Spill::take(int &file, size_t &offset, const void *&data, size_t &bytes)
{
	file = 0;
	if (run_ && run_->take(offset, data, bytes))
		return true;
	file = merged_file_;
	return merged_ && merged_->take(offset, data, bytes);
}

} // namespace nn
