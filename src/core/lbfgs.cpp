#include "core/lbfgs.h"

#include <algorithm>
#include <cmath>

#include "core/checked.h"

namespace nn
{

namespace
{

// The constants of the Wolfe conditions (3.7) that are usual for quasi-Newton methods.
constexpr double kDescent = 1e-4, kCurvature = 0.9;

constexpr int kMaxTrials = 25;       // of one line search
constexpr double kExpansion = 4;     // of steps that are too short, as of Moré and Thuente 1994
constexpr double kContraction = 0.1; // of those that left the finite numbers
constexpr double kMargin = 0.1; // share of the interval that an interpolation keeps off its ends
constexpr int kBisection = 3;   // each such trial halves the interval, however slow the others

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

// The sum of term(i), in double. Eight sums side by side keep a processor busy; that they are always
// eight makes the result the same whatever the width of its vectors.
template <class F> double sum(Index n, F term)
{
	constexpr Index kSums = 8;
	double sums[kSums] = {}, total = 0;

	for (Index i = 0; i < n / kSums * kSums; i += kSums)
		for (Index k = 0; k < kSums; k++)
			sums[k] += term(i + k);
	for (Index i = n / kSums * kSums; i < n; i++)
		sums[i % kSums] += term(i);
	for (double s : sums)
		total += s;
	return total;
}

template <class T> double dot(const Vector<T> &a, const Vector<T> &b)
{
	const T *x = a.data(), *y = b.data();
	return sum(a.size(),
			   [=](Index i) { return static_cast<double>(x[i]) * static_cast<double>(y[i]); });
}

// The sum of absolute values.
template <class T> double norm1(const Vector<T> &a)
{
	const T *x = a.data();
	return sum(a.size(), [=](Index i) { return std::abs(static_cast<double>(x[i])); });
}

} // namespace

template <class T>
Lbfgs<T>::Lbfgs(Index parameters, double first_step)
	: first_step_(first_step), start_(parameters), gradient_(parameters), direction_(parameters)
{
	for (Index k = 0; k < kMemory; k++)
	{
		s_[k].resize(parameters);
		y_[k].resize(parameters);
	}
}

template <class T> size_t Lbfgs<T>::bytes(size_t parameters)
{
	constexpr size_t kVectors = 3 + 2 * kMemory;
	return checked_multiply(parameters, kVectors * sizeof(T));
}

template <class T>
Verdict Lbfgs<T>::judge(double loss, const Vector<T> &gradient, Vector<T> &parameters)
{
	eigen_assert(phase_ != Phase::kRest);
	if (phase_ == Phase::kStuck)
		return Verdict::kStuck;
	if (phase_ == Phase::kStart)
	{
		start(loss, gradient, parameters);
		begin(parameters);
		return phase_ == Phase::kStuck ? Verdict::kStuck : Verdict::kTry;
	}

	Trial trial = {step_, loss, dot(gradient, direction_)};
	if (!std::isfinite(trial.loss) || !std::isfinite(trial.slope))
		trial.loss = kInfinity;
	// Rounded, the first condition may hold for a loss that didn't fall at all: hence the second.
	const bool too_high =
		trial.loss > zero_.loss + kDescent * trial.step * zero_.slope || trial.loss >= low_.loss;
	if (!too_high && std::abs(trial.slope) <= -kCurvature * zero_.slope)
	{
		remember(gradient, parameters);
		start(loss, gradient, parameters);
		return Verdict::kAccepted;
	}
	narrow(trial, too_high);
	if (exhausted())
		return give_up(parameters);
	move(next_step(), parameters);
	return Verdict::kTry;
}

template <class T>
void Lbfgs<T>::start(double loss, const Vector<T> &gradient, const Vector<T> &parameters)
{
	start_ = parameters;
	gradient_ = gradient;
	zero_ = low_ = {0, loss, 0};
	phase_ = Phase::kRest;
}

template <class T> void Lbfgs<T>::begin(Vector<T> &parameters)
{
	eigen_assert(phase_ == Phase::kRest);
	find_direction();
	if (!descends() && pairs_ > 0) // by rounding or overflow: the pairs make it a descent
	{
		pairs_ = 0;
		find_direction();
	}
	low_ = zero_;
	high_ = {kInfinity, kInfinity, kInfinity};
	trials_ = 0;
	phase_ = descends() ? Phase::kSearch : Phase::kStuck;
	// A direction of BFGS has a length of its own. The gradient's says nothing: to begin with, the
	// parameters change by 1 in all, or by less (as in M. Schmidt's minFunc, 2005).
	if (phase_ == Phase::kSearch)
		move(pairs_ > 0 ? 1 : first_step_ * std::min(1.0, 1 / norm1(gradient_)), parameters);
}

template <class T> void Lbfgs<T>::retreat(Vector<T> &parameters) const
{
	if (phase_ != Phase::kStart) // where they haven't been moved yet
		parameters = start_;
}

// The pair of the step just accepted; one without positive curvature would spoil the directions, one
// within rounding of it overflow them.
template <class T> void Lbfgs<T>::remember(const Vector<T> &gradient, const Vector<T> &parameters)
{
	Vector<T> &s = s_[next_], &y = y_[next_];

	s = parameters - start_;
	y = gradient - gradient_;
	const double sy = dot(s, y), yy = dot(y, y);
	if (!(sy > kEpsilon * yy))
	{
		pairs_ = std::min(pairs_, kMemory - 1); // the oldest is overwritten
		return;
	}
	curvature_[next_] = sy;
	scale_ = sy / yy;
	next_ = (next_ + 1) % kMemory;
	pairs_ = std::min(pairs_ + 1, kMemory);
}

// The two-loop recursion, algorithm 7.4, from the scaling (7.20); without pairs, steepest descent.
template <class T> void Lbfgs<T>::find_direction()
{
	double alpha[kMemory];
	const auto slot = [this](Index age) { return (next_ + kMemory - age) % kMemory; };

	direction_ = -gradient_;
	for (Index age = 1; age <= pairs_; age++)
	{
		const Index k = slot(age);
		alpha[k] = dot(s_[k], direction_) / curvature_[k];
		direction_ -= static_cast<T>(alpha[k]) * y_[k];
	}
	if (pairs_ > 0)
		direction_ *= static_cast<T>(scale_);
	for (Index age = pairs_; age >= 1; age--)
	{
		const Index k = slot(age);
		const double beta = dot(y_[k], direction_) / curvature_[k];
		direction_ += static_cast<T>(alpha[k] - beta) * s_[k];
	}
	zero_.slope = dot(gradient_, direction_);
}

template <class T> bool Lbfgs<T>::descends() const
{
	return zero_.slope < 0 && std::isfinite(zero_.slope) && std::isfinite(zero_.loss);
}

template <class T> void Lbfgs<T>::move(double step, Vector<T> &parameters)
{
	step_ = step;
	trials_++;
	parameters = start_ + static_cast<T>(step) * direction_;
}

// Algorithms 3.5 and 3.6 in one: with high_ at infinity the first looks for an interval, in which the
// second then zooms.
template <class T> void Lbfgs<T>::narrow(const Trial &trial, bool too_high)
{
	if (too_high)
	{
		high_ = trial;
		return;
	}
	if (trial.slope * (high_.step - low_.step) >= 0)
		high_ = low_;
	low_ = trial;
}

// Out of trials, or the slope promises less over the whole interval than a loss can show.
template <class T> bool Lbfgs<T>::exhausted() const
{
	const double promised = std::abs((high_.step - low_.step) * zero_.slope);
	return trials_ == kMaxTrials || promised <= kEpsilon * std::abs(zero_.loss);
}

// The minimum of the cubic through both ends of the interval (3.59), kept off them.
template <class T> double Lbfgs<T>::next_step() const
{
	const double width = high_.step - low_.step;

	if (std::isinf(width))
		return kExpansion * low_.step;
	if (std::isinf(high_.loss))
		return low_.step + kContraction * width;
	const double d1 = low_.slope + high_.slope - 3 * (high_.loss - low_.loss) / width;
	const double d2 = std::copysign(std::sqrt(d1 * d1 - low_.slope * high_.slope), width);
	const double share = 1 - (high_.slope + d2 - d1) / (high_.slope - low_.slope + 2 * d2);
	const bool usable = std::isfinite(share) && trials_ % kBisection != 0;
	return low_.step + width * (usable ? std::clamp(share, kMargin, 1 - kMargin) : 0.5);
}

// Back to the best point; from there once more along the steepest descent, unless that was it.
template <class T> Verdict Lbfgs<T>::give_up(Vector<T> &parameters)
{
	const bool lower = low_.step > 0, last = pairs_ == 0;

	parameters = start_ + static_cast<T>(low_.step) * direction_;
	pairs_ = 0;
	phase_ = last ? Phase::kStuck : lower ? Phase::kStart : Phase::kRest;
	if (!last && !lower)
		begin(parameters);
	return phase_ == Phase::kStuck ? Verdict::kStuck : Verdict::kTry;
}

template class Lbfgs<float>;
template class Lbfgs<double>;

} // namespace nn
