/*
 * threads.h: a few threads that share the work of one training.
 *
 * They run what they are given and touch nothing else: no PostgreSQL, no memory but that of the work;
 * every signal is blocked in them, so that the server's handlers run in its own thread. Between two
 * pieces of work they spin for a moment, as the next one mostly follows at once, and then sleep.
 */
#ifndef PGNN_THREADS_H
#define PGNN_THREADS_H

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace nn
{

// The processors that this process may use, at least 1.
int processors();

class Threads
{
public:
	// Of so many threads one is the caller's. Where the system gives fewer, they do.
	explicit Threads(int count);
	~Threads();
	Threads(const Threads &) = delete;
	Threads &operator=(const Threads &) = delete;

	int count() const { return static_cast<int>(threads_.size()) + 1; }

	// Calls work(i), or work(i, thread), once for each i below items, some at the same time, and
	// returns when all have ended; threads are numbered from 0. What one of them throws, it throws
	// then. An item is worked on by the same thread in every call, in whose cache it then is, unless
	// another has nothing left to do.
	template <class Work> void run(size_t items, Work work)
	{
		const Call call = [](void *context, size_t i, size_t thread) {
			Work &own = *static_cast<Work *>(context);
			if constexpr (std::is_invocable_v<Work, size_t, size_t>)
				own(i, thread);
			else
				own(i);
		};
		if (items <= 1 || threads_.empty())
			for (size_t i = 0; i < items; i++)
				call(&work, i, 0);
		else
			share(items, call, &work);
	}

private:
	using Call = void (*)(void *context, size_t item, size_t thread);

	// The items of a thread: its own number, and so on in steps of all threads. In a cache line of its own.
	struct alignas(64) Queue
	{
		std::atomic<size_t> next{0};
	};

	void share(size_t items, Call call, void *context);
	void work_off(size_t thread);
	void stay(size_t thread);

	std::vector<std::thread> threads_;
	Call call_ = nullptr;
	void *context_ = nullptr;
	size_t items_ = 0;
	std::unique_ptr<Queue[]> queues_;
	std::atomic<size_t> busy_{0};    // threads at work
	std::atomic<uint64_t> round_{0}; // of work, from 1
	std::atomic<bool> stopping_{false};
	std::mutex mutex_; // of the rest
	std::condition_variable wake_;
	size_t asleep_ = 0;
	std::exception_ptr error_;
};

} // namespace nn

#endif
