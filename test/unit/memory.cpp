/*
 * memory.cpp: what happens when memory runs out, at every single allocation from the first row to
 * the last prediction.
 *
 * This file replaces the allocators of the whole test program by ones that can be told to fail:
 * operator new always; malloc, by which Eigen and the row store get theirs, where that is possible:
 * with glibc, and without a sanitizer, which has a malloc of its own.
 */
#include <cerrno>
#include <cstdlib>
#include <new>

#include "training.h"

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define PGNN_TEST_MALLOC 1
extern "C" void *__libc_malloc(size_t size);
extern "C" void *__libc_realloc(void *old, size_t size);
#else
#define PGNN_TEST_MALLOC 0
#endif

namespace
{

bool armed = false;    // count, and fail
bool for_good = false; // not the one allocation alone, but all after it, too
size_t allowed = 0;    // allocations before the one that fails
size_t failures = 0;

// Whether the allocation that asks must fail.
bool must_fail()
{
	if (!armed)
		return false;
	if (allowed > 0)
	{
		allowed--;
		return false;
	}
	failures++;
	return for_good || failures == 1;
}

void *take(size_t size)
{
#if PGNN_TEST_MALLOC
	return __libc_malloc(size > 0 ? size : 1);
#else
	return std::malloc(size > 0 ? size : 1);
#endif
}

} // namespace

#if PGNN_TEST_MALLOC
extern "C" void *malloc(size_t size)
{
	if (!must_fail())
		return __libc_malloc(size);
	errno = ENOMEM;
	return nullptr;
}

extern "C" void *realloc(void *old, size_t size)
{
	if (!must_fail())
		return __libc_realloc(old, size);
	errno = ENOMEM;
	return nullptr;
}
#endif

// not inlined, so that the compiler does not take new and free() for a pair that doesn't match
__attribute__((noinline)) void *operator new(size_t size)
{
	void *result = must_fail() ? nullptr : take(size);
	if (result == nullptr)
		throw std::bad_alloc();
	return result;
}

__attribute__((noinline)) void operator delete(void *memory) noexcept
{
	std::free(memory);
}

__attribute__((noinline)) void operator delete(void *memory, size_t) noexcept
{
	std::free(memory);
}

namespace
{

using rows::array;
using rows::column;
using rows::noise;
using rows::Table;
using rows::target;
using training::kHidden;

// Text, NULLs, and arrays whose length is learnt late, from values that are there beforehand: only
// the core's own allocations are to fail.
struct Problem
{
	Table table;
	std::vector<std::vector<nn_value>> rows;
	std::vector<nn_value> features;
	nn_options options = training::options();

	explicit Problem(nn_kind target_kind)
	{
		table.columns = {column("n"), column("text", NN_CATEGORY), column("v", NN_ARRAY),
						 column("late", NN_ARRAY), target("y", target_kind)};
		for (size_t i = 0; i < 40; i++)
		{
			const std::string text =
				"a category of more than a few letters " + std::to_string(i % 4);
			table.rows.push_back(
				{i % 5 == 0 ? rows::Cell(nullptr) : rows::Cell(noise(i, 0.618)), text,
				 array({noise(i, 0.414), noise(i, 0.732)}),
				 i < 20 ? rows::Cell(nullptr) : array({noise(i, 0.236)}),
				 target_kind == NN_CATEGORY ? rows::Cell(text) : rows::Cell(noise(i, 0.449))});
		}
		for (const rows::Row &row : table.rows)
			this->rows.push_back(rows::values(row));
		features = this->rows[0];
		features.pop_back();
		options.hidden = kHidden<6, 5>;
		options.hidden_layers = 2;
		options.activations = kActivations;
		options.activation_count = 2;
		options.epochs = 3;
		options.validation = 0.2;
		options.tolerance = 1e-12;
	}

	static constexpr const char *kActivations[] = {"gelu", "tanh"};
};

// Handles as the C side has them.
struct Handles
{
	nn_dataset *dataset = nullptr;
	nn_trainer *trainer = nullptr;
	nn_predictor *predictor = nullptr;

