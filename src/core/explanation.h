/*
 * explanation.h: how much each feature of a row adds to its prediction, against that from the mean
 * of the training rows: integrated gradients (M. Sundararajan, A. Taly, Q. Yan, "Axiomatic
 * attribution for deep networks", 2017).
 *
 * The inputs go from the baseline to the row in a straight line, and what each of them contributes is
 * the integral of the slope in its direction. All that the first layer sees of the way is linear, too,
 * so the network is taken as one with a single input, the place on the way from 0 to 1. Its gradient
 * by the first layer's biases is all that is integrated; the inputs' follows from it in the end.
 */
#ifndef PGNN_EXPLANATION_H
#define PGNN_EXPLANATION_H

#include <vector>

#include "core/predictor.h"

namespace nn
{

class Explanation
{
public:
	// Of the prediction from the inputs x of a row. The predictor must outlive it. output: a class or
	// a number; -1 chooses the second of two classes, the most probable of more, or the first number.
	// Throws NN_NOT_FINITE where the network overflows.
	Explanation(const Predictor &predictor, const std::vector<float> &x, int output);

	// Works for a moment; false when there is nothing left to do.
	bool step();

	int output() const { return output_; }
	double baseline() const { return baseline_; }
	double prediction() const { return prediction_; }

	// Of each feature. They add up to the prediction less the baseline, up to kRounding times those;
	// each may be off by kTolerance times the sum of their absolute values, or by kRounding times the
	// largest prediction on the way, if that is more.
	const std::vector<double> &contributions() const { return contributions_; }

	static constexpr double kTolerance = 1e-3, kRounding = 1e-9;

private:
	// A part of the way, over which the slope has been integrated.
	struct Piece
	{
		double begin, end;
		double error; // of the integral of the slope, whose true value is known
	};

	// A piece whose integral is to be added; or, where it has been halved, taken away again.
	struct Task
	{
		double begin, end;
		bool added;
	};

	void start(const std::vector<float> &x);
	void choose_output(int output);
	double value_at(double t);
	double value_of(const double *z);
	void set_gradient(const double *z, double weight, double *dz);
	void evaluate(const Task *tasks, Index rows);
	void integrate(const Task *tasks, size_t count);
	void sum_up();
	double sum_of_sizes() const;
	bool refine();
	void settle();

	const Predictor &predictor_;
	std::vector<double> way_; // of each input, from the baseline to the row
	Network<double> network_; // of one input
	Workspace<double> workspace_;
	Vector<double> T_;           // places on the way, of a batch
	std::vector<double> values_; // there
	std::vector<double> p_;      // probabilities
	int output_ = 0;
	double baseline_ = 0, prediction_ = 0;
	double largest_ = 0; // prediction on the way, without its sign
	std::vector<Piece> pieces_;
	std::vector<Task> tasks_;
	std::vector<double> slopes_; // by each of the first layer's sums, integrated
	std::vector<double> contributions_;
};

} // namespace nn

#endif
