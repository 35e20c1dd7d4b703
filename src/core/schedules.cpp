/*
 * schedules.cpp: to add one, write its function, add its row to the table, and factors by hand to
 * test/unit/schedules.cpp.
 */
#include "core/schedules.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace nn
{

namespace
{

constexpr double kPi = 3.14159265358979323846;

// decay^exponent; above 0 even where that is too small for a double.
double power(double decay, double exponent)
{
	return std::max(std::pow(decay, exponent), std::numeric_limits<double>::min());
}

double constant(const SchedulePoint &)
{
	return 1;
}

double step(const SchedulePoint &p)
{
	const int steps = p.epoch / p.decay_epochs;
	return power(p.decay, steps);
}

double exponential(const SchedulePoint &p)
{
	return power(p.decay, static_cast<double>(p.epoch) / p.decay_epochs);
}

// Equation 5 of Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", 2017,
// without restarts and down to 0: (1 + cos a) / 2. That is cos^2 (a / 2), which keeps its digits near
// 0; 0 itself would be in the epoch after the last.
double cosine(const SchedulePoint &p)
{
	const double c = std::cos(kPi / 2 * p.epoch / p.epochs);
	return c * c;
}

double plateau(const SchedulePoint &p)
{
	return power(p.decay, p.reductions);
}

constexpr Schedule kSchedules[] = {
	{"constant", constant}, {"step", step},       {"exponential", exponential},
	{"cosine", cosine},     {"plateau", plateau},
};
static_assert(std::size(kSchedules) == kScheduleCount);

} // namespace

const Schedule *find_schedule(const std::string &name)
{
	for (const Schedule &schedule : kSchedules)
		if (name == schedule.name)
			return &schedule;
	return nullptr;
}

std::string schedule_names()
{
	std::string names;
	for (const Schedule &schedule : kSchedules)
		names += (names.empty() ? "" : ", ") + std::string(schedule.name);
	return names;
}

// Gradual warm-up, section 2.2 of Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1
// hour", 2017. A first epoch at 0 would learn nothing, one at 1 would belong to the schedule.
double schedule_factor(const Schedule &schedule, const SchedulePoint &point)
{
	SchedulePoint p = point;

	if (p.epoch < p.warmup)
		return (p.epoch + 1.0) / (p.warmup + 1.0);
	p.epoch -= p.warmup;
	p.epochs -= p.warmup;
	p.warmup = 0;
	return schedule.factor(p);
}

int Plateau::note(double loss)
{
	waited_++;
	if (loss < best_)
	{
		best_ = loss;
		waited_ = 0;
	}
	else if (waited_ == decay_epochs_)
	{
		reductions_++;
		waited_ = 0;
	}
	return reductions_;
}

} // namespace nn
