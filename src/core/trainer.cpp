#include "core/trainer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "core/limits.h"
#include "core/pages.h"
#include "core/regularisation.h"
#include "core/training_size.h"

namespace nn
{

namespace
{

constexpr std::chrono::milliseconds kStepTime(20);
constexpr double kSmallerRate = 0.1;
constexpr uint64_t kInitialStream = 0; // of the random numbers; an epoch's stream is its number
constexpr size_t kCompared = 64;       // rows at a time
constexpr int64_t kMaxUpdates = int64_t(1) << 53;
constexpr size_t kQuantileRows = 100000; // enough to know a quantile by

} // namespace

Trainer::Trainer(const Dataset &dataset, const nn_options &options)
	: Trainer(dataset, options, checked_plan(dataset, options))
{}

Trainer::Trainer(const Dataset &dataset, const nn_options &options, Plan plan)
	: dataset_(dataset), options_(options), plan_(std::move(plan)),
	  start_(std::chrono::steady_clock::now()), network_(plan_.sizes, plan_.activations),
	  packed_(network_, dataset.layout().columns > 0 ? &dataset.layout() : nullptr),
	  update_(network_, options_, plan_, dataset.idle_inputs(), dataset.spilled(),
			  Replicas::useful(options_, plan_, dataset.spilled())),
	  replicas_(network_, packed_, update_, options_, plan_, dataset.idle_inputs()),
	  parts_(dataset, options_, plan_, network_),
	  batches_(dataset, options, rows_bytes(dataset, options, plan_)), stopping_(options),
	  plateau_(options.decay_epochs), score_(score_kind()),
	  description_(dataset, plan_, options.missing)
{
	if (options.champion != nullptr)
		comparison_ =
			std::make_unique<Comparison>(dataset, options.champion->predictor, score_kind());
	warn_of_unknown(dataset, warnings_);
	rate_ = scheduled_rate();
}

// What is left to do before the first epoch. Of a large network each of these takes its time, the more
// as it is the first to touch its memory.
void Trainer::start_part()
{
	switch (phase_)
	{
		case Phase::kStart:
			start_parameters();
			phase_ = Phase::kKeep;
			break;
		case Phase::kKeep:
			take_snapshot();
			phase_ = Phase::kBegin;
			break;
		default:
			if (options_.tolerance > 0)
				before_ = network_.parameters();
			if (plan_.optimizer->line_search)
				start_search();
			begin_epoch();
	}
}

// Random ones, or those of the version to go on from with its optimizer's state.
void Trainer::start_parameters()
{
	const nn_start *start = options_.start;
	const int slots = plan_.optimizer->slots;

	if (start == nullptr)
		return network_.initialise(Random(static_cast<uint64_t>(options_.seed), kInitialStream),
								   dataset_.idle_inputs());
	if (start->updates < 0 || start->updates > kMaxUpdates || start->epochs < 0)
		throw Error(NN_CORRUPT, "the version to go on from has made %lld updates in %d epochs",
					static_cast<long long>(start->updates), start->epochs)
			.with_hint("Train without warm_start.");
	network_.parameters() = start->model->predictor.network().parameters();
	epochs_before_ = start->epochs;
	if (start->optimizer == nullptr || find_optimizer<float>(start->optimizer) != plan_.optimizer ||
		(slots > 0 && start->state_count == 0))
		return; // this optimizer starts afresh
	const Index count = static_cast<Index>(network_.parameter_count());
	const ConstArrayMap<float> state(start->state, static_cast<Index>(start->state_count));
	if (state.size() != count * slots || !state.allFinite())
		throw Error(NN_CORRUPT,
					"the state of the optimizer of the version to go on from is damaged")
			.with_hint("Train without warm_start.");
	for (int s = 0; s < slots; s++)
		update_.slots()[s] = state.segment(s * count, count);
	updates_ = start->updates;
}

void Trainer::start_search()
{
	lbfgs_.reset(); // first, for its memory
	lbfgs_ = std::make_unique<Lbfgs<float>>(static_cast<Index>(network_.parameter_count()),
											plan_.learning_rate * rate_scale_);
}

ScoreKind Trainer::score_kind() const
{
	const std::vector<double> &weights = dataset_.class_weights();
	ScoreKind kind;

	kind.classes = static_cast<int>(dataset_.classes().size());
	kind.commonest =
		static_cast<int>(std::max_element(weights.begin(), weights.end()) - weights.begin());
	kind.outputs = plan_.sizes.back();
	kind.logarithmic = plan_.loss->logarithmic;
	kind.quantiles = plan_.quantiles;
	for (double q : plan_.quantiles)
		kind.constants.push_back(weighted_quantile(dataset_.targets(kQuantileRows), q));
	return kind;
}

bool Trainer::step()
{
	using Clock = std::chrono::steady_clock;
	const auto end = Clock::now() + kStepTime;

	while (phase_ < Phase::kTrain && Clock::now() < end)
		start_part();
	const auto begin = Clock::now();
	while (phase_ >= Phase::kTrain && phase_ != Phase::kDone && Clock::now() < end)
		run_part();
	seconds_ += std::chrono::duration<double>(Clock::now() - begin).count();
	return phase_ != Phase::kDone;
}

void Trainer::run_part()
{
	switch (phase_)
	{
		case Phase::kTrain:
			train_part();
			break;
		case Phase::kValidate:
			evaluate_part();
			break;
		case Phase::kScore:
			evaluate_part();
			break;
		case Phase::kCompare:
			compare_part();
			break;
		case Phase::kWarn:
			warn_part();
			break;
		default:
			break;
	}
}

// ---- an epoch: a pass through the training rows, then one through the held-out rows ----

void Trainer::begin_epoch()
{
	phase_ = Phase::kTrain;
	batches_.begin_epoch(int64_t(epochs_before_) + epoch_, !plan_.optimizer->full_batch);
	rate_ = scheduled_rate();
	restart_pass();
}

double Trainer::scheduled_rate() const
{
	return plan_.learning_rate * rate_scale_ *
		   schedule_factor(*plan_.schedule, {epoch_, options_.epochs, options_.warmup,
											 options_.decay, options_.decay_epochs, reductions_});
}

void Trainer::restart_pass()
{
	replicas_.follow();
	position_ = 0;
	sums_.assign(static_cast<size_t>(network_.outputs()), 0);
	weight_ = 0;
	begin_batch();
}

void Trainer::begin_batch()
{
	batch_begin_ = settled_end_ = position_;
	batch_end_ = std::min(position_ + static_cast<size_t>(plan_.batch_size), batches_.rows());
}

// The next rows of the batch, as many as go through the network at once. Of rows in files only some
// may be in memory.
void Trainer::train_part()
{
	if (position_ == settled_end_)
		settled_end_ = batches_.settle(position_, batch_end_);
	if (position_ == settled_end_)
		return; // some were read

	const size_t n = std::min(parts_.capacity(), settled_end_ - position_);
	const double terms = static_cast<double>(batch_end_ - batch_begin_) *
						 (plan_.loss->classes ? 1 : static_cast<double>(network_.outputs()));
	const Sum sum = position_ == batch_begin_ ? Sum::kSet : Sum::kAdd;

	parts_.train(replicas_, batches_, position_, n, terms);
	parts_.add_sums(sums_, weight_);
	position_ += n;
	const bool finite = std::isfinite(mean_loss(sums_, 1));
	if (!finite || position_ == batch_end_)
		end_batch(finite, sum);
	else
		update_.gather(network_, parts_, sum);
	if (phase_ == Phase::kTrain && epoch_ > 0 && plan_.optimizer->full_batch && out_of_time())
	{
		if (lbfgs_)
			lbfgs_->retreat(network_.parameters());
		stop_reason_ = "max_seconds"; // the step that would take all rows isn't made
		finish();
	}
}

// The batch is through, or its loss isn't finite.
void Trainer::end_batch(bool finite, Sum sum)
{
	rows_trained_ += static_cast<int64_t>(position_ - batch_begin_);
	if (lbfgs_)
		return search(sum);
	if (!finite)
		return recover();
	const double change = replicas_.step(parts_, sum, rate_, ++updates_);
	settled_ = options_.tolerance > 0 && change < options_.tolerance;
	if (position_ == batches_.rows() || settled_ || out_of_time())
		end_training_pass();
	else
		begin_batch();
}

double Trainer::largest_change() const
{
	return static_cast<double>((network_.parameters() - before_).cwiseAbs().maxCoeff());
}

// A pass of a line search is over, or cut short by a loss that isn't finite: another trial, or the
// end of the epoch.
void Trainer::search(Sum sum)
{
	const Penalties penalties = {options_.l1, options_.l2};
	const double loss = mean_loss(sums_, weight_) + penalty(network_, penalties);

	const Vector<float> &gradient = update_.finish(network_, parts_, sum);
	const Verdict verdict = lbfgs_->judge(loss, gradient, network_.parameters());
	if (verdict == Verdict::kTry)
	{
		batches_.begin_pass(false);
		return restart_pass();
	}
	updates_++;
	if (verdict == Verdict::kAccepted)
	{
		if (options_.tolerance > 0)
		{
			settled_ = largest_change() < options_.tolerance;
			before_ = network_.parameters();
		}
		return end_training_pass();
	}
	if (!std::isfinite(lbfgs_->loss()))
		throw Error(NN_NOT_FINITE, "the loss is not finite at the start of the training")
			.with_hint("Look for outliers in the columns.");
	stop_reason_ = "converged";
	if (epoch_ == 0)
		return end_training_pass();
	finish(); // at the point accepted last, whose epoch has been noted
}

void Trainer::end_training_pass()
{
	if (!network_.parameters().allFinite())
		return recover();
	training_sums_ = sums_;
	training_weight_ = weight_;
	sums_.assign(sums_.size(), 0);
	weight_ = 0;
	position_ = 0;
	score_.reset();
	if (!holds_out())
		return end_epoch();
	phase_ = Phase::kValidate;
	batches_.begin_pass(true);
}

bool Trainer::holds_out() const
{
	return dataset_.held_out_count() > 0;
}

// The next rows of a pass without learning: of validation, or of the final score.
void Trainer::evaluate_part()
{
	const bool scoring = phase_ == Phase::kScore || stopping_.on_score();
	const bool lossy = phase_ == Phase::kValidate;
	const size_t most = std::min(parts_.capacity(), batches_.rows() - position_);
	const size_t n = batches_.settle(position_, position_ + most) - position_;

	if (n == 0 && most > 0)
		return; // some were read
	parts_.evaluate(network_, packed_, batches_, position_, n, lossy);
	parts_.add_sums(sums_, weight_);
	if (scoring)
		parts_.for_each(
			[&](const Part &part) { score_.add(part.Z(), part.Y(), part.row_weights()); });
	position_ += n;
	if (position_ < batches_.rows())
		return;
	position_ = 0;
	if (phase_ == Phase::kScore)
	{
		phase_ = Phase::kCompare;
		batches_.begin_pass(holds_out());
	}
	else if (!std::isfinite(mean_loss(sums_, 1)))
		recover();
	else
		end_epoch();
}

void Trainer::end_epoch()
{
	const bool held_out = holds_out();
	if (held_out && !(weight_ > 0))
		throw Error(NN_INVALID, "class_weight leaves no held-out row with a weight")
			.with_hint("Hold out rows of the other classes, too.");
	// what is made small in training is the loss with the penalties
	const double loss = held_out ? mean_loss(sums_, weight_)
								 : mean_loss(training_sums_, training_weight_) +
									   penalty(network_, {options_.l1, options_.l2});

	epoch_++;
	loss_curve_.push_back(loss_in_units(training_sums_, training_weight_));
	rate_curve_.push_back(rate_);
	if (held_out)
		validation_curve_.push_back(loss_in_units(sums_, weight_));
	if (stopping_.note(epoch_, loss, score_.value()))
		take_snapshot();
	if (epoch_ > options_.warmup)
		reductions_ = plateau_.note(stopping_.measure());
	stop_reason_ = stop_reason_ != nullptr                        ? stop_reason_
				   : settled_                                     ? "tolerance"
				   : !ignores_patience() && stopping_.impatient() ? "patience"
				   : epoch_ == options_.epochs                    ? "epochs"
				   : out_of_time()                                ? "max_seconds"
																  : nullptr;
	if (stop_reason_ != nullptr)
		return finish();
	if (lbfgs_)
		lbfgs_->begin(network_.parameters());
	begin_epoch();
}

// Steepest descent ends where it ends; so does training that nothing may stop early.
bool Trainer::ignores_patience() const
{
	return (plan_.optimizer->full_batch && !plan_.optimizer->line_search) || options_.patience == 0;
}

// Without held-out rows nothing says that an earlier epoch is the better one, but that patience waited
// for a smaller loss in vain.
bool Trainer::keeps_last() const
{
	return ignores_patience() || (!holds_out() && strcmp(stop_reason_, "patience") != 0);
}

void Trainer::take_snapshot()
{
	const auto copy = [](const Vector<float> &from, Vector<float> &to) {
		if (to.size() != from.size())
			resize_pages(to, static_cast<size_t>(from.size()));
		to = from;
	};

	copy(network_.parameters(), best_.parameters);
	for (int s = 0; s < plan_.optimizer->slots && !ignores_patience(); s++)
		copy(update_.slots()[s], best_.slots[s]);
	best_.updates = updates_;
}

void Trainer::finish()
{
	kept_epoch_ = epoch_;
	if (!keeps_last())
	{
		kept_epoch_ = stopping_.best_epoch();
		network_.parameters() = best_.parameters;
		for (int s = 0; s < plan_.optimizer->slots; s++)
			update_.slots()[s].swap(best_.slots[s]);
		updates_ = best_.updates;
	}
	packed_.pack(network_);
	position_ = 0;
	score_.reset();
	phase_ = Phase::kScore;
	batches_.begin_pass(holds_out());
}

// After a loss that isn't finite: the epoch again, from the best parameters, with smaller steps.
void Trainer::recover()
{
	if (retries_++ == kMaxRetries)
		throw Error(NN_NOT_FINITE,
					"the loss went to infinity in epoch %d, last with learning rate %g", epoch_ + 1,
					rate_)
			.with_hint("Use a smaller learning_rate (that of %s is %g unless told), or look for "
					   "outliers in the columns.",
					   plan_.optimizer->name, plan_.optimizer->default_rate);
	rate_scale_ *= kSmallerRate;
	network_.parameters() = best_.parameters;
	for (int s = 0; s < plan_.optimizer->slots; s++)
		update_.slots()[s].setZero();
	updates_ = 0;
	settled_ = false;
	if (lbfgs_)
		start_search();
	begin_epoch();
}

double Trainer::seconds() const
{
	return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

bool Trainer::out_of_time() const
{
	return !std::isnan(options_.max_seconds) && seconds() >= options_.max_seconds;
}

// The mean over rows by weight, and over the outputs of a regression, standardised as training sees
// them.
double Trainer::mean_loss(const std::vector<double> &sums, double weight) const
{
	const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
	return total / weight / (plan_.loss->classes ? 1 : static_cast<double>(sums.size()));
}

// The same in the units of the target.
double Trainer::loss_in_units(const std::vector<double> &sums, double weight) const
{
	const std::vector<double> &scale = dataset_.target_scale();
	std::vector<double> scaled = sums;

	for (size_t k = 0; k < scaled.size() && !scale.empty(); k++)
		scaled[k] *= std::pow(scale[std::min(k, scale.size() - 1)], plan_.loss->degree);
	return mean_loss(scaled, weight);
}

// ---- after the last epoch ----

void Trainer::compare_part()
{
	const unsigned char *rows[kCompared];

	if (comparison_)
	{
		const size_t most = std::min(kCompared, batches_.rows() - position_);
		const size_t n = batches_.settle(position_, position_ + most) - position_;
		for (size_t i = 0; i < n; i++)
			rows[i] = batches_.row(position_ + i);
		comparison_->add(rows, n);
		position_ += n;
		if (position_ < batches_.rows())
			return;
	}
	position_ = 0;
	phase_ = Phase::kWarn;
}

// A feature at a time; then the rest.
void Trainer::warn_part()
{
	const size_t features = dataset_.encoder().features().size();

	if (position_ < features)
		return warn_of_leak(dataset_, position_++, warnings_);
	if (strcmp(stop_reason_, "epochs") == 0)
		warn_of_end(validation_curve_.empty() ? loss_curve_ : validation_curve_, warnings_);
	if (options_.class_weight_count == 0) // which sets another goal than the score
		warn_of_score(dataset_.classification(), score_.value(), score_.baseline(), warnings_);
	pack_state();
	phase_ = Phase::kDone;
}

// The slots one after another, unless they are too long to be stored beside the parameters.
void Trainer::pack_state()
{
	const size_t slots = static_cast<size_t>(plan_.optimizer->slots);
	const size_t count = network_.parameter_count();

	if ((slots + 1) * count > static_cast<size_t>(kMaxParameters))
		return;
	for (Vector<float> &slot : best_.slots) // its room is needed
		slot.resize(0);
	reserve_pages(state_, slots * count);
	for (size_t s = 0; s < slots; s++)
		state_.insert(state_.end(), update_.slots()[s].begin(), update_.slots()[s].end());
}

} // namespace nn
