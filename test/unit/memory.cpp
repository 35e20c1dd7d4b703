/*
 * memory.cpp: what happens when memory runs out, at every single allocation from the first row to
 * the last prediction; and that no more is taken than is said before.
 */
#include <csignal>

#include "allocations.h"
#include "refusals.h"
#include "tables.h"
#include "training.h"

namespace
{

using allocations::allowed;
using allocations::armed;
using allocations::failures;
using allocations::for_good;
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
	size_t budget = rows::kBudget;

	size_t dispensable = refusals::kDispensable;

	explicit Problem(nn_kind target_kind, size_t n = 40)
	{
		table.columns = {column("n"), column("text", NN_CATEGORY), column("v", NN_ARRAY),
						 column("late", NN_ARRAY), target("y", target_kind)};
		for (size_t i = 0; i < n; i++)
		{
			const std::string text =
				"a category of more than a few letters " + std::to_string(i % 4);
			table.rows.push_back(
				{i % 5 == 0 ? rows::Cell(nullptr) : rows::Cell(noise(i, 0.618)), text,
				 array({noise(i, 0.414), noise(i, 0.732)}),
				 i < 20 ? rows::Cell(nullptr) : array({noise(i, 0.236)}),
				 target_kind == NN_CATEGORY ? rows::Cell(text) : rows::Cell(noise(i, 0.449))});
		}
		take_rows();
		options.hidden = kHidden<6, 5>;
		options.hidden_layers = 2;
		options.activations = kActivations;
		options.activation_count = 2;
		options.epochs = 3;
		options.validation = 0.2;
		options.tolerance = 1e-12;
	}

	// Those of the table.
	void take_rows()
	{
		rows.clear();
		for (const rows::Row &row : table.rows)
			rows.push_back(rows::values(row));
		features = rows[0];
		features.pop_back();
	}

	static constexpr const char *kActivations[] = {"gelu", "tanh"};
};

// Handles as the C side has them.
struct Handles
{
	files::Files files;
	nn_dataset *dataset = nullptr;
	nn_trainer *trainer = nullptr;
	nn_predictor *predictor = nullptr;
	nn_batch *batch = nullptr;

	~Handles()
	{
		nn_batch_free(batch);
		nn_predictor_free(predictor);
		nn_trainer_free(trainer);
		nn_dataset_free(dataset);
	}
};

// From the first row to a batch of predictions; ends with the first call that fails.
void do_everything(const Problem &p, Handles &h, nn_status &status)
{
	constexpr int kRows = 3;
	double outputs[4 * kRows];
	nn_estimate estimate;
	nn_result result;

	nn_options_check(&p.options, &status);
	if (status.code != NN_OK)
		return;
	h.dataset = nn_dataset_new(p.table.columns.data(), static_cast<int32_t>(p.table.columns.size()),
							   &p.options, p.budget, &status);
	for (size_t row = 0; row < p.rows.size() && status.code == NN_OK; row++)
		if (nn_dataset_add(h.dataset, p.rows[row].data(), &status))
			files::spill(h.files, h.dataset, status);
	for (bool more = true; more && status.code == NN_OK; h.files.write(h.dataset))
		more = nn_dataset_prepare(h.dataset, &status);
	if (status.code != NN_OK)
		return;
	h.trainer = nn_trainer_new(h.dataset, &p.options, &status);
	for (bool more = true; more && status.code == NN_OK;)
		more = nn_trainer_step(h.trainer, &status);
	if (status.code == NN_OK)
		nn_trainer_estimate(h.trainer, &estimate, &status);
	if (status.code == NN_OK)
		nn_trainer_result(h.trainer, &result, &status);
	if (status.code != NN_OK)
		return;
	h.predictor = nn_predictor_new(&result.model, &status);
	if (status.code == NN_OK)
		nn_predictor_run(h.predictor, p.features.data(), NN_OUTPUTS, outputs, &status);
	if (status.code == NN_OK)
		h.batch = nn_batch_new(h.predictor, &status);
	for (int row = 0; row < kRows && status.code == NN_OK; row++)
		nn_batch_add(h.batch, p.features.data(), &status);
	if (status.code == NN_OK)
		nn_batch_flush(h.batch, outputs, &status);
}

void sweep(const Problem &problem)
{
	refusals::sweep(
		[&](nn_status &status) {
			Handles handles;
			do_everything(problem, handles, status);
		},
		problem.dispensable);
}

TEST(Memory, EveryAllocationMayFail)
{
	sweep(Problem(NN_NUMBER));
	sweep(Problem(NN_CATEGORY));
}

TEST(Memory, WithALineSearch)
{
	Problem problem(NN_NUMBER);

	problem.options.optimizer = "lbfgs";
	sweep(problem);
}

// Without a thread the others do its work.
TEST(Memory, WithThreads)
{
	Problem problem(NN_NUMBER, 300);
	sigset_t blocked;

	problem.options.batch_size = 200;
	problem.options.threads = 3;
	problem.dispensable = 10;
	sweep(problem);
	pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
	EXPECT_FALSE(sigismember(&blocked, SIGTERM)); // else the server could not be stopped
}

