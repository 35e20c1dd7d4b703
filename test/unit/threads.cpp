/*
 * threads.cpp: every item once, errors handed on, no signals, nothing left behind; and the same model
 * whatever the number of threads.
 */
#include "core/threads.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>

#include "tables.h"
#include "training.h"

namespace
{

using nn::Threads;

size_t threads_of_process()
{
	const std::filesystem::directory_iterator tasks("/proc/self/task");
	return static_cast<size_t>(std::distance(begin(tasks), end(tasks)));
}

TEST(Threads, RunEveryItemOnce)
{
	for (int count : {1, 2, 3, 5})
	{
		Threads threads(count);
		EXPECT_EQ(threads.count(), count);
		for (size_t items : {0u, 1u, 2u, 7u, 100u})
			for (int round = 0; round < 50; round++)
			{
				std::vector<std::atomic<int>> calls(items);
				threads.run(items, [&](size_t i) { calls[i]++; });
				for (const std::atomic<int> &number : calls)
					ASSERT_EQ(number, 1);
			}
	}
}

TEST(Threads, WakeUpAfterASleep)
{
	Threads threads(3);

	for (int round = 0; round < 3; round++)
	{
		std::atomic<int> calls{0};
		std::this_thread::sleep_for(
			std::chrono::milliseconds(20)); // they have gone to sleep by then
		threads.run(10, [&](size_t) { calls++; });
		EXPECT_EQ(calls, 10);
	}
}

TEST(Threads, HandOnWhatIsThrown)
{
	Threads threads(2);
	std::atomic<int> calls{0};

	const auto fail = [&](size_t i) {
		calls++;
		if (i % 2 == 1)
			throw nn::Error(NN_LIMIT, "item %zu", i);
	};
	EXPECT_EQ(rows::error_of([&] { threads.run(20, fail); }).code, NN_LIMIT);
	EXPECT_EQ(calls, 20);
	calls = 0;
	threads.run(20, [&](size_t) { calls++; }); // and the error is forgotten
	EXPECT_EQ(calls, 20);
}

TEST(Threads, GetNoSignals)
{
	Threads threads(4);
	const pthread_t caller = pthread_self();
	std::atomic<int> started{0}, others{0}, open{0};

	ASSERT_EQ(threads.count(), 4);
	threads.run(4, [&](size_t) {
		sigset_t blocked;
		pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
		for (started++; started < 4;) // an item for each thread
			std::this_thread::yield();
		if (pthread_equal(pthread_self(), caller))
			return;
		others++;
		for (int signal : {SIGTERM, SIGINT, SIGUSR1, SIGALRM, SIGHUP, SIGQUIT})
			open += !sigismember(&blocked, signal);
	});
	sigset_t mine;
	pthread_sigmask(SIG_SETMASK, nullptr, &mine);
	EXPECT_EQ(others, 3);
	EXPECT_EQ(open, 0);
	EXPECT_FALSE(sigismember(&mine, SIGTERM)); // the caller's are as before
}

TEST(Threads, AreGoneAfterwards)
{
	const size_t before = threads_of_process();

	{
		Threads threads(4);
		EXPECT_EQ(threads_of_process(), before + 3);
	}
	EXPECT_EQ(threads_of_process(), before);
}

// The numbers run from 0, and each is in use by one item at a time.
TEST(Threads, HaveNumbers)
{
	Threads threads(3);
	std::vector<std::atomic<int>> busy(3);
	std::atomic<int> started{0}, clashes{0};
	std::vector<int> seen(3);

	threads.run(3, [&](size_t, size_t thread) {
		for (started++; started < 3;) // an item for each thread
			std::this_thread::yield();
		seen.at(thread)++;
	});
	EXPECT_EQ(seen, (std::vector<int>{1, 1, 1}));
	for (int round = 0; round < 50; round++)
		threads.run(20, [&](size_t, size_t thread) {
			clashes += busy[thread]++;
			busy[thread]--;
		});
	EXPECT_EQ(clashes, 0);
	Threads(1).run(2, [&](size_t, size_t thread) { EXPECT_EQ(thread, 0u); });
}

TEST(Threads, BeginWithTheirOwnItems)
{
	Threads threads(2);
	std::atomic<int> waiting{0};
	size_t owners[6];

	// items 2 and 3 wait for each other, so that nobody can have taken them from the other
	threads.run(6, [&](size_t i, size_t thread) {
		owners[i] = thread;
		for (waiting += i < 4; (i < 2 && waiting < 2) || ((i == 2 || i == 3) && waiting < 4);)
			std::this_thread::yield();
	});
	for (size_t i = 0; i < 4; i++)
		EXPECT_EQ(owners[i], i % 2);
}

// A training of an odd number of rows whose batches have several parts, by so many threads: all that
// comes of it.
std::vector<double> outcome(int threads, const char *optimizer, int batch_size, double dropout)
{
	nn_options o = training::small_network();

	o.hidden = training::kHidden<72, 40>;
	o.optimizer = optimizer;
	o.epochs = 3;
	o.batch_size = batch_size;
	o.dropout = dropout;
	o.l2 = 1e-3;
	o.clip_norm = dropout > 0 ? 0.5 : std::numeric_limits<double>::quiet_NaN();
	o.threads = threads;
	const training::Training run = training::train(tables::mixed(901), o);
	const std::vector<float> parameters = run.parameters();
	std::vector<double> all(parameters.begin(), parameters.end());
	for (const std::vector<double> &curve : {run.loss_curve(), run.validation_curve()})
		all.insert(all.end(), curve.begin(), curve.end());
	all.push_back(run.result.score);
	return all;
}

TEST(Threads, MakeNoDifferenceToTheModel)
{
	const size_t before = threads_of_process();

	for (const char *optimizer : {"adam", "sgd", "gd", "lbfgs"})
		for (int batch_size : {130, 300, 600}) // of threads, of 2 and of 4 parts
		{
			const double dropout = strcmp(optimizer, "adam") == 0 ? 0.3 : 0;
			const std::vector<double> one = outcome(1, optimizer, batch_size, dropout);
			for (int threads : {2, 3, 4})
				EXPECT_EQ(outcome(threads, optimizer, batch_size, dropout), one)
					<< optimizer << ", " << threads << " threads";
		}
	EXPECT_EQ(threads_of_process(), before);
}

TEST(Threads, AreAtLeastOneProcessor)
{
	EXPECT_GE(nn_processors(), 1);
}

} // namespace
