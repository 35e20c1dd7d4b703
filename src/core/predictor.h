/*
 * predictor.h: a stored model, checked and ready to predict from rows of raw values.
 */
#ifndef PGNN_PREDICTOR_H
#define PGNN_PREDICTOR_H

#include <memory>
#include <vector>

#include "core/encoder.h"
#include "core/network.h"

namespace nn
{

class Predictor
{
public:
	// See nn_predictor_new: the model may hold anything.
	explicit Predictor(const nn_model_data &model);

	// Classes, or numbers, that a prediction consists of.
	int outputs() const;

	// Predicts from one row of values, one for each feature: probabilities of the classes, or
	// numbers in the target's units. Throws NN_NOT_FINITE where the network overflows.
	void run(const nn_value *values, double *outputs);

private:
	std::unique_ptr<Encoder> encoder_;
	std::unique_ptr<Network<float>> network_;
	std::unique_ptr<Workspace<float>> workspace_;
	std::vector<float> x_;
	int classes_;
	std::vector<double> target_mean_, target_scale_;
};

} // namespace nn

#endif
