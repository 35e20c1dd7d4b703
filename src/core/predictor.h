/*
 * predictor.h: a stored model, checked and ready to predict from rows of raw values.
 */
#ifndef PGNN_PREDICTOR_H
#define PGNN_PREDICTOR_H

#include <memory>
#include <vector>

#include "core/compiled.h"
#include "core/options.h"

namespace nn
{

// Rows on their way through a network together, encoded.
struct Batch
{
	Matrix<float> X; // (NN_BATCH_ROWS, inputs), made for the first row
	int rows = 0;
};

class Predictor
{
public:
	// See nn_predictor_new: the model may hold anything.
	explicit Predictor(const nn_model_data &model);

	// Classes, or numbers, that a prediction consists of.
	int outputs() const;

	// Predicts from one row of values, one for each feature: probabilities of the classes, or
	// numbers in the target's units. NULLs are imputed. Throws NN_NOT_FINITE where the network
	// overflows.
	void predict(const nn_value *values, double *outputs, nn_purpose purpose = NN_OUTPUTS);

	// The same, but NULLs are treated as in training: false where there is no prediction. Throws
	// NN_INVALID where they are refused.
	bool run(const nn_value *values, nn_purpose purpose, double *outputs);

	// See nn_predictor_numeric and nn_predictor_run_numbers.
	bool numeric() const { return encoder_->numeric(); }
	bool run_numbers(const double *numbers, const bool *nulls, nn_purpose purpose, double *outputs);

	// See nn_batch_add and nn_batch_flush.
	bool add(Batch &batch, const nn_value *values);
	bool add_numbers(Batch &batch, const double *numbers, const bool *nulls);
	int flush(Batch &batch, double *outputs);

	// The same with a batch of its own.
	bool add(const nn_value *values) { return add(batch_, values); }
	int flush(double *outputs) { return flush(batch_, outputs); }

	// The two halves of that: the inputs x of a row, or false; and predictions from n rows of inputs, at
	// most NN_BATCH_ROWS, X (n, inputs).
	bool encode(const nn_value *values, float *x) const;
	void predict_encoded(const float *X, int n, double *outputs);

	const Encoder &encoder() const { return *encoder_; }
	const Network<float> &network() const; // for a training that goes on from it
	const std::vector<std::string> &classes() const { return classes_; }
	const std::vector<double> &target_mean() const { return target_mean_; }
	const std::vector<double> &target_scale() const { return target_scale_; }

	// Outputs are logarithms of numbers.
	bool logarithmic() const { return logarithmic_; }

	// Throws NN_NOT_FINITE, as predictions do.
	[[noreturn]] static void not_finite();

private:
	bool accepts_null(size_t feature) const;
	bool accepts(const nn_value *values) const;
	bool accepts(const bool *nulls) const;
	float *next_row(Batch &batch) const;
	void finish(const float *row, nn_purpose purpose, double *outputs) const;

	std::unique_ptr<Encoder> encoder_;
	std::vector<int> sizes_; // of the layers
	std::vector<const Activation<float> *> activations_;
	LargeFloats parameters_;
	std::unique_ptr<Compiled> compiled_;
	mutable std::unique_ptr<Network<float>> network_; // made when it is asked for
	std::vector<float> x_;
	Gathered gathered_;
	Batch batch_;
	std::vector<std::string> classes_;
	std::vector<double> target_mean_, target_scale_;
	bool logarithmic_;
	Missing missing_ = Missing::kImpute;
};

} // namespace nn

// What the C side has of it.
struct nn_predictor
{
	nn::Predictor predictor;
};

struct nn_batch
{
	nn::Predictor &predictor;
	nn::Batch batch;
};

#endif
