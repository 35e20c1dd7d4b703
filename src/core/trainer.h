/*
 * trainer.h: training as a machine of small steps, so that whoever runs it can stop between any two.
 *
 * An epoch goes once through the training rows in an order drawn from the seed and the epoch, then
 * through the held-out ones. The parameters of the best epoch are kept, to be restored at the end and
 * whenever the loss goes to infinity. With a line search an epoch takes as many passes through the
 * training rows as its step needs trials.
 */
#ifndef PGNN_TRAINER_H
#define PGNN_TRAINER_H

#include <chrono>
#include <memory>

#include "core/comparison.h"
#include "core/dataset.h"
#include "core/description.h"
#include "core/lbfgs.h"
#include "core/metrics.h"
#include "core/network.h"
#include "core/options.h"
#include "core/replicas.h"
#include "core/stopping.h"
#include "core/warnings.h"

namespace nn
{

class Trainer
{
public:
	// The options must have been checked, the dataset be prepared; it must outlive the trainer.
	// Throws NN_LIMIT where the dataset's budget doesn't leave room for the network, NN_INVALID for
	// a model to go on from or to compare with that doesn't fit the dataset.
	Trainer(const Dataset &dataset, const nn_options &options);
	Trainer(const Trainer &) = delete;
	Trainer &operator=(const Trainer &) = delete;

	// Works for some 20 ms; false when there is nothing left to do. Throws NN_NOT_FINITE when the
	// loss went to infinity and three smaller learning rates didn't help.
	bool step();

	// See nn_trainer_progress.
	void progress(nn_progress &progress) const;

	// See nn_trainer_result; to be called when step() has returned false.
	void result(nn_result &result) const;

	// See nn_trainer_estimate.
	void estimate(nn_estimate &estimate);

private:
	enum class Phase
	{
		kStart, // with parameters
		kKeep,  // them
		kBegin,
		kTrain,
		kValidate,
		kScore,
		kCompare,
		kWarn,
		kDone
	};

	// What a training can go on from.
	struct Snapshot
	{
		Vector<float> parameters, slots[kMaxSlots];
		int64_t updates = 0;
	};

	Trainer(const Dataset &dataset, const nn_options &options, Plan plan);
	void start_parameters();
	void start_search();
	ScoreKind score_kind() const;

	void start_part();
	void run_part();
	void train_part();
	void evaluate_part();
	void compare_part();
	void warn_part();

	void begin_batch();
	void end_batch(bool finite, Sum sum);
	void search(Sum sum);
	double largest_change() const;
	void restart_pass();
	void begin_epoch();
	double scheduled_rate() const;
	void end_training_pass();
	void end_epoch();
	void recover();
	void finish();
	void take_snapshot();
	void pack_state();
	bool ignores_patience() const;
	bool keeps_last() const;
	double seconds() const; // since it was made
	bool out_of_time() const;
	double seconds_left() const;
	bool holds_out() const;
	double mean_loss(const std::vector<double> &sums, double weight) const;
	double loss_in_units(const std::vector<double> &sums, double weight) const;

	const Dataset &dataset_;
	const nn_options options_;
	const Plan plan_;
	const std::chrono::steady_clock::time_point start_;

	Network<float> network_;
	PackedWeights<float> packed_;
	Update update_;
	Replicas replicas_; // of these three
	Parts parts_;       // of a batch
	Batches batches_;
	Vector<float> before_;
	Snapshot best_;
	std::unique_ptr<Lbfgs<float>> lbfgs_; // of an optimizer with a line search

	Phase phase_ = Phase::kStart;
	size_t position_ = 0;                    // rows done in this pass
	size_t batch_begin_ = 0, batch_end_ = 0; // of the batch in work
	size_t settled_end_ = 0;                 // rows of it from here on aren't settled yet
	double rate_ = 0;
	double rate_scale_ = 1; // after losses that weren't finite
	int retries_ = 0;
	int64_t updates_ = 0;
	int epoch_ = 0;
	int epochs_before_ = 0; // of the version gone on from
	int kept_epoch_ = 0;
	Stopping stopping_;
	Plateau plateau_;
	int reductions_ = 0;   // that it has counted
	bool settled_ = false; // a step changed nothing by tolerance or more
	const char *stop_reason_ = nullptr;
	double weight_ = 0, training_weight_ = 0; // of the rows that went into the sums
	std::vector<double> training_sums_, sums_;
	std::vector<double> loss_curve_, validation_curve_, rate_curve_;
	Score score_;
	std::unique_ptr<Comparison> comparison_;
	std::vector<float> state_;
	Warnings warnings_;
	const Description description_;

	// For progress() and estimate().
	int64_t rows_trained_ = 0;
	double seconds_ = 0;
};

} // namespace nn

#endif
