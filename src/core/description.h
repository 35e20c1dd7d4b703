/*
 * description.h: a trained model as nn_model_data shows it: pointers into what a dataset and a plan
 * hold, which must outlive it.
 */
#ifndef PGNN_DESCRIPTION_H
#define PGNN_DESCRIPTION_H

#include "core/dataset.h"
#include "core/options.h"

namespace nn
{

class Description
{
public:
	Description(const Dataset &dataset, const Plan &plan, const char *missing);
	Description(const Description &) = delete;
	Description &operator=(const Description &) = delete;

	nn_model_data model(const Network<float> &network) const;

private:
	void describe_features(const std::vector<Feature> &features);

	const Dataset &dataset_;
	const Plan &plan_;
	const char *missing_;
	std::vector<nn_feature> features_;
	std::vector<std::vector<const char *>> categories_;
	std::vector<const char *> classes_, activations_;
	std::vector<double> target_mean_, target_scale_; // of each output
};

} // namespace nn

#endif
