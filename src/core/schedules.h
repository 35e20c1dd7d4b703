/*
 * schedules.h: how the learning rate changes from epoch to epoch, a table of name and function.
 */
#ifndef PGNN_SCHEDULES_H
#define PGNN_SCHEDULES_H

#include <limits>
#include <string>

namespace nn
{

constexpr int kScheduleCount = 5;

// Where training stands.
struct SchedulePoint
{
	int epoch;        // from 0, below epochs
	int epochs;       // of the whole training
	int warmup;       // epochs of it
	double decay;     // of step, exponential and plateau, in (0, 1]
	int decay_epochs; // of the same, from 1
	int reductions;   // of plateau: Plateau counts them
};

struct Schedule
{
	const char *name;

	// What to multiply the learning rate by, in (0, 1]. Knows nothing of warm-up: epoch and epochs
	// count from its end.
	double (*factor)(const SchedulePoint &point);
};

// The schedule of that name, or nullptr.
const Schedule *find_schedule(const std::string &name);

// All names, separated by commas, for messages.
std::string schedule_names();

// The factor with warm-up: over its epochs a straight line that would reach 1 in the epoch after
// them, which is the schedule's first.
double schedule_factor(const Schedule &schedule, const SchedulePoint &point);

// Counts the reductions of plateau: one whenever decay_epochs epochs went by without a loss below
// the best so far, or since the last reduction.
class Plateau
{
public:
	explicit Plateau(int decay_epochs) : decay_epochs_(decay_epochs) {}

	// The watched loss of the next epoch after the warm-up; gives the reductions so far.
	int note(double loss);

private:
	int decay_epochs_, waited_ = 0, reductions_ = 0;
	double best_ = std::numeric_limits<double>::infinity();
};

} // namespace nn

#endif
