/*
 * comparison.cpp: the champion has an encoder of its own, so rows go back to raw values and through
 * it; its answers are then turned into what the new network's outputs would have to be to give them.
 */
#include "core/comparison.h"

#include <algorithm>
#include <cmath>

namespace nn
{

Comparison::Comparison(const Dataset &dataset, Predictor &champion, const ScoreKind &score)
	: dataset_(dataset), champion_(champion), kind_(score), score_(score)
{
	const std::vector<Feature> &known = dataset.encoder().features();

	for (const Feature &feature : champion.encoder().features())
	{
		size_t f = 0;
		while (known[f].name != feature.name)
			f++;
		if (known[f].elements() != feature.elements())
			throw Error(
				NN_INVALID,
				"column \"%s\" has arrays of %d elements, the version to compare with has %d",
				feature.name.c_str(), known[f].elements(), feature.elements())
				.with_hint("Train with activate => 'always' or 'never'.");
		features_.push_back(f);
	}
	for (const std::string &label : champion.classes())
	{
		const auto found = std::find(dataset.classes().begin(), dataset.classes().end(), label);
		classes_.push_back(found == dataset.classes().end()
							   ? -1
							   : static_cast<int>(found - dataset.classes().begin()));
	}
	if (kind_.classes == 0 && champion.outputs() != kind_.outputs)
		throw Error(NN_INVALID, "the version to compare with predicts %d numbers, not %d",
					champion.outputs(), kind_.outputs)
			.with_hint("Train with activate => 'always' or 'never'.");
	elements_.resize(features_.size());
	values_.resize(features_.size());
	outputs_.resize(static_cast<size_t>(champion.outputs()));
	Z_.resize(static_cast<size_t>(kind_.outputs));
	X_.resize(static_cast<size_t>(dataset.layout().numbers));
	codes_.resize(static_cast<size_t>(dataset.layout().columns));
	Y_.resize(static_cast<size_t>(dataset.target_width()));
	weights_.resize(1);
}

void Comparison::add(const unsigned char *const *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
	{
		dataset_.gather(&rows[i], 1, X_.data(), codes_.data(), Y_.data(), weights_.data());
		for (size_t f = 0; f < features_.size(); f++)
			values_[f] = dataset_.decoded(features_[f], rows[i], elements_[f]);
		champion_.predict(values_.data(), outputs_.data());
		if (kind_.classes > 0)
			fill_classes(static_cast<size_t>(Y_[0]));
		else
			for (size_t k = 0; k < Z_.size(); k++)
			{
				const size_t t =
					std::min(k, dataset_.target_mean().size() - 1); // quantiles share one
				const double z =
					(outputs_[k] - dataset_.target_mean()[t]) / dataset_.target_scale()[t];
				Z_[k] = static_cast<float>(kind_.logarithmic ? std::log(std::max(z, 1e-30)) : z);
			}
		score_.add(ConstMatrixMap<float>(Z_.data(), 1, static_cast<Index>(Z_.size())),
				   ConstMatrixMap<float>(Y_.data(), 1, static_cast<Index>(Y_.size())),
				   weights_.data());
	}
}

// Outputs of which the highest is the champion's choice. A class that this target hasn't got is wrong.
void Comparison::fill_classes(size_t truth)
{
	const size_t choice =
		static_cast<size_t>(std::max_element(outputs_.begin(), outputs_.end()) - outputs_.begin());
	const size_t classes = static_cast<size_t>(kind_.classes);
	const size_t chosen =
		classes_[choice] >= 0 ? static_cast<size_t>(classes_[choice]) : (truth + 1) % classes;

	if (Z_.size() == 1)
		Z_[0] = chosen == 1 ? 1.0f : -1.0f;
	else
		for (size_t k = 0; k < Z_.size(); k++)
			Z_[k] = k == chosen ? 1.0f : 0.0f;
}

} // namespace nn
