/*
 * steps.h: work over many items as a machine of small steps, so that whoever runs it can stop between
 * any two.
 */
#ifndef PGNN_STEPS_H
#define PGNN_STEPS_H

#include <algorithm>
#include <cstddef>
#include <functional>
#include <vector>

namespace nn
{

class Steps
{
public:
	// The next kind of work: run(begin, end) for all items, at most grain of them at once.
	void add(size_t items, size_t grain, std::function<void(size_t begin, size_t end)> run)
	{
		kinds_.push_back({items, grain, std::move(run)});
	}

	// Work that is done at once.
	void add(std::function<void()> run)
	{
		add(1, 1, [run = std::move(run)](size_t, size_t) { run(); });
	}

	// Does one piece; false when there is nothing left to do. The work may add more behind itself.
	bool step()
	{
		if (kind_ == kinds_.size())
			return false;
		const size_t begin = done_;
		const size_t end = std::min(kinds_[kind_].items, begin + kinds_[kind_].grain);
		if (end > begin)
		{
			const auto run = kinds_[kind_].run; // the list may grow meanwhile
			run(begin, end);
		}
		done_ = end;
		if (done_ == kinds_[kind_].items)
		{
			kinds_[kind_++].run = nullptr;
			done_ = 0;
		}
		return kind_ < kinds_.size();
	}

private:
	struct Kind
	{
		size_t items, grain;
		std::function<void(size_t begin, size_t end)> run;
	};

	std::vector<Kind> kinds_;
	size_t kind_ = 0, done_ = 0;
};

} // namespace nn

#endif
