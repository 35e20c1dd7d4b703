#include "core/importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/random.h"

namespace nn
{

namespace
{

// Whether a metric is the better the larger it is.
bool grows(const std::string &metric)
{
	for (const char *loss :
		 {"rmse", "mae", "median_absolute_error", "mape", "pinball", "log_loss", "brier"})
		if (metric == loss)
			return false;
	return true;
}

// Whether it takes all rows at once.
bool takes_order(const std::string &metric)
{
	return metric == "roc_auc" || metric == "pr_auc" || metric == "median_absolute_error";
}

// What the metrics take besides the rows as they were encoded, for each of them.
size_t bytes_of(const TargetShape &shape)
{
	return Ordering::kRowBytes + sizeof(uint32_t) +
		   sizeof(double) * static_cast<size_t>(shape.outputs + shape.truths() + 1);
}

} // namespace

Importance::Importance(Predictor &predictor, TargetShape shape, const char *metric, int repeats,
					   int seed, size_t budget)
	: shape_(std::move(shape)), metric_(metric != nullptr          ? metric
										: shape_.classes > 0       ? "accuracy"
										: shape_.quantiles.empty() ? "r2"
																   : "pinball"),
	  repeats_(repeats), seed_(seed), budget_(budget),
	  rows_(predictor, static_cast<size_t>(shape_.truths()), budget, bytes_of(shape_)),
	  worse_(predictor.encoder().features().size())
{
	Evaluation empty(shape_, 0);
	std::string names;

	while (empty.prepare())
		;
	for (const nn_metric &known : empty.metrics())
	{
		if (metric_ == known.name)
			return;
		names += (names.empty() ? "" : ", ") + std::string(known.name);
	}
	throw Error(NN_INVALID, "the model has no metric \"%.64s\"", metric_.c_str())
		.with_hint("It has %.240s.", names.c_str());
}

bool Importance::step()
{
	const size_t passes = 1 + worse_.size() * static_cast<size_t>(repeats_);

	if (rows_.sort())
		return true;
	if (rows_.rows() == 0 || pass_ == passes)
		return false;
	if (!evaluation_)
		begin_pass();
	if (done_ < rows_.rows())
		predict_part();
	else if (!evaluation_->prepare())
		end_pass();
	return pass_ < passes;
}

void Importance::begin_pass()
{
	evaluation_ = std::make_unique<Evaluation>(shape_, takes_order(metric_) ? budget_ : 0);
	done_ = 0;
	dealt_.resize(rows_.rows());
	std::iota(dealt_.begin(), dealt_.end(), 0u);
	if (pass_ == 0)
		return;
	Random random(static_cast<uint64_t>(seed_), pass_);
	for (size_t i = dealt_.size() - 1; i > 0; i--) // Fisher and Yates
		std::swap(dealt_[i], dealt_[random.below(i + 1)]);
}

void Importance::predict_part()
{
	const size_t n = std::min<size_t>(NN_BATCH_ROWS, rows_.rows() - done_);
	float *X = rows_.begin_batch(done_, n);

	if (pass_ > 0)
		for (size_t i = 0; i < n; i++)
			rows_.copy_feature((pass_ - 1) % worse_.size(), dealt_[done_ + i],
							   X + i * rows_.inputs());
	const double *outputs = rows_.predict(n);
	for (size_t i = 0; i < n; i++)
	{
		const double weight = rows_.weight(done_ + i);
		evaluation_->add(1, outputs + i * static_cast<size_t>(shape_.outputs),
						 rows_.truths(done_ + i), &weight);
	}
	done_ += n;
}

void Importance::end_pass()
{
	const double value = evaluation_->value(metric_.c_str());

	if (pass_ == 0)
		whole_ = value;
	else
		worse_[(pass_ - 1) % worse_.size()].push_back(grows(metric_) ? whole_ - value
																	 : value - whole_);
	evaluation_.reset();
	pass_++;
}

double Importance::mean(size_t feature) const
{
	const std::vector<double> &worse = worse_[feature];
	return std::accumulate(worse.begin(), worse.end(), 0.0) / static_cast<double>(worse.size());
}

double Importance::deviation(size_t feature) const
{
	double sum = 0;

	for (double worse : worse_[feature])
		sum += (worse - mean(feature)) * (worse - mean(feature));
	return std::sqrt(sum / static_cast<double>(worse_[feature].size()));
}

} // namespace nn
