/*
 * window.cpp: each pass comes by every row of a file once, in an order of its own; and files give what
 * was written to them.
 */
#include "core/window.h"

#include <algorithm>
#include <numeric>
#include <unistd.h>

#include <sys/mman.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "rows.h"

namespace
{

using nn::Input;
using nn::Output;
using nn::Random;
using nn::StoredRows;
using nn::TemporaryFile;
using nn::Window;

constexpr size_t kBlockRows = 10;

// Rows with numbers from 0 up, behind some that belong to somebody else.
struct Numbers
{
	explicit Numbers(size_t n)
	{
		const int descriptor = memfd_create("rows", MFD_CLOEXEC);
		file.size = 3 * sizeof(uint64_t);
		Output output(file, sizeof(uint64_t), kBlockRows);
		const auto write = [&] {
			size_t offset, bytes;
			const void *data;
			while (output.take(offset, data, bytes))
				EXPECT_EQ(pwrite(descriptor, data, bytes, static_cast<off_t>(offset)),
						  static_cast<ssize_t>(bytes));
		};

		for (uint64_t i = 0; i < n; i++)
		{
			if (output.full())
				write();
			memcpy(output.next(), &i, sizeof(i));
		}
		stored = output.stored(); // what is on its way counts
		write();
		file.open(descriptor);
	}

	TemporaryFile file;
	StoredRows stored;
};

// The numbers that a pass comes by.
std::vector<uint64_t> pass(Window &window, const StoredRows &stored, Random *random)
{
	std::vector<uint64_t> result;

	window.begin(stored, random);
	while (result.size() < stored.rows)
	{
		window.next();
		EXPECT_EQ(window.first(), result.size());
		while (window.load())
			;
		for (size_t i = 0; i < window.rows(); i++)
		{
			uint64_t number;
			memcpy(&number, window.row(i), sizeof(number));
			EXPECT_EQ(number, window.place(i));
			result.push_back(number);
		}
	}
	return result;
}

TEST(Window, ComesByEveryRowOnce)
{
	for (size_t n : {size_t(1), kBlockRows, 3 * kBlockRows + 1, size_t(237), size_t(1000)})
	{
		const Numbers numbers(n);
		Window window(sizeof(uint64_t), kBlockRows, 6 * kBlockRows * 12); // 6 blocks
		std::vector<uint64_t> all(n);
		Random random(1), same(1);

		std::iota(all.begin(), all.end(), 0u);
		EXPECT_EQ(pass(window, numbers.stored, nullptr), all);
		const std::vector<uint64_t> first = pass(window, numbers.stored, &random);
		const std::vector<uint64_t> second = pass(window, numbers.stored, &random);
		EXPECT_EQ(pass(window, numbers.stored, &same), first);
		for (std::vector<uint64_t> order : {first, second})
		{
			EXPECT_TRUE(n < 200 || order != all) << n;
			std::sort(order.begin(), order.end());
			EXPECT_EQ(order, all);
		}
		EXPECT_TRUE(n < 200 || first != second);
	}
}

TEST(Window, NeedsSomeBlocks)
{
	Window least(1000, kBlockRows, 4 * kBlockRows * 1004);
	const nn::Error error =
		rows::error_of([] { Window too_few(1000, kBlockRows, 4 * kBlockRows * 1004 - 1); });

	EXPECT_EQ(error.code, NN_LIMIT);
	EXPECT_STREQ(error.what(),
				 "the network leaves 39 kB of memory for training rows, which need 40 "
				 "kB at least");
}

TEST(Window, SizesDontWrapAround)
{
	EXPECT_EQ(rows::error_of([] { Window huge(size_t(1) << 40, size_t(1) << 30, 1 << 20); }).code,
			  NN_LIMIT);
}

TEST(Input, GivesWhatWasWritten)
{
	for (size_t n : {size_t(0), size_t(1), kBlockRows, size_t(123)})
	{
		const Numbers numbers(n);
		Input input(numbers.stored, 7);
		uint64_t expected = 0;

		EXPECT_EQ(numbers.stored.rows, n);
		for (; !input.ended(); input.advance(), expected++)
		{
			uint64_t number;
			if (input.missing())
				input.load();
			EXPECT_GT(input.loaded(), expected);
			memcpy(&number, input.row(), sizeof(number));
			ASSERT_EQ(number, expected);
		}
		EXPECT_EQ(expected, n);
		EXPECT_FALSE(input.missing());
	}
}

} // namespace
