/*
 * trainer_report.cpp: what a trainer tells of itself, during a training and after it.
 */
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/trainer.h"
#include "core/training_size.h"

namespace nn
{

// Until all epochs are over or the time is; NaN before there is a pace.
double Trainer::seconds_left() const
{
	const size_t training = dataset_.training_count();
	const size_t rows = training + dataset_.held_out_count();
	const size_t done = position_ + (phase_ == Phase::kValidate ? training : 0);
	const double epochs = epoch_ + static_cast<double>(done) / static_cast<double>(rows);
	const double spent = seconds();

	if (phase_ != Phase::kTrain && phase_ != Phase::kValidate)
		return 0;
	const double left = epochs > 0 ? spent / epochs * options_.epochs - spent
								   : std::numeric_limits<double>::quiet_NaN();
	return std::max(std::fmin(left, options_.max_seconds - spent), 0.0);
}

void Trainer::progress(nn_progress &p) const
{
	constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

	p = {};
	p.epoch = epoch_;
	p.epochs = options_.epochs;
	p.loss = loss_curve_.empty() ? kNone : loss_curve_.back();
	p.validation_loss = validation_curve_.empty() ? kNone : validation_curve_.back();
	p.rate = rate_curve_.empty() ? rate_ : rate_curve_.back();
	p.rows_per_second = seconds_ > 0 ? static_cast<double>(rows_trained_) / seconds_ : 0;
	p.seconds_left = seconds_left();
}

void Trainer::result(nn_result &r) const
{
	const size_t kept = static_cast<size_t>(kept_epoch_) - 1;
	const size_t training = dataset_.training_count();
	const size_t held_out = dataset_.held_out_count();
	constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

	eigen_assert(phase_ == Phase::kDone);
	r = {};
	r.model = description_.model(network_);
	r.loss_name = plan_.loss->name;
	r.optimizer = plan_.optimizer->name;
	r.learning_rate = plan_.learning_rate;
	r.batch_size = static_cast<int32_t>(plan_.batch_size);
	r.quantiles = plan_.quantiles.data();
	r.quantile_count = static_cast<int32_t>(plan_.quantiles.size());
	r.rows = static_cast<int64_t>(training + held_out);
	r.rows_no_target = dataset_.skipped().no_target;
	r.rows_no_weight = dataset_.skipped().no_weight;
	r.rows_missing = dataset_.skipped().missing;
	r.rows_held_out = static_cast<int64_t>(held_out);
	r.epochs = epoch_;
	r.best_epoch = kept_epoch_;
	r.loss = loss_curve_[kept];
	r.validation_loss = held_out > 0 ? validation_curve_[kept] : kNone;
	r.score = score_.value();
	r.baseline = score_.baseline();
	r.stop_reason = stop_reason_;
	r.loss_curve = loss_curve_.data();
	r.validation_curve = held_out > 0 ? validation_curve_.data() : nullptr;
	r.rate_curve = rate_curve_.data();
	r.state = state_.data();
	r.state_count = static_cast<int64_t>(state_.size());
	r.updates = updates_;
	r.total_epochs = static_cast<int32_t>(
		std::min<int64_t>(int64_t(epochs_before_) + epoch_, std::numeric_limits<int32_t>::max()));
	r.champion_score = comparison_ ? comparison_->value() : kNone;
	r.warning_count = static_cast<int32_t>(warnings_.size());
	r.warnings = warnings_.data();
}

void Trainer::estimate(nn_estimate &e)
{
	const double share = expected(dataset_, options_);
	const double training = share * static_cast<double>(dataset_.training_count());

	e = {};
	e.model = description_.model(network_);
	e.batch_size = static_cast<int32_t>(plan_.batch_size);
	const size_t rows = static_cast<size_t>(share * static_cast<double>(dataset_.rows()));
	e.reading_bytes = static_cast<int64_t>(dataset_.bytes_for_reading(rows));
	e.row_bytes = static_cast<int64_t>(dataset_.bytes_for(rows));
	e.network_bytes = static_cast<int64_t>(network_bytes(dataset_, options_, plan_));
	if (rows_trained_ > 0)
		e.epoch_seconds = seconds_ / static_cast<double>(rows_trained_) * training;
	warnings_.clear();
	warn_of_columns(dataset_, warnings_);
	for (size_t f = 0; f < dataset_.encoder().features().size(); f++)
		warn_of_leak(dataset_, f, warnings_);
	e.warning_count = static_cast<int32_t>(warnings_.size());
	e.warnings = warnings_.data();
}

} // namespace nn
