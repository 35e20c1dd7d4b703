#include "core/window.h"

#include <algorithm>
#include <numeric>

#include "core/checked.h"

namespace nn
{

namespace
{

constexpr size_t kLeastBlocks = 4;

} // namespace

Window::Window(size_t row_bytes, size_t block_rows, size_t bytes)
	: stride_(row_bytes), block_rows_(block_rows),
	  blocks_(bytes / checked_multiply(row_bytes + sizeof(uint32_t), block_rows))
{
	if (blocks_ < kLeastBlocks)
		throw Error(NN_LIMIT,
					"the network leaves %zu kB of memory for training rows, which need %zu kB at "
					"least",
					bytes / 1024, kLeastBlocks * row_bytes * block_rows / 1024 + 1)
			.with_hint("Set maintenance_work_mem to more, or use a smaller network.");
	memory_.reset(new unsigned char[blocks_ * block_rows * row_bytes]);
}

size_t Window::rows_of(uint32_t block) const
{
	return std::min(block_rows_, stored_.rows - size_t(block) * block_rows_);
}

void Window::begin(const StoredRows &stored, Random *random)
{
	stored_ = stored;
	order_.resize((stored.rows + block_rows_ - 1) / block_rows_);
	std::iota(order_.begin(), order_.end(), 0u);
	for (size_t i = 0; i < order_.size() && random != nullptr; i++)
		std::swap(order_[i], order_[i + random->below(order_.size() - i)]);
	next_block_ = first_ = rows_ = 0;
	filling_.clear();
	loaded_ = 0;
}

// The one block that isn't whole goes last, so that the others stand side by side.
void Window::next()
{
	const size_t end = std::min(next_block_ + blocks_, order_.size());
	const uint32_t last = static_cast<uint32_t>((stored_.rows - 1) / block_rows_);

	first_ += rows_;
	filling_.assign(order_.begin() + static_cast<ptrdiff_t>(next_block_),
					order_.begin() + static_cast<ptrdiff_t>(end));
	const auto found = std::find(filling_.begin(), filling_.end(), last);
	if (found != filling_.end())
		std::iter_swap(found, filling_.end() - 1);
	rows_ = 0;
	for (uint32_t block : filling_)
		rows_ += rows_of(block);
	next_block_ = end;
	loaded_ = 0;
}

bool Window::load()
{
	if (loaded_ == filling_.size())
		return false;
	const uint32_t block = filling_[loaded_];
	stored_.read(size_t(block) * block_rows_, rows_of(block),
				 memory_.get() + loaded_ * block_rows_ * stride_);
	if (++loaded_ < filling_.size())
		return true;
	for (size_t b = next_block_; b < std::min(next_block_ + blocks_, order_.size()); b++)
		stored_.read_ahead(size_t(order_[b]) * block_rows_, rows_of(order_[b]));
	return true;
}

} // namespace nn
