#include "core/stopping.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nn
{

Stopping::Stopping(const nn_options &options)
	: patience_(options.patience), min_epochs_(options.min_epochs),
	  min_improvement_(options.min_improvement), on_score_(strcmp(options.stop_on, "score") == 0)
{}

bool Stopping::note(int epoch, double loss, double score)
{
	const bool scored = on_score_ && !std::isnan(score); // without one, the loss decides
	const double margin = min_improvement_ * (scored ? 1 : best_);

	epoch_ = epoch;
	measure_ = scored ? -score : loss;
	if (epoch > 1 && !(measure_ < best_ && best_ - measure_ >= margin))
		return false;
	best_ = measure_;
	best_epoch_ = epoch;
	return true;
}

bool Stopping::impatient() const
{
	return patience_ > 0 && epoch_ - std::max(best_epoch_, min_epochs_) >= patience_;
}

} // namespace nn