	~Handles()
	{
		nn_predictor_free(predictor);
		nn_trainer_free(trainer);
		nn_dataset_free(dataset);
	}
};

// From the first row to a prediction; ends with the first call that fails.
void do_everything(const Problem &p, Handles &h, nn_status &status)
{
	double outputs[4];
	nn_result result;

	nn_options_check(&p.options, &status);
	if (status.code != NN_OK)
		return;
	h.dataset = nn_dataset_new(p.table.columns.data(), static_cast<int32_t>(p.table.columns.size()),
							   rows::kBudget, &status);
	for (size_t row = 0; row < p.rows.size() && status.code == NN_OK; row++)
		nn_dataset_add(h.dataset, p.rows[row].data(), &status);
	for (bool more = true; more && status.code == NN_OK;)
		more = nn_dataset_prepare(h.dataset, p.options.validation, &status);
	if (status.code != NN_OK)
		return;
	h.trainer = nn_trainer_new(h.dataset, &p.options, &status);
	for (bool more = true; more && status.code == NN_OK;)
		more = nn_trainer_step(h.trainer, &status);
	if (status.code == NN_OK)
		nn_trainer_result(h.trainer, &result, &status);
	if (status.code != NN_OK)
		return;
	h.predictor = nn_predictor_new(&result.model, &status);
	if (status.code == NN_OK)
		nn_predictor_run(h.predictor, p.features.data(), outputs, &status);
}

// Lets each allocation fail in turn, until there is none left that could.
void sweep(nn_kind target_kind, bool all_that_follow)
{
	const Problem problem(target_kind);
	size_t refused = 0, survived = 0;

	for (size_t k = 0; k < 100000; k++)
	{
		nn_status status;
		Handles handles;

		allowed = k;
		failures = 0;
		for_good = all_that_follow;
		armed = true;
		do_everything(problem, handles, status);
		armed = false;

		if (failures == 0)
		{
			EXPECT_EQ(status.code, NN_OK) << status.message;
			EXPECT_GT(refused, 100u); // the sweep saw something
			EXPECT_LE(survived, 2u);
			return;
		}
		if (status.code == NN_OK) // giving back memory by realloc() is no need
			survived++;
		else
		{
			refused++;
			ASSERT_EQ(status.code, NN_NO_MEMORY) << "allocation " << k << ": " << status.message;
			ASSERT_STREQ(status.message, "out of memory");
		}
	}
	FAIL() << "no end of allocations";
}

TEST(Memory, EveryAllocationMayFail)
{
	sweep(NN_NUMBER, false);
	sweep(NN_CATEGORY, false);
}

TEST(Memory, AndAllThatFollow)
{
	sweep(NN_NUMBER, true);
	sweep(NN_CATEGORY, true);
}

// Predicting takes no memory: it can't fail, nor leak, nor be slow by it.
TEST(Memory, PredictionTakesNone)
{
	const Problem problem(NN_CATEGORY);
	Handles handles;
	nn_status status;
	double outputs[4];

	do_everything(problem, handles, status);
	ASSERT_EQ(status.code, NN_OK) << status.message;
	allowed = failures = 0;
	armed = for_good = true;
	nn_predictor_run(handles.predictor, problem.features.data(), outputs, &status);
	armed = false;
	EXPECT_EQ(status.code, NN_OK);
	EXPECT_EQ(failures, 0u);
}

// An error has its texts in place: reporting one takes no memory that might not be there.
TEST(Memory, ErrorsAreReportedWithoutAny)
{
	nn_options options = training::options();
	nn_status status;

	options.epochs = 0;
	allowed = failures = 0;
	armed = for_good = true;
	nn_options_check(&options, &status);
	armed = false;
	EXPECT_EQ(status.code, NN_INVALID);
	EXPECT_STRNE(status.message, "");
}

} // namespace
