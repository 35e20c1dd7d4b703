#include "core/batches.h"

#include <algorithm>
#include <numeric>

#include "core/pages.h"

namespace nn
{

Batches::Batches(const Dataset &dataset, const nn_options &options, size_t bytes)
	: dataset_(dataset), seed_(static_cast<uint64_t>(options.seed)),
	  rows_(&dataset.training_rows()), random_(0)
{
	reserve_pages(order_, dataset.training_rows().size());
	order_.resize(dataset.training_rows().size());
	if (dataset.spilled())
		window_ =
			std::make_unique<Window>(dataset.stored(false).stride, dataset.block_rows(), bytes);
	start_factors(options);
}

// By what the weights of a class's rows are multiplied: its weight, such that the training rows' mean
// is 1. Then a batch's gradient is in the mean that of all rows, whatever weights it holds.
void Batches::start_factors(const nn_options &options)
{
	const std::vector<double> &sums = dataset_.class_weights();
	const double total = std::accumulate(sums.begin(), sums.end(), 0.0); // rows' mean: 1
	std::vector<double> factors(sums.size(), 1);
	double weighted = 0;

	if (options.class_weight_count == 0 && !dataset_.weighted())
		return;
	for (size_t k = 0; options.class_weight_count == NN_CHOOSE && k < sums.size(); k++)
		factors[k] = sums[k] > 0 ? total / (static_cast<double>(sums.size()) * sums[k]) : 0;
	for (int c = 0; c < options.class_weight_count; c++)
	{
		const nn_class_weight &given = options.class_weights[c];
		const auto found =
			std::find(dataset_.classes().begin(), dataset_.classes().end(), given.label);
		if (found == dataset_.classes().end())
			throw Error(NN_INVALID, "class_weight names \"%.64s\", which is no class of \"%s\"",
						given.label, dataset_.target_name().c_str());
		factors[static_cast<size_t>(found - dataset_.classes().begin())] = given.weight;
	}
	for (size_t k = 0; k < sums.size(); k++)
		weighted += factors[k] * sums[k];
	if (!(weighted > 0))
		throw Error(NN_INVALID, "class_weight leaves no class with a weight")
			.with_hint("Give at least one class of the rows a weight above 0.");
	for (double factor : factors)
		factors_.push_back(static_cast<float>(factor * total / weighted));
}

void Batches::begin_epoch(int64_t number, bool shuffled)
{
	begin_pass(false);
	random_ =
		Random(seed_, static_cast<uint64_t>(number) + 1); // stream 0 is that of the first weights
	epoch_key_ = random_.next();
	shuffled_ = shuffled;
	ordered_end_ = 0;
	if (window_ && shuffled)
		window_->begin(*stored_, &random_);
	else if (shuffled)
		std::iota(order_.begin(), order_.end(), 0u);
}

void Batches::begin_pass(bool held_out)
{
	rows_ = held_out ? &dataset_.held_out_rows() : &dataset_.training_rows();
	stored_ = &dataset_.stored(held_out);
	shuffled_ = false;
	if (window_)
		window_->begin(*stored_, nullptr);
}

// Rows of files: as far as they are in memory, and one block more of them at a time.
size_t Batches::settle(size_t begin, size_t end)
{
	if (window_)
	{
		if (begin == window_->first() + window_->rows())
		{
			window_->next();
			ordered_end_ = 0;
			order_.resize(shuffled_ ? window_->rows() : 0);
			std::iota(order_.begin(), order_.end(), 0u);
		}
		if (window_->load())
			return begin;
		end = std::min(end, window_->first() + window_->rows());
	}
	const size_t first = window_ ? window_->first() : 0;
	if (shuffled_ && end - first + (end - begin) > ordered_end_)
	{
		const size_t ahead = std::min(end - first + (end - begin), order_.size());
		shuffle(ordered_end_, ahead);
		ordered_end_ = ahead;
	}
	return end;
}

void Batches::prefetch(size_t place, size_t n) const
{
	const size_t first = window_ ? window_->first() : 0;
	const size_t known = first + (shuffled_ ? ordered_end_ : window_ ? window_->rows() : rows());

	for (const size_t end = std::min(place + n, known); place < end; place++)
		dataset_.prefetch(row(place));
}

// Fisher and Yates' shuffle, as far as it is needed. What a place changes with is asked for some time
// before it is touched, and so are the numbers of the rows: both lie anywhere in memory.
void Batches::shuffle(size_t begin, size_t end)
{
	constexpr size_t kAtATime = 64;
	size_t others[kAtATime];

	for (size_t done = begin; done < end; done += kAtATime)
	{
		const size_t n = std::min(kAtATime, end - done);
		for (size_t i = 0; i < n; i++)
		{
			others[i] = done + i + random_.below(order_.size() - done - i);
			__builtin_prefetch(&order_[others[i]], 1);
		}
		for (size_t i = 0; i < n; i++)
		{
			std::swap(order_[done + i], order_[others[i]]);
			if (!window_)
				__builtin_prefetch(&(*rows_)[order_[done + i]]);
		}
	}
}

} // namespace nn
