#include "core/threads.h"

#include <algorithm>
#include <csignal>
#include <exception>
#include <utility>

#include <sched.h>

namespace nn
{

namespace
{

constexpr int kSpins = 1000; // some 10 to 50 microseconds
constexpr int kYields = 100; // before going to sleep

// Waits a little; longer, where others want the processor, after many times.
void wait_briefly(int times)
{
	if (times > kSpins)
		sched_yield();
#if defined(__x86_64__)
	else
		__builtin_ia32_pause();
#endif
}

} // namespace

int processors()
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return std::max(CPU_COUNT(&set), 1);
	return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u));
}

Threads::Threads(int count)
{
	sigset_t all, before;

	if (count <= 1)
		return;
	queues_.reset(new Queue[static_cast<size_t>(count)]);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before); // which the threads inherit
	try
	{
		while (this->count() < count)
			threads_.emplace_back([this, own = threads_.size() + 1] { stay(own); });
	}
	catch (const std::exception &)
	{
		// no more threads, or no memory for them: then with those there are
	}
	pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Threads::~Threads()
{
	{
		const std::lock_guard<std::mutex> lock(mutex_);
		stopping_ = true;
	}
	wake_.notify_all();
	for (std::thread &thread : threads_)
		thread.join();
}

void Threads::share(size_t items, Call call, void *context)
{
	call_ = call;
	context_ = context;
	items_ = items;
	for (size_t q = 0; q <= threads_.size(); q++)
		queues_[q].next.store(0, std::memory_order_relaxed);
	busy_ = threads_.size();
	{
		const std::lock_guard<std::mutex> lock(mutex_);
		round_.fetch_add(1, std::memory_order_release);
		if (asleep_ > 0)
			wake_.notify_all();
	}
	work_off(0);
	for (int times = 0; busy_.load(std::memory_order_acquire) > 0; times++)
		wait_briefly(std::min(times, kSpins + 1));
	if (error_)
		std::rethrow_exception(std::exchange(error_, nullptr));
}

// Takes items until none is left: those of its own queue, then of the others.
void Threads::work_off(size_t thread)
{
	const size_t count = threads_.size() + 1;

	for (size_t k = 0; k < count; k++)
	{
		const size_t queue = (thread + k) % count;
		std::atomic<size_t> &next = queues_[queue].next;
		for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed) * count + queue) < items_;)
			try
			{
				call_(context_, i, thread);
			}
			catch (...)
			{
				const std::lock_guard<std::mutex> lock(mutex_);
				error_ = std::current_exception();
			}
	}
}

// The life of a thread.
void Threads::stay(size_t thread)
{
	for (uint64_t done = 0;; done++)
	{
		for (int times = 0;
			 times < kSpins + kYields && round_.load(std::memory_order_acquire) == done; times++)
			wait_briefly(times);
		if (round_.load(std::memory_order_acquire) == done)
		{
			std::unique_lock<std::mutex> lock(mutex_);
			asleep_++;
			wake_.wait(lock, [&] { return round_.load() != done || stopping_; });
			asleep_--;
			if (round_.load() == done)
				return;
		}
		work_off(thread);
		busy_.fetch_sub(1, std::memory_order_release);
	}
}

} // namespace nn
