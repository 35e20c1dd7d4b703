/*
 * dataset_files.cpp: rows that don't fit the memory, in temporary files: as they were read, sorted, and
 * then encoded; or only encoded, where that is what leaves no room for the network.
 */
#include <algorithm>

#include "core/dataset.h"
#include "core/training_size.h"

namespace nn
{

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

} // namespace nn
