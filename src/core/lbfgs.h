/*
 * lbfgs.h: limited-memory BFGS (Liu and Nocedal, "On the limited memory BFGS method for large scale
 * optimization", 1989), after Nocedal and Wright, "Numerical optimization", 2nd edition, 2006.
 *
 * It never evaluates anything: it says where, and is told the loss and the gradient there, so that
 * whoever runs it can go through the rows in small steps:
 *
 *     do
 *         ... the loss and its gradient at the parameters ...
 *         verdict = lbfgs.judge(loss, gradient, parameters);
 *         if (verdict == Verdict::kAccepted)
 *             lbfgs.begin(parameters);
 *     while (verdict != Verdict::kStuck);
 */
#ifndef PGNN_LBFGS_H
#define PGNN_LBFGS_H

#include <limits>

#include "core/eigen.h"

namespace nn
{

enum class Verdict
{
	kTry,      // the parameters were moved to a point whose loss and gradient are to be told next
	kAccepted, // they are better than those accepted before, and stay
	kStuck     // no better ones can be found: they were set to the best known
};

template <class T> class Lbfgs
{
public:
	// first_step scales the first trial, along the steepest descent, when nothing is known yet.
	Lbfgs(Index parameters, double first_step);

	// Bytes that one takes, in checked arithmetic.
	static size_t bytes(size_t parameters);

	// What to do after the loss and its gradient at these parameters. The first ones told are the
	// start: they are accepted as they are, and the parameters moved to the first trial. Whatever
	// isn't finite at a trial makes the step smaller; at the start, it is stuck. Once stuck it
	// remains so.
	Verdict judge(double loss, const Vector<T> &gradient, Vector<T> &parameters);

	// After kAccepted: moves the parameters on to the first trial of the next step.
	void begin(Vector<T> &parameters);

	// Amid a search: back to the parameters accepted last.
	void retreat(Vector<T> &parameters) const;

	// The loss at the parameters that kAccepted or kStuck left.
	double loss() const { return low_.loss; }

private:
	static constexpr Index kMemory = 10; // steps remembered; 3 to 20 are usual

	enum class Phase
	{
		kStart,  // what is told next is where to start from
		kSearch, // ... is a trial
		kRest,   // a trial was accepted
		kStuck
	};

	// A point on the line start_ + step * direction_, the slope being that of the loss along it.
	struct Trial
	{
		double step, loss, slope;
	};

	void start(double loss, const Vector<T> &gradient, const Vector<T> &parameters);
	void remember(const Vector<T> &gradient, const Vector<T> &parameters);
	void find_direction();
	bool descends() const;
	void move(double step, Vector<T> &parameters);
	void narrow(const Trial &trial, bool too_high);
	bool exhausted() const;
	double next_step() const;
	Verdict give_up(Vector<T> &parameters);

	const double first_step_;
	Phase phase_ = Phase::kStart;
	Vector<T> start_, gradient_, direction_; // of the line, the gradient at its start

	// The last pairs_ steps s and changes of the gradient y, in a ring.
	Vector<T> s_[kMemory], y_[kMemory];
	double curvature_[kMemory]; // s'y
	double scale_ = 1;          // of the Hessian's inverse: s'y / y'y of the last pair
	Index pairs_ = 0, next_ = 0;

	// The interval that has acceptable steps in it: low_ is the best one so far of those that descend
	// sufficiently, high_ the other end, in either direction; infinite as long as none is known.
	Trial zero_ = {0, std::numeric_limits<double>::quiet_NaN(), 0}, low_ = zero_, high_ = zero_;
	double step_ = 0; // of the current trial
	int trials_ = 0;
};

} // namespace nn

#endif