TEST(Memory, WithDropoutAndWeightsOfClasses)
{
	Problem problem(NN_CATEGORY);

	problem.options.dropout = problem.options.input_dropout = 0.3;
	problem.options.class_weight_count = NN_CHOOSE;
	problem.options.stop_on = "score";
	problem.options.missing = "skip";
	sweep(problem);
}

TEST(Memory, WithQuantilesAndADryRun)
{
	constexpr double kQuantiles[] = {0.1, 0.5, 0.9};
	Problem problem(NN_NUMBER);

	problem.options.quantiles = kQuantiles;
	problem.options.quantile_count = 3;
	problem.options.dry_run = true;
	problem.options.expected_rows = 1000;
	sweep(problem);
}

// Going on from one version, compared with another, or the same.
TEST(Memory, WithOtherVersions)
{
	for (nn_kind kind : {NN_NUMBER, NN_CATEGORY})
	{
		Problem problem(kind);
		const training::Training first = training::train(problem.table, problem.options);
		const training::Version start(first), champion(first);

		problem.options.start = &start.start;
		problem.options.champion = champion.model.get();
		sweep(problem);
	}
}

// Rows beyond the memory.
TEST(Memory, WithFiles)
{
	constexpr size_t kWidth = 50;
	Problem problem(NN_NUMBER);

	problem.table.columns = {column("v", NN_ARRAY), target("y")};
	problem.table.rows.clear();
	for (size_t i = 0; i < 450; i++)
	{
		const size_t seed = i < 200 ? 0 : i; // copies, too
		std::vector<double> v(kWidth);
		for (size_t k = 0; k < kWidth; k++)
			v[k] = noise(seed * kWidth + k, 0.618);
		problem.table.rows.push_back({array(v), noise(seed, 0.414)});
	}
	problem.take_rows();
	problem.options.spill = true;
	problem.options.hidden = kHidden<3, 2>;
	problem.options.batch_size = 16;
	problem.options.epochs = 1;
	problem.budget = 160 * 1024;
	sweep(problem);
}

// Predicting takes no memory: it can't fail, nor leak, nor be slow by it.
TEST(Memory, PredictionTakesNone)
{
	const Problem problem(NN_CATEGORY);
	Handles handles;
	nn_status status;
	double outputs[4 * 3];

	do_everything(problem, handles, status);
	ASSERT_EQ(status.code, NN_OK) << status.message;
	allowed = failures = 0;
	armed = for_good = true;
	nn_predictor_run(handles.predictor, problem.features.data(), NN_OUTPUTS, outputs, &status);
	EXPECT_EQ(status.code, NN_OK);
	nn_batch_add(handles.batch, problem.features.data(), &status);
	EXPECT_EQ(status.code, NN_OK);
	nn_batch_flush(handles.batch, outputs, &status);
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

// ---- what is said beforehand ----

// The most bytes that a training takes beside its rows, and those that it says it will.
std::pair<int64_t, int64_t> taken_and_said(const Table &table, const nn_options &o)
{
	training::Training run;
	nn_estimate estimate;

	training::prepare(run, table, o, rows::kBudget);
	nn_trainer_estimate(run.trainer.get(), &estimate, &run.status);
	run.trainer.reset();
	allocations::bytes = allocations::most_bytes = 0;
	allocations::counting = true;
	run.trainer.reset(nn_trainer_new(run.dataset.get(), &o, &run.status));
	while (nn_trainer_step(run.trainer.get(), &run.status))
		;
	nn_trainer_result(run.trainer.get(), &run.result, &run.status);
	allocations::counting = false;
	EXPECT_EQ(run.status.code, NN_OK) << run.status.message;
	return {allocations::most_bytes.load(), estimate.network_bytes};
}

TEST(Memory, NoMoreIsTakenThanIsSaidBefore)
{
	constexpr int64_t kSmallThings = 100000; // curves, samples of rows, pages not filled

	for (const char *optimizer : {"gd", "sgd", "rmsprop", "adam", "adamw", "lbfgs"})
		for (bool held_out : {false, true})
		{
			nn_options o = training::options();
			o.optimizer = optimizer;
			o.hidden = kHidden<400, 300>;
			o.hidden_layers = 2;
			o.activations = Problem::kActivations; // which needs its input
			o.epochs = 3;
			o.tolerance = 1e-12;
			o.validation = held_out ? 0.2 : 0;
			o.dropout = std::string(optimizer) == "lbfgs" ? 0 : 0.2;
			o.input_dropout = o.dropout;
			const auto [taken, said] = taken_and_said(tables::waves(300), o);
			EXPECT_LE(taken, said + kSmallThings) << optimizer;
			EXPECT_GT(taken, PGNN_TEST_MALLOC ? said / 2 : -1) << optimizer; // nor much less
		}
}

} // namespace
