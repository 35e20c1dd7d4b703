/*
 * spill.cpp: rows that don't fit the memory learn from files what they would have learnt in it: through
 * one merge of runs or several, with many copies of a row, and with reads that go wrong.
 */
#include "core/spill.h"

#include "training.h"

namespace
{

using files::Fault;
using rows::column;
using rows::floats;
using rows::noise;
using rows::Table;
using rows::target;
using training::Training;

constexpr size_t kWidth = 100;
constexpr size_t kRunRows = 2048;       // that fit little memory
constexpr size_t kLittle = 1024 * 1024; // that memory
constexpr size_t kEnough = 2 * kLittle; // also for a network

// Long rows, of which few fill the memory; so many of them are the same.
Table table(size_t n, size_t copies = 0)
{
	Table result = {{column("v", NN_ARRAY, false), target("y")}, {}};

	for (size_t i = 0; i < n; i++)
	{
		const size_t seed = i < copies ? 0 : i;
		std::vector<float> v(kWidth);
		for (size_t k = 0; k < kWidth; k++)
			v[k] = static_cast<float>(noise(seed * kWidth + k, 0.6180339887));
		const double y = static_cast<double>(v[0] - v[1]) + noise(seed, 0.4142135623);
		result.rows.push_back({floats(std::move(v)), y});
	}
	return result;
}

// All rows in their order at each step.
nn_options options()
{
	nn_options o = training::gradient_descent(0.05, 5);

	o.validation = 0.2;
	o.spill = true;
	return o;
}

int64_t spilled_bytes(const Training &t)
{
	return t.files.size(0) + t.files.size(1) + t.files.size(2) + t.files.size(3);
}

// The same as in memory, up to the order in which blocks of them are summed.
void expect_as_in_memory(const Table &t, size_t budget)
{
	const Training memory = training::train(t, options());
	const Training file = training::train(t, options(), budget);

	EXPECT_EQ(spilled_bytes(memory), 0);
	EXPECT_GT(spilled_bytes(file), static_cast<int64_t>(t.rows.size() * kWidth * 4));
	ASSERT_EQ(file.result.epochs, memory.result.epochs);
	for (int e = 0; e < file.result.epochs; e++)
	{
		EXPECT_NEAR(file.loss_curve()[e], memory.loss_curve()[e], 1e-6 * memory.loss_curve()[e]);
		EXPECT_NEAR(file.validation_curve()[e], memory.validation_curve()[e],
					1e-6 * memory.validation_curve()[e]);
	}
}

TEST(Spill, LearnsAsInMemory)
{
	expect_as_in_memory(table(5 * kRunRows), kLittle);
}

// More runs than are merged at a time.
TEST(Spill, MergesManyRuns)
{
	expect_as_in_memory(table(66 * kRunRows + 1), kLittle);
}

// More copies than the memory holds: they are told apart in runs of their own.
TEST(Spill, TellsCopiesApart)
{
	expect_as_in_memory(table(6 * kRunRows, 5 * kRunRows), kLittle);
}

// Rows of which one fills the memory.
TEST(Spill, TakesTheLongestRows)
{
	constexpr size_t kLong = 30000;
	Table t = {{column("v", NN_ARRAY, false), target("y")}, {}};

	for (size_t i = 0; i < 12; i++)
	{
		std::vector<float> v(kLong, 1);
		v[0] = i < 9 ? 5 : static_cast<float>(i);
		t.rows.push_back({floats(std::move(v)), i < 9 ? 5.0 : static_cast<double>(i)});
	}
	Training r;
	training::prepare(r, t, options(), kLong * sizeof(float) * 3 / 2);
	EXPECT_EQ(r.status.code, NN_LIMIT); // a network needs more
	EXPECT_EQ(std::string(r.status.message).find("training needs"), 0u) << r.status.message;
	EXPECT_EQ(r.files.size(NN_ENCODED_FILE) + r.files.size(NN_ENCODED_FILE + 1),
			  static_cast<int64_t>(12 * (kLong + 1) * sizeof(float)));
}

TEST(Spill, TheOrderOfRowsIsOfNoMatter)
{
	nn_options o = training::small_network();
	const Table t = table(6 * kRunRows, 3 * kRunRows);

	o.epochs = 3;
	o.spill = true;
	const Training a = training::train(t, o, kEnough);
	const Training b = training::train(rows::reordered(t), o, kEnough);
	EXPECT_GT(spilled_bytes(a), 0);
	EXPECT_EQ(a.parameters(), b.parameters());
	EXPECT_EQ(a.validation_curve(), b.validation_curve());
}

TEST(Spill, ADryRunStaysInMemory)
{
	nn_options o = options();

	o.dry_run = true;
	const Training t = training::try_training(table(5 * kRunRows), o, kLittle);
	EXPECT_EQ(t.status.code, NN_LIMIT) << t.status.message;
	EXPECT_EQ(spilled_bytes(t), 0);
}

// ---- reads ----

// A training whose reads go wrong from some number on.
Training with_fault(const Table &t, Fault fault, int64_t reads_before)
{
	files::fault = fault;
	files::reads_before = reads_before;
	Training result = training::try_training(t, options(), kLittle);
	files::fault = Fault::kNone;
	return result;
}

TEST(Spill, ReadsMayComeInPieces)
{
	const Table t = table(5 * kRunRows);
	const Training whole = with_fault(t, Fault::kNone, 0);
	const Training pieces = with_fault(t, Fault::kInterrupted, 0);

	EXPECT_LT(files::reads_before, -3000);
	ASSERT_EQ(pieces.status.code, NN_OK) << pieces.status.message;
	EXPECT_EQ(pieces.parameters(), whole.parameters());
}

// Each read in turn, from the first merge to the last epoch.
TEST(Spill, EveryReadMayFail)
{
	const Table t = table(5 * kRunRows, 3 * kRunRows);
	int64_t failed = 0;

	for (int64_t k = 0;; k += 1 + k / 4)
	{
		const Training end = with_fault(t, Fault::kEnd, k);
		const Training error = with_fault(t, Fault::kError, k);
		if (files::reads_before >= 0)
		{
			EXPECT_EQ(error.status.code, NN_OK) << error.status.message;
			break;
		}
		failed++;
		ASSERT_EQ(end.status.code, NN_IO) << "read " << k;
		EXPECT_STREQ(end.status.message, "could not read a temporary file: it is shorter than what "
										 "was written");
		ASSERT_EQ(error.status.code, NN_IO) << "read " << k;
		EXPECT_STREQ(error.status.message, "could not read a temporary file: Input/output error");
	}
	EXPECT_GT(failed, 30);
}

} // namespace
