#include "core/explanation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/losses.h"

namespace nn
{

namespace
{

// Lobatto's rule of 4 points on [-1, 1], which include both ends: M. Abramowitz, I. Stegun, "Handbook
// of mathematical functions", 25.4.32. More points would be of no use where the slope jumps.
constexpr Index kPoints = 4;
constexpr double kPlaces[kPoints] = {-1, -0.44721359549995793928, 0.44721359549995793928, 1};
constexpr double kWeights[kPoints] = {1.0 / 6, 5.0 / 6, 5.0 / 6, 1.0 / 6};

constexpr int kFirstPieces = 16;              // so that no part is taken for straight by chance
constexpr double kShortest = 1.0 / (1 << 30); // piece: what may jump within it is nothing
constexpr double kTogether = 1e-4;            // of the contributions: what their sum may be off
constexpr size_t kMostPieces = 50000;         // beyond them there is but rounding left
constexpr Index kBatch = 32;                  // pieces
constexpr Index kBatchWork = 4000000;         // parameters times pieces, so that a step is short

// Where the way begins: numbers at their mean, categories at the shares that they have.
std::vector<double> baseline_inputs(const Encoder &encoder)
{
	std::vector<double> x;

	for (const Feature &feature : encoder.features())
	{
		const size_t end = x.size() + static_cast<size_t>(feature.inputs());
		x.insert(x.end(), feature.mean.size(), 0);
		x.insert(x.end(), feature.shares.begin(), feature.shares.end());
		x.resize(end, 0);
	}
	return x;
}

// The same network of one input, its other layers as they are.
Network<double> network_of_way(const Network<float> &network)
{
	std::vector<int> sizes = {1};
	std::vector<const Activation<double> *> activations;

	for (const Layer<float> &layer : network.layers())
	{
		sizes.push_back(static_cast<int>(layer.outputs));
		if (layer.activation != nullptr)
			activations.push_back(find_activation<double>(layer.activation->name));
	}
	Network<double> way(sizes, activations);
	const Index first = network.layers()[0].outputs * (network.inputs() + 1);
	const Index rest = static_cast<Index>(network.parameter_count()) - first;
	way.parameters().tail(rest) = network.parameters().tail(rest).cast<double>();
	return way;
}

Index batch_of(const Network<double> &network)
{
	return std::clamp<Index>(kBatchWork / static_cast<Index>(network.parameter_count()), 1, kBatch);
}

} // namespace

Explanation::Explanation(const Predictor &predictor, const std::vector<float> &x, int output)
	: predictor_(predictor), network_(network_of_way(predictor.network())),
	  workspace_(network_, kPoints * batch_of(network_)), T_(workspace_.capacity()),
	  values_(static_cast<size_t>(workspace_.capacity())), p_(predictor.classes().size()),
	  slopes_(static_cast<size_t>(network_.layers()[0].outputs)),
	  contributions_(predictor.encoder().features().size())
{
	start(x);
	choose_output(output);
	baseline_ = value_at(0);
	prediction_ = value_at(1);
	for (int i = 0; i < kFirstPieces; i++)
		tasks_.push_back({double(i) / kFirstPieces, double(i + 1) / kFirstPieces, true});
}

// The first layer: what its sums are at the baseline, and what the whole way adds to them.
void Explanation::start(const std::vector<float> &x)
{
	const Layer<float> &from = predictor_.network().layers()[0];
	const Layer<double> &to = network_.layers()[0];
	const float *W = predictor_.network().parameters().data() + from.weights;
	const std::vector<double> begin = baseline_inputs(predictor_.encoder());

	way_.resize(x.size());
	for (size_t i = 0; i < x.size(); i++)
		way_[i] = static_cast<double>(x[i]) - begin[i];
	for (Index o = 0; o < from.outputs; o++, W += from.inputs)
	{
		double sum = static_cast<double>(
			predictor_.network().parameters()[static_cast<Index>(from.biases) + o]);
		double added = 0;
		for (size_t i = 0; i < x.size(); i++)
		{
			sum += static_cast<double>(W[i]) * begin[i];
			added += static_cast<double>(W[i]) * way_[i];
		}
		network_.parameters()[static_cast<Index>(to.biases) + o] = sum;
		network_.parameters()[static_cast<Index>(to.weights) + o] = added;
	}
}

void Explanation::choose_output(int output)
{
	output_ = output >= 0 ? output : predictor_.classes().size() == 2 ? 1 : 0;
	if (output >= 0 || predictor_.classes().size() <= 2)
		return;
	value_at(1);
	output_ = static_cast<int>(std::max_element(p_.begin(), p_.end()) - p_.begin());
}

double Explanation::value_at(double t)
{
	return value_of(workspace_.forward(network_, &t, 1).data());
}

// The output that is explained, from those of the network.
double Explanation::value_of(const double *z)
{
	const size_t k = static_cast<size_t>(output_);
	double value;

	if (!p_.empty())
	{
		probabilities(ConstMatrixMap<double>(z, 1, network_.outputs()), static_cast<int>(p_.size()),
					  p_.data());
		value = p_[k];
	}
	else
		value = predictor_.target_mean()[k] +
				predictor_.target_scale()[k] * (predictor_.logarithmic() ? std::exp(z[k]) : z[k]);
	if (!std::isfinite(value))
		Predictor::not_finite();
	largest_ = std::max(largest_, std::fabs(value));
	return value;
}

// Its derivative by them, times a weight; after value_of().
void Explanation::set_gradient(const double *z, double weight, double *dz)
{
	const size_t k = static_cast<size_t>(output_);

	if (p_.size() == 2)
		dz[0] = weight * (k == 1 ? 1 : -1) * p_[0] * p_[1];
	else if (!p_.empty())
		for (size_t j = 0; j < p_.size(); j++)
			dz[j] = weight * p_[k] * ((j == k ? 1 : 0) - p_[j]);
	else
	{
		std::fill_n(dz, network_.outputs(), 0.0);
		dz[k] =
			weight * predictor_.target_scale()[k] * (predictor_.logarithmic() ? std::exp(z[k]) : 1);
	}
}

// Forth and back: values_ and the gradient at each place of the tasks.
void Explanation::evaluate(const Task *tasks, Index rows)
{
	for (Index row = 0; row < rows; row++)
	{
		const Task &task = tasks[row / kPoints];
		const double half = (task.end - task.begin) / 2;
		T_[row] = task.begin + half * (1 + kPlaces[row % kPoints]);
	}
	const ConstMatrixMap<double> Z = workspace_.forward(network_, T_.data(), rows);
	for (Index row = 0; row < rows; row++)
	{
		const Task &task = tasks[row / kPoints];
		const double weight = (task.end - task.begin) / 2 * kWeights[row % kPoints];
		const Index first = row * network_.outputs();
		values_[static_cast<size_t>(row)] = value_of(Z.data() + first);
		set_gradient(Z.data() + first, task.added ? weight : -weight,
					 workspace_.output_gradient() + first);
	}
	workspace_.backward_data(network_, rows);
}

void Explanation::integrate(const Task *tasks, size_t count)
{
	const Index rows = static_cast<Index>(count) * kPoints;
	const Layer<double> &first = network_.layers()[0];
	const ConstRowVectorMap<double> added(network_.parameters().data() + first.weights,
										  first.outputs);

	evaluate(tasks, rows);
	const ConstMatrixMap<double> dZ(workspace_.gradient(0), rows, first.outputs);
	RowVectorMap<double>(slopes_.data(), first.outputs) += dZ.colwise().sum();
	for (size_t i = 0; i < count; i++)
	{
		const double *values = values_.data() + i * kPoints;
		const auto gradient = dZ.middleRows(static_cast<Index>(i) * kPoints, kPoints);
		const double integral = (gradient * added.transpose()).sum();
		const double error = integral - (values[kPoints - 1] - values[0]);
		if (!std::isfinite(error))
			Predictor::not_finite();
		if (tasks[i].added)
			pieces_.push_back({tasks[i].begin, tasks[i].end, error});
	}
}

// From the slopes by the first layer's sums to what its inputs add, and so the features.
void Explanation::sum_up()
{
	const Layer<float> &layer = predictor_.network().layers()[0];
	const float *W = predictor_.network().parameters().data() + layer.weights;
	std::vector<double> slopes(way_.size());
	size_t input = 0, f = 0;

	for (size_t o = 0; o < slopes_.size(); o++, W += layer.inputs)
		for (size_t i = 0; i < slopes.size(); i++)
			slopes[i] += slopes_[o] * static_cast<double>(W[i]);
	for (const Feature &feature : predictor_.encoder().features())
	{
		double sum = 0;
		for (int i = 0; i < feature.inputs(); i++, input++)
			sum += slopes[input] * way_[input];
		if (!std::isfinite(sum))
			Predictor::not_finite();
		contributions_[f++] = sum;
	}
}

double Explanation::sum_of_sizes() const
{
	double sum = 0;

	for (double contribution : contributions_)
		sum += std::fabs(contribution);
	return sum;
}

// Halves the pieces with the larger errors; false where they are small enough, one by one and together,
// where those of both signs cancel out.
bool Explanation::refine()
{
	const double sizes = sum_of_sizes();
	const double rounding = kRounding * largest_;
	double error = 0, absolute = 0;

	for (const Piece &piece : pieces_)
	{
		error += piece.error;
		absolute += std::fabs(piece.error);
	}
	if (std::fabs(error) <= std::max(kTogether * sizes, rounding) &&
		absolute <= std::max(kTolerance * sizes, rounding))
		return false;
	if (pieces_.size() > kMostPieces)
		return false;

	const double share = absolute / static_cast<double>(pieces_.size()) / 2;
	const auto is_good = [=](const Piece &piece) {
		return std::fabs(piece.error) <= share || piece.end - piece.begin < kShortest;
	};
	const auto bad = std::partition(pieces_.begin(), pieces_.end(), is_good);
	for (auto piece = bad; piece != pieces_.end(); piece++)
	{
		const double middle = (piece->begin + piece->end) / 2;
		tasks_.push_back({piece->begin, piece->end, false});
		tasks_.push_back({piece->begin, middle, true});
		tasks_.push_back({middle, piece->end, true});
	}
	pieces_.erase(bad, pieces_.end());
	return !tasks_.empty();
}

// Spreads what is still missing from the difference, which is known, over all by their size.
void Explanation::settle()
{
	const double sizes = sum_of_sizes();
	const double sum = std::accumulate(contributions_.begin(), contributions_.end(), 0.0);
	const double missing = prediction_ - baseline_ - sum;

	for (double &contribution : contributions_)
		contribution += sizes > 0 ? missing * (std::fabs(contribution) / sizes) : 0;
}

bool Explanation::step()
{
	if (tasks_.empty())
		return false;
	const size_t batch =
		std::min(tasks_.size(), static_cast<size_t>(workspace_.capacity() / kPoints));
	integrate(tasks_.data() + tasks_.size() - batch, batch);
	tasks_.resize(tasks_.size() - batch);
	if (!tasks_.empty())
		return true;
	sum_up();
	if (refine())
		return true;
	settle();
	return false;
}

} // namespace nn
