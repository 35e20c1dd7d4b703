/*
 * trainer.h: training as a machine of small steps, so that whoever runs it can stop between any two.
 *
 * An epoch goes once through the training rows in an order drawn from the seed and the epoch, then
 * through the held-out ones. The parameters of the best epoch are kept, to be restored at the end and
 * whenever the loss goes to infinity.
 */
#ifndef PGNN_TRAINER_H
#define PGNN_TRAINER_H

#include <chrono>
#include <limits>
#include <memory>

#include "core/dataset.h"
#include "core/metrics.h"
#include "core/network.h"
#include "core/options.h"

namespace nn
{

class Trainer
{
public:
	// The options must have been checked, the dataset be prepared; it must outlive the trainer.
	// Throws NN_LIMIT where the dataset's budget doesn't leave room for the network.
	Trainer(const Dataset &dataset, const nn_options &options);

	// Works for some 20 ms; false when there is nothing left to do. Throws NN_NOT_FINITE when the
	// loss went to infinity and three smaller learning rates didn't help.
	bool step();

	// See nn_trainer_result; to be called when step() has returned false.
	void result(nn_result &result) const;

private:
	enum class Phase
	{
		kTrain,
		kValidate,
		kScore,
		kDone
	};

	Trainer(const Dataset &dataset, const nn_options &options, Plan plan);
	void run_part();
	void train_part();
	void evaluate_part(const std::vector<uint32_t> &rows);
	void shuffle(size_t begin, size_t end);
	void update();
	void begin_epoch();
	void end_training_pass();
	void end_epoch();
	void recover();
	void finish();
	bool keeps_last() const;
	bool out_of_time() const;
	double mean_loss(const std::vector<double> &sums, double rows) const;
	double loss_in_units(const std::vector<double> &sums, double rows) const;
	void describe_model();

	const Dataset &dataset_;
	const nn_options options_;
	const Plan plan_;
	const std::chrono::steady_clock::time_point start_;

	Network<float> network_;
	Workspace<float> workspace_;
	Vector<float> gradient_, slots_[kMaxSlots], best_, before_;
	Matrix<float> X_, Y_; // a part of a batch
	std::vector<uint32_t> order_;

	Phase phase_ = Phase::kTrain;
	Random random_;
	size_t position_ = 0;  // rows done in this pass
	size_t batch_end_ = 0; // where the batch ends in which it lies
	double rate_;
	int retries_ = 0;
	int64_t updates_ = 0;
	int epoch_ = 0, best_epoch_ = 0, waited_ = 0;
	double best_loss_ = std::numeric_limits<double>::infinity();
	bool settled_ = false; // a step changed nothing by tolerance or more
	const char *stop_reason_ = nullptr;
	std::vector<double> training_sums_, sums_;
	std::vector<double> loss_curve_, validation_curve_;
	Score score_;

	// The model as nn_model_data shows it.
	std::vector<nn_feature> features_;
	std::vector<std::vector<const char *>> categories_;
	std::vector<const char *> classes_, activations_;
};

} // namespace nn

#endif
