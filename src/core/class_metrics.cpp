#include "core/class_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace nn
{

namespace
{

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kEpsilon = std::numeric_limits<double>::epsilon();

double ratio(double a, double b)
{
	return b > 0 ? a / b : 0; // as scikit-learn has it where nothing was predicted so
}

double square(double x)
{
	return x * x;
}

// The square of the sum less the squares, which is exactly 0 where all is in one class.
double spread(const std::vector<double> &weights)
{
	const double all = std::accumulate(weights.begin(), weights.end(), 0.0);
	double result = 0;

	for (double weight : weights)
		result += weight * (all - weight);
	return result;
}

// A mean over the classes, each counting as its weight says.
template <class F> double mean(const std::vector<double> &weights, F value)
{
	double sum = 0, weight = 0;

	for (size_t c = 0; c < weights.size(); c++)
	{
		sum += weights[c] > 0 ? weights[c] * value(c) : 0;
		weight += weights[c];
	}
	return weight > 0 ? sum / weight : kNaN;
}

} // namespace

ClassMetrics::ClassMetrics(const TargetShape &shape)
	: classes_(static_cast<size_t>(shape.classes)), counts_((classes_ + 1) * classes_),
	  weights_((classes_ + 1) * classes_)
{}

void ClassMetrics::add(const double *p, size_t truth, double weight)
{
	const size_t predicted = static_cast<size_t>(std::max_element(p, p + classes_) - p);
	const double likelihood = truth < classes_ ? p[truth] : 0;
	double brier = truth < classes_ ? 0 : 1;

	for (size_t c = 0; c < classes_; c++)
		brier += square(p[c] - (c == truth ? 1 : 0));
	counts_[at(truth, predicted)]++;
	weights_[at(truth, predicted)] += weight;
	log_loss_ -= weight * std::log(std::clamp(likelihood, kEpsilon, 1 - kEpsilon));
	brier_ += weight * brier / (classes_ == 2 ? 2 : 1); // of two classes: of the second alone
}

ClassMetrics::Margins ClassMetrics::margins() const
{
	Margins m;

	m.truth.resize(classes_ + 1);
	m.predicted.resize(classes_ + 1);
	m.right.resize(classes_ + 1);
	for (size_t t = 0; t <= classes_; t++)
		for (size_t p = 0; p < classes_; p++)
		{
			m.truth[t] += weight(t, p);
			m.predicted[p] += weight(t, p);
			m.right[t] += t == p ? weight(t, p) : 0;
			m.all += weight(t, p);
		}
	return m;
}

// As if the commonest class had been predicted always.
ClassMetrics::Margins ClassMetrics::constant_margins(const Margins &m) const
{
	Margins constant = m;
	const auto last = m.truth.begin() + static_cast<ptrdiff_t>(classes_); // which none can predict
	const size_t commonest =
		static_cast<size_t>(std::max_element(m.truth.begin(), last) - m.truth.begin());

	for (size_t c = 0; c <= classes_; c++)
	{
		constant.predicted[c] = c == commonest ? m.all : 0;
		constant.right[c] = c == commonest ? m.truth[c] : 0;
	}
	return constant;
}

void ClassMetrics::collect(const std::vector<Ranking> &rankings, bool ranked,
						   std::vector<nn_metric> &metrics) const
{
	const Margins m = margins(), constant = constant_margins(m);
	double entropy = 0, impurity = 1;

	for (double weight : m.truth)
	{
		entropy -= weight > 0 ? weight / m.all * std::log(weight / m.all) : 0;
		impurity -= square(weight / m.all);
	}
	collect_choices(m, constant, metrics);
	metrics.push_back({"log_loss", log_loss_ / m.all, entropy});
	metrics.push_back({"brier", brier_ / m.all, impurity / (classes_ == 2 ? 2 : 1)});
	collect_rankings(m, rankings, ranked, metrics);
}

// accuracy_score, balanced_accuracy_score, precision_recall_fscore_support, matthews_corrcoef.
void ClassMetrics::collect_choices(const Margins &m, const Margins &constant,
								   std::vector<nn_metric> &metrics) const
{
	using Measure = double (*)(const Margins &, size_t);
	const Measure precision = [](const Margins &x, size_t c) {
		return ratio(x.right[c], x.predicted[c]);
	};
	const Measure recall = [](const Margins &x, size_t c) { return ratio(x.right[c], x.truth[c]); };
	const Measure f1 = [](const Margins &x, size_t c) {
		return ratio(2 * x.right[c], x.truth[c] + x.predicted[c]);
	};
	const auto both = [&](const char *name, auto value) {
		metrics.push_back({name, value(m), value(constant)});
	};
	// each class that there is counts the same; or as its rows do
	const auto averages = [&](const char *macro, const char *weighted, Measure measure) {
		both(macro, [&](const Margins &x) {
			std::vector<double> ones(classes_ + 1);
			for (size_t c = 0; c <= classes_; c++)
				ones[c] = x.truth[c] > 0 || x.predicted[c] > 0 ? 1 : 0;
			return mean(ones, [&](size_t c) { return measure(x, c); });
		});
		both(weighted, [&](const Margins &x) {
			return mean(x.truth, [&](size_t c) { return measure(x, c); });
		});
	};

	both("accuracy", [](const Margins &x) {
		return std::accumulate(x.right.begin(), x.right.end(), 0.0) / x.all;
	});
	both("balanced_accuracy", [&](const Margins &x) {
		std::vector<double> ones(classes_ + 1);
		for (size_t c = 0; c <= classes_; c++)
			ones[c] = x.truth[c] > 0 ? 1 : 0;
		return mean(ones, [&](size_t c) { return recall(x, c); });
	});
	if (classes_ == 2)
	{
		both("precision", [&](const Margins &x) { return precision(x, 1); });
		both("recall", [&](const Margins &x) { return recall(x, 1); });
		both("f1", [&](const Margins &x) { return f1(x, 1); });
	}
	averages("precision_macro", "precision_weighted", precision);
	averages("recall_macro", "recall_weighted", recall);
	averages("f1_macro", "f1_weighted", f1);
	both("mcc", [](const Margins &x) {
		double right = 0, both_sides = 0;
		for (size_t c = 0; c < x.truth.size(); c++)
		{
			right += x.right[c];
			both_sides += x.truth[c] * x.predicted[c];
		}
		const double product = spread(x.predicted) * spread(x.truth);
		return product > 0 ? (right * x.all - both_sides) / std::sqrt(product) : 0;
	});
}

// Each class against the others, those that there are counting the same; of two classes the second.
void ClassMetrics::collect_rankings(const Margins &m, const std::vector<Ranking> &rankings,
									bool ranked, std::vector<nn_metric> &metrics) const
{
	std::vector<double> split(classes_), present(classes_);

	for (size_t c = classes_ == 2 ? 1 : 0; c < classes_; c++)
	{
		present[c] = m.truth[c] > 0 ? 1 : 0;
		split[c] = present[c] > 0 && m.truth[c] < m.all ? 1 : 0;
	}
	metrics.push_back({"roc_auc",
					   ranked ? mean(split, [&](size_t c) { return rankings[c].roc_auc(); }) : kNaN,
					   mean(split, [](size_t) { return 0.5; })});
	metrics.push_back(
		{"pr_auc",
		 ranked ? mean(present, [&](size_t c) { return rankings[c].average_precision(); }) : kNaN,
		 mean(present, [&](size_t c) { return m.truth[c] / m.all; })});
}

} // namespace nn
