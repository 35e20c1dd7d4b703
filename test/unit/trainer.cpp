/*
 * trainer.cpp: when training stops, what happens when it goes wrong, and its boundary. (What it
 * computes is in descent.cpp, what it learns in learning.cpp, what it says of itself in
 * results.cpp.)
 */
#include "core/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "tables.h"
#include "training.h"

namespace
{

using rows::column;
using rows::Table;
using tables::linear;
using tables::waves;
using training::gradient_descent;
using training::kHidden;
using training::options;
using training::train;
using training::Training;
using training::try_training;

using Numbers = std::vector<double>;

// ---- stopping ----

TEST(Trainer, PatienceRestoresTheBestEpoch)
{
	nn_options o = options();
	o.hidden = kHidden<64>;
	o.hidden_layers = 1;
	o.learning_rate = 0.05;
	o.epochs = 2000;
	o.patience = 7;
	o.validation = 0.3;
	const Table table = waves(80);
	const Training run = train(table, o);
	const Numbers curve = run.validation_curve();
	const auto best = std::min_element(curve.begin(), curve.end());

	EXPECT_STREQ(run.result.stop_reason, "patience");
	EXPECT_EQ(run.result.best_epoch, run.result.epochs - 7);
	EXPECT_EQ(run.result.best_epoch, best - curve.begin() + 1);
	EXPECT_EQ(run.result.validation_loss, *best);

	// The parameters are those of that epoch: a training of just so many ends with them, too.
	o.epochs = run.result.best_epoch;
	o.patience = 0;
	EXPECT_EQ(train(table, o).parameters(), run.parameters());
}

TEST(Trainer, PatienceWithoutHeldOutRowsFollowsTheTrainingLoss)
{
	nn_options o = options();
	o.optimizer = "sgd";
	o.learning_rate = 0.3;
	o.epochs = 5000;
	o.patience = 3;
	const Training run = train(waves(50), o);
	const Numbers curve = run.loss_curve();

	EXPECT_STREQ(run.result.stop_reason, "patience");
	EXPECT_EQ(run.result.best_epoch, run.result.epochs - 3);
	EXPECT_EQ(run.result.loss, *std::min_element(curve.begin(), curve.end()));
	EXPECT_TRUE(std::isnan(run.result.validation_loss));
	EXPECT_EQ(run.result.validation_curve, nullptr);
}

TEST(Trainer, WithoutPatienceTheLastEpochIsKept)
{
	nn_options o = options();
	o.learning_rate = 0.05;
	o.hidden = kHidden<64>;
	o.hidden_layers = 1;
	o.epochs = 100;
	o.patience = 0;
	o.validation = 0.3;
	const Training run = train(waves(80), o);

	EXPECT_STREQ(run.result.stop_reason, "epochs");
	EXPECT_EQ(run.result.epochs, 100);
	EXPECT_EQ(run.result.best_epoch, 100);
	EXPECT_EQ(run.result.validation_loss, run.validation_curve().back());
}

TEST(Trainer, TimeIsLimited)
{
	for (const char *optimizer : {"adam", "gd"})
	{
		nn_options o = options();
		o.optimizer = optimizer;
		o.hidden = kHidden<64, 64>;
		o.hidden_layers = 2;
		o.epochs = 1000000;
		o.patience = 0;
		o.max_seconds = 0.05;
		o.validation = 0.1;
		const auto start = std::chrono::steady_clock::now();
		const Training run = train(waves(2000), o);
		const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;

		EXPECT_STREQ(run.result.stop_reason, "max_seconds");
		EXPECT_GE(run.result.epochs, 1);
		EXPECT_EQ(run.result.best_epoch, run.result.epochs);
		EXPECT_TRUE(std::isfinite(run.result.validation_loss));
		EXPECT_LT(passed.count(), 5);
	}
}

// ---- when it goes wrong ----

TEST(Trainer, DivergenceIsAnErrorWithAHint)
{
	for (const char *optimizer : {"sgd", "gd"})
		for (int32_t layers : {0, 1})
		{
			nn_options o = options();
			o.optimizer = optimizer;
			o.learning_rate = 1e9;
			o.hidden = kHidden<8>;
			o.hidden_layers = layers;
			const Training run = try_training(linear(100, 30), o);
			EXPECT_EQ(run.status.code, NN_NOT_FINITE) << run.status.message;
			EXPECT_NE(std::string(run.status.message).find("learning rate 1e+06"),
					  std::string::npos)
				<< run.status.message;
			EXPECT_EQ(run.status.hint, "Use a smaller learning_rate (that of " +
										   std::string(optimizer) + " is " +
										   (std::string(optimizer) == "gd" ? "0.1" : "0.01") +
										   " unless told), or look for outliers in the columns.");
		}
}

// Whatever the rate: an error, or finite parameters and losses. (The last step of all may overflow
// a parameter, too, when no loss comes after it that would show.)
TEST(Trainer, NeverAParameterThatIsNotFinite)
{
	for (const char *optimizer : {"sgd", "gd", "adam"})
		for (double rate : {1., 1e3, 1e9, 1e18, 1e30, 1e38, 1e300})
			for (int32_t epochs : {1, 30})
			{
				nn_options o = options();
				o.optimizer = optimizer;
				o.learning_rate = rate;
				o.batch_size = 1000;
				o.hidden = kHidden<8>;
				o.hidden_layers = 1;
				o.epochs = epochs;
				o.validation = epochs == 1 ? 0 : 0.2;
				const Training run = try_training(linear(100, 30), o);
				if (run.status.code == NN_NOT_FINITE)
					continue;
				ASSERT_EQ(run.status.code, NN_OK) << run.status.message;
				for (float p : run.parameters())
					EXPECT_TRUE(std::isfinite(p)) << optimizer << ", " << rate;
				EXPECT_TRUE(std::isfinite(run.result.loss));
				EXPECT_EQ(std::isfinite(run.result.validation_loss), o.validation > 0);
			}
}

// A rate that is ten times too large is made smaller, and all is well.
TEST(Trainer, RecoversWithASmallerRate)
{
	for (const char *optimizer : {"gd", "sgd"})
	{
		nn_options o = options();
		o.optimizer = optimizer;
		o.learning_rate = 2;
		o.momentum = 0;
		o.batch_size = 50;
		o.epochs = 500;
		o.patience = 0;
		const Training run = train(linear(200, 0), o);
		EXPECT_GT(run.result.score, 0.999) << optimizer;
		EXPECT_EQ(run.result.epochs, 500) << optimizer;
	}
}

// It goes on from the best parameters, not from those of the last epoch before infinity.
TEST(Trainer, RecoversFromTheBestParameters)
{
	nn_options o = gradient_descent(1.05, 3000); // diverges slowly: many finite, bad epochs
	o.hidden = kHidden<6>;
	o.hidden_layers = 1;
	const Training run = train(linear(100, 0), o);

	EXPECT_GT(run.result.score, 0.99);
	EXPECT_LT(run.loss_curve().back(), 100);
}

// ---- columns that say nothing ----

// Their weights are exactly 0: a value never seen must not speak in prediction.
TEST(Trainer, ConstantColumnsHaveNoWeight)
{
	Table table = linear(100, 30);
	table.columns.insert(table.columns.begin() + 1,
						 {column("same"), column("large"), column("flag", NN_BOOLEAN)});
	for (rows::Row &row : table.rows)
		row.insert(row.begin() + 1, {0.1, 1e9 + 0.1, 1.0}); // 100 * 0.1 / 100 is not 0.1 in binary

	for (const char *optimizer : {"gd", "sgd", "adam"})
	{
		nn_options o = options();
		o.optimizer = optimizer;
		o.validation = 0.1;
		o.l2 = 1e-4;
		o.epochs = 50;
		const Training run = train(table, o);
		ASSERT_EQ(run.result.model.layer_sizes[0], 6);
		for (size_t input : {1u, 2u, 3u})
			EXPECT_EQ(run.result.model.parameters[input], 0) << optimizer << ", input " << input;
	}
}

// NULL in every training row, a number in a held-out one: "was missing" is 1 in all that is learnt
// from, as a bias is. It must not become one, or the number would take that bias away.
TEST(Trainer, AnInputThatIsAlwaysOneHasNoWeight)
{
	Table table = linear(50, 30);
	table.columns.insert(table.columns.begin(), column("rare"));
	for (rows::Row &row : table.rows)
		row.insert(row.begin(), nullptr);

	nn_options o = gradient_descent(0.1, 20);
	o.validation = 0.2;
	for (rows::Row &row : table.rows)
	{
		row[0] = 5.0;
		if (rows::prepared(table, o.validation)->idle_inputs()[1]) // this row is held out
		{
			const Training run = train(table, o);
			EXPECT_EQ(run.result.model.parameters[0], 0);
			EXPECT_EQ(run.result.model.parameters[1], 0);
			EXPECT_NE(run.result.model.parameters[2], 0);
			return;
		}
		row[0] = nullptr;
	}
	FAIL() << "no row is held out";
}

// ---- the boundary ----

TEST(Trainer, NetworkOverBudgetNamesBothSizes)
{
	nn_options o = options();
	o.hidden = kHidden<1000, 1000>;
	o.hidden_layers = 2;
	const Training run = try_training(linear(100, 0), o, 4 * 1024 * 1024);

	EXPECT_EQ(run.status.code, NN_LIMIT);
	// 1006001 parameters, packed, best and former ones and adam's two, which the best epoch has,
	// too: 8 * 4 bytes each; a workspace of 160 rows, and one for stretches of a layer
	EXPECT_EQ(std::string(run.status.message).find("training needs 38 MB of memory ("), 0u)
		<< run.status.message;
	EXPECT_NE(std::string(run.status.message).find("), 4 MB are allowed"), std::string::npos);
	EXPECT_STREQ(run.status.hint,
				 "Set maintenance_work_mem to more than 38 MB, or use a smaller network.");
}

TEST(Trainer, TooManyParameters)
{
	nn_options o = options();
	o.hidden = kHidden<65536, 65536>;
	o.hidden_layers = 2;
	EXPECT_EQ(try_training(linear(100, 0), o).status.code, NN_LIMIT);
}

TEST(Trainer, AResultBeforeTheEndIsABug)
{
	const Table table = linear(100, 0);
	nn_options o = options();
	nn_status status;
	nn_result result;
	training::Dataset dataset(nn_dataset_new(table.columns.data(), 4, &o, rows::kBudget, &status));
	for (const rows::Row &row : table.rows)
		nn_dataset_add(dataset.get(), rows::values(row).data(), &status);
	while (nn_dataset_prepare(dataset.get(), &status))
		;
	training::Trainer trainer(nn_trainer_new(dataset.get(), &o, &status));
	ASSERT_EQ(status.code, NN_OK);

	nn_trainer_result(trainer.get(), &result, &status);
	EXPECT_EQ(status.code, NN_BUG);
	while (nn_trainer_step(trainer.get(), &status))
		ASSERT_EQ(status.code, NN_OK);
	nn_trainer_result(trainer.get(), &result, &status);
	EXPECT_EQ(status.code, NN_OK);
	EXPECT_FALSE(nn_trainer_step(trainer.get(), &status)); // and stays done
}

TEST(Trainer, HandlesMayBeNull)
{
	nn_dataset_free(nullptr);
	nn_trainer_free(nullptr);
	nn_predictor_free(nullptr);
}

} // namespace
