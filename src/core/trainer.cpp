#include "core/trainer.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/checked.h"
#include "core/limits.h"

namespace nn
{

namespace
{

constexpr std::chrono::milliseconds kStepTime(20);
constexpr double kPartWork = 1e9; // floating point operations, some 25 ms without vector units
constexpr size_t kMaxPart = 256;  // rows; beyond it nothing is won
constexpr double kSmallerRate = 0.1;
constexpr uint64_t kInitialStream = 0; // of the random numbers; an epoch's stream is its number

// Rows that go through the network at once. It depends on the network alone: so do the sums.
size_t part_rows(const Plan &plan)
{
	const double parameters = static_cast<double>(Network<float>::count_parameters(plan.sizes));
	return static_cast<size_t>(
		std::clamp(kPartWork / (6 * parameters), 1.0, static_cast<double>(kMaxPart)));
}

int network_outputs(const Dataset &dataset)
{
	const int classes = static_cast<int>(dataset.classes().size());
	return !dataset.classification() ? dataset.target_width() : classes == 2 ? 1 : classes;
}

int commonest_class(const Dataset &dataset)
{
	const std::vector<int64_t> &counts = dataset.class_counts();
	return static_cast<int>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

// Memory is checked before any is taken.
Plan checked_plan(const Dataset &dataset, const nn_options &options)
{
	const int64_t rows = static_cast<int64_t>(dataset.training_rows().size());
	Plan plan = make_plan(options, dataset.classification(), rows, dataset.encoder().inputs(),
						  network_outputs(dataset));
	const size_t part = part_rows(plan);
	// parameters, gradient, best, before, and the optimizer's
	const size_t vectors = 4 + static_cast<size_t>(plan.optimizer->slots);
	const size_t width = static_cast<size_t>(plan.sizes.front() + dataset.target_width());
	size_t bytes = checked_multiply(Network<float>::count_parameters(plan.sizes), 4 * vectors);

	bytes = checked_add(bytes, Workspace<float>::bytes(plan.sizes, part));
	bytes = checked_add(bytes, checked_multiply(checked_multiply(width, part), 4));
	if (checked_add(bytes, dataset.bytes_used()) > dataset.budget())
	{
		constexpr size_t kMegabyte = 1024 * 1024;
		const size_t need = (bytes + dataset.bytes_used()) / kMegabyte + 1;
		throw Error(NN_LIMIT,
					"training needs %zu MB of memory (%zu MB for the rows, %zu MB for the "
					"network), %zu MB are allowed",
					need, dataset.bytes_used() / kMegabyte + 1, bytes / kMegabyte + 1,
					dataset.budget() / kMegabyte)
			.with_hint("Set maintenance_work_mem to more than %zu MB, or use a smaller network.",
					   need);
	}
	return plan;
}

} // namespace

Trainer::Trainer(const Dataset &dataset, const nn_options &options)
	: Trainer(dataset, options, checked_plan(dataset, options))
{}

Trainer::Trainer(const Dataset &dataset, const nn_options &options, Plan plan)
	: dataset_(dataset), options_(options), plan_(std::move(plan)),
	  start_(std::chrono::steady_clock::now()), network_(plan_.sizes, plan_.activations),
	  workspace_(network_, static_cast<Index>(part_rows(plan_))), random_(0),
	  rate_(plan_.learning_rate), score_(static_cast<int>(dataset.classes().size()),
										 commonest_class(dataset), plan_.sizes.back())
{
	const Index count = static_cast<Index>(network_.parameter_count());

	network_.initialise(Random(static_cast<uint64_t>(options.seed), kInitialStream),
						dataset.idle_inputs());
	gradient_.setZero(count);
	for (int s = 0; s < plan_.optimizer->slots; s++)
		slots_[s].setZero(count);
	best_ = network_.parameters();
	if (options.tolerance > 0)
		before_.resize(count);
	X_.resize(workspace_.capacity(), network_.inputs());
	Y_.resize(workspace_.capacity(), dataset.target_width());
	order_.resize(dataset.training_rows().size());
	describe_model();
	begin_epoch();
}

bool Trainer::step()
{
	const auto end = std::chrono::steady_clock::now() + kStepTime;

	while (phase_ != Phase::kDone && std::chrono::steady_clock::now() < end)
		run_part();
	return phase_ != Phase::kDone;
}

void Trainer::run_part()
{
	const bool held_out = !dataset_.held_out_rows().empty();

	switch (phase_)
	{
		case Phase::kTrain:
			train_part();
			break;
		case Phase::kValidate:
			evaluate_part(dataset_.held_out_rows());
			break;
		case Phase::kScore:
			evaluate_part(held_out ? dataset_.held_out_rows() : dataset_.training_rows());
			break;
		case Phase::kDone:
			break;
	}
}

void Trainer::begin_epoch()
{
	phase_ = Phase::kTrain;
	position_ = 0;
	random_ = Random(static_cast<uint64_t>(options_.seed), static_cast<uint64_t>(epoch_) + 1);
	std::copy(dataset_.training_rows().begin(), dataset_.training_rows().end(), order_.begin());
	sums_.assign(static_cast<size_t>(network_.outputs()), 0);
	gradient_.setZero();
}

// Fisher and Yates' shuffle, for the places from begin to end only: the rest follows when it is
// needed.
void Trainer::shuffle(size_t begin, size_t end)
{
	for (size_t i = begin; i < end; i++)
		std::swap(order_[i], order_[i + random_.below(order_.size() - i)]);
}

// The next part of the current batch: its gradient is added to the batch's.
void Trainer::train_part()
{
	const size_t batch = static_cast<size_t>(plan_.batch_size);
	const size_t start = position_ / batch * batch;
	batch_end_ = std::min(start + batch, order_.size());
	const size_t n = std::min(static_cast<size_t>(workspace_.capacity()), batch_end_ - position_);
	const Index rows = static_cast<Index>(n);

	if (!plan_.optimizer->full_batch)
		shuffle(position_, position_ + n);
	dataset_.gather(order_.data() + position_, n, X_.data(), Y_.data());

	const ConstMatrixMap<float> Z = workspace_.forward(network_, X_.data(), rows);
	const double terms = static_cast<double>(batch_end_ - start) *
						 (plan_.loss->classes ? 1 : static_cast<double>(Z.cols()));
	plan_.loss->evaluate(Z, ConstMatrixMap<float>(Y_.data(), rows, Y_.cols()), sums_.data(),
						 static_cast<float>(1 / terms), workspace_.output_gradient());
	workspace_.backward(network_, X_.data(), rows, gradient_);
	position_ += n;

	if (!std::isfinite(mean_loss(sums_, 1)))
		recover();
	else if (position_ == batch_end_)
	{
		update();
		if (position_ == order_.size() || settled_ || out_of_time())
			end_training_pass();
	}
	else if (epoch_ > 0 && plan_.optimizer->full_batch && out_of_time())
	{
		stop_reason_ = "max_seconds"; // the step that would take all rows isn't made
		finish();
	}
}

// One step of the optimizer, along the gradient of the loss + l2/2 * sum of the squared weights.
void Trainer::update()
{
	Vector<float> &parameters = network_.parameters();
	const auto map = [](Vector<float> &v) { return ArrayMap<float>(v.data(), v.size()); };

	// Constant columns would get a gradient from rounding, and so would an input that is always 1.
	network_.silence(dataset_.idle_inputs(), gradient_);
	if (options_.l2 > 0)
		for (const Layer<float> &layer : network_.layers())
		{
			const Index start = static_cast<Index>(layer.weights);
			const Index count = layer.inputs * layer.outputs;
			gradient_.segment(start, count) +=
				static_cast<float>(options_.l2) * parameters.segment(start, count);
		}
	if (options_.tolerance > 0)
		before_ = parameters;

	OptimizerStep<float> step = {map(parameters),
								 ConstArrayMap<float>(gradient_.data(), gradient_.size()),
								 {map(slots_[0]), map(slots_[1])},
								 rate_,
								 options_.momentum,
								 ++updates_};
	plan_.optimizer->step(step);
	if (options_.tolerance > 0)
		settled_ =
			static_cast<double>((parameters - before_).cwiseAbs().maxCoeff()) < options_.tolerance;
	gradient_.setZero();
}

void Trainer::end_training_pass()
{
	if (!network_.parameters().allFinite())
		return recover();
	training_sums_ = sums_;
	for (double &sum : training_sums_)
		sum /= static_cast<double>(position_);
	sums_.assign(sums_.size(), 0);
	position_ = 0;
	if (dataset_.held_out_rows().empty())
		end_epoch();
	else
		phase_ = Phase::kValidate;
}

// The next part of a pass without learning: of validation, or of the final score.
void Trainer::evaluate_part(const std::vector<uint32_t> &rows)
{
	const size_t n = std::min(static_cast<size_t>(workspace_.capacity()), rows.size() - position_);
	const ConstMatrixMap<float> Y(Y_.data(), static_cast<Index>(n), Y_.cols());

	dataset_.gather(rows.data() + position_, n, X_.data(), Y_.data());
	const ConstMatrixMap<float> Z = workspace_.forward(network_, X_.data(), static_cast<Index>(n));
	if (phase_ == Phase::kScore)
		score_.add(Z, Y);
	else
		plan_.loss->evaluate(Z, Y, sums_.data(), 0, nullptr);
	position_ += n;
	if (position_ < rows.size())
		return;
	if (phase_ == Phase::kScore)
		phase_ = Phase::kDone;
	else if (!std::isfinite(mean_loss(sums_, 1)))
		recover();
	else
		end_epoch();
}

void Trainer::end_epoch()
{
	const double held_out = static_cast<double>(dataset_.held_out_rows().size());
	const double loss = held_out > 0 ? mean_loss(sums_, held_out) : mean_loss(training_sums_, 1);

	epoch_++;
	loss_curve_.push_back(loss_in_units(training_sums_, 1));
	if (held_out > 0)
		validation_curve_.push_back(loss_in_units(sums_, held_out));
	waited_++;
	if (loss < best_loss_)
	{
		best_loss_ = loss;
		best_ = network_.parameters();
		best_epoch_ = epoch_;
		waited_ = 0;
	}
	stop_reason_ = settled_                                        ? "tolerance"
				   : !keeps_last() && waited_ >= options_.patience ? "patience"
				   : epoch_ == options_.epochs                     ? "epochs"
				   : out_of_time()                                 ? "max_seconds"
																   : nullptr;
	if (stop_reason_ == nullptr)
		begin_epoch();
	else
		finish();
}

// Steepest descent ends where it ends; so does training that nothing may stop early.
bool Trainer::keeps_last() const
{
	return plan_.optimizer->full_batch || options_.patience == 0;
}

void Trainer::finish()
{
	if (keeps_last())
		best_epoch_ = epoch_;
	else
		network_.parameters() = best_;
	position_ = 0;
	phase_ = Phase::kScore;
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
	rate_ *= kSmallerRate;
	network_.parameters() = best_;
	for (Vector<float> &slot : slots_)
		slot.setZero();
	updates_ = 0;
	settled_ = false;
	begin_epoch();
}

bool Trainer::out_of_time() const
{
	const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
	return !std::isnan(options_.max_seconds) && passed.count() >= options_.max_seconds;
}

// The mean over rows, and over the outputs of a regression, standardised as training sees them.
double Trainer::mean_loss(const std::vector<double> &sums, double rows) const
{
	const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
	return total / rows / (plan_.loss->classes ? 1 : static_cast<double>(sums.size()));
}

// The same in the units of the target.
double Trainer::loss_in_units(const std::vector<double> &sums, double rows) const
{
	std::vector<double> scaled = sums;

	for (size_t k = 0; k < dataset_.target_scale().size(); k++)
		scaled[k] *= std::pow(dataset_.target_scale()[k], plan_.loss->degree);
	return mean_loss(scaled, rows);
}

void Trainer::describe_model()
{
	const auto pointers = [](const std::vector<std::string> &texts) {
		std::vector<const char *> result;
		for (const std::string &text : texts)
			result.push_back(text.c_str());
		return result;
	};

	for (const Feature &feature : dataset_.encoder().features())
		categories_.push_back(pointers(feature.categories));
	for (size_t f = 0; f < categories_.size(); f++)
	{
		const Feature &feature = dataset_.encoder().features()[f];
		features_.push_back({feature.name.c_str(), feature.type.c_str(), feature.kind,
							 feature.elements(), feature.mean.data(), feature.scale.data(),
							 feature.missing_input, feature.missing, feature.inputs(),
							 static_cast<int32_t>(categories_[f].size()), categories_[f].data()});
	}
	classes_ = pointers(dataset_.classes());
	for (const Activation<float> *activation : plan_.activations)
		activations_.push_back(activation->name);
	activations_.push_back(classes_.empty()       ? "identity"
						   : classes_.size() == 2 ? "sigmoid"
												  : "softmax");
}

void Trainer::result(nn_result &r) const
{
	const size_t best = static_cast<size_t>(best_epoch_) - 1;
	const size_t training = dataset_.training_rows().size();
	const size_t held_out = dataset_.held_out_rows().size();

	eigen_assert(phase_ == Phase::kDone);
	r.model.task = dataset_.classification() ? "classification" : "regression";
	r.model.feature_count = static_cast<int32_t>(features_.size());
	r.model.features = features_.data();
	r.model.layer_count = static_cast<int32_t>(plan_.sizes.size());
	r.model.layer_sizes = plan_.sizes.data();
	r.model.activation_count = static_cast<int32_t>(activations_.size());
	r.model.activations = activations_.data();
	r.model.parameter_count = static_cast<int64_t>(network_.parameter_count());
	r.model.parameters = network_.parameters().data();
	r.model.class_count = static_cast<int32_t>(classes_.size());
	r.model.classes = classes_.data();
	r.model.target_count = static_cast<int32_t>(dataset_.target_mean().size());
	r.model.target_mean = dataset_.target_mean().data();
	r.model.target_scale = dataset_.target_scale().data();
	r.loss_name = plan_.loss->name;
	r.optimizer = plan_.optimizer->name;
	r.learning_rate = plan_.learning_rate;
	r.batch_size = static_cast<int32_t>(plan_.batch_size);
	r.rows = static_cast<int64_t>(training + held_out);
	r.rows_skipped = dataset_.skipped();
	r.rows_held_out = static_cast<int64_t>(held_out);
	r.epochs = epoch_;
	r.best_epoch = best_epoch_;
	r.loss = loss_curve_[best];
	r.validation_loss =
		held_out > 0 ? validation_curve_[best] : std::numeric_limits<double>::quiet_NaN();
	r.score = score_.value();
	r.baseline = score_.baseline();
	r.stop_reason = stop_reason_;
	r.loss_curve = loss_curve_.data();
	r.validation_curve = held_out > 0 ? validation_curve_.data() : nullptr;
}

} // namespace nn
