#include "core/ranking.h"

#include <limits>

namespace nn
{

namespace
{

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

} // namespace

void Ranking::add(double score, bool hit, double weight, bool curve)
{
	keeps_curve_ = curve;
	if (started_ && score < score_)
		end_score();
	started_ = true;
	score_ = score;
	(hit ? hits_ : misses_) += weight;
}

// All rows of a score have been counted.
void Ranking::end_score()
{
	if (keeps_curve_ && curve_.empty())
		curve_.push_back({std::numeric_limits<double>::infinity(), 0, 0});
	if (keeps_curve_)
		curve_.push_back({score_, hits_, misses_});
	area_ += (misses_ - misses_before_) * (hits_ + hits_before_) / 2;
	precision_ += (hits_ - hits_before_) * hits_ / (hits_ + misses_);
	hits_before_ = hits_;
	misses_before_ = misses_;
}

// Points are left out such that the way from one to the next along the curve of ROC is about the same.
void Ranking::finish(size_t points)
{
	size_t kept = 0;

	if (started_)
		end_score();
	if (points < 2 || curve_.size() <= points)
		return;
	const double total = (hits_ > 0 ? 1 : 0) + (misses_ > 0 ? 1 : 0);
	for (size_t i = 0; i + 1 < curve_.size() && kept + 1 < points; i++)
	{
		const double way = (hits_ > 0 ? curve_[i].hits / hits_ : 0) +
						   (misses_ > 0 ? curve_[i].misses / misses_ : 0);
		if (way * static_cast<double>(points - 1) >= total * static_cast<double>(kept))
			curve_[kept++] = curve_[i];
	}
	curve_[kept++] = curve_.back();
	curve_.resize(kept);
	curve_.shrink_to_fit();
}

double Ranking::roc_auc() const
{
	return hits_ > 0 && misses_ > 0 ? area_ / hits_ / misses_ : kNaN;
}

double Ranking::average_precision() const
{
	return hits_ > 0 ? precision_ / hits_ : kNaN;
}

} // namespace nn
