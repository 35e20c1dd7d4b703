/*
 * explanation.cpp: contributions of features: where they are known, that they add up, and what is
 * refused.
 */
#include "core/explanation.h"

#include <cmath>
#include <numeric>
#include <string>

#include "core/activations.h"
#include "core/api_judging.h"
#include "stored.h"
#include "training.h"

namespace
{

using nn::Explanation;
using rows::noise;
using rows::Row;
using stored::Stored;

constexpr double kFloat = 1e-5; // how exact a prediction in single precision is

// So many numbers as features, mean 0, scale 1; the network is to be filled in.
std::unique_ptr<Stored> numbers(size_t count, std::vector<int32_t> hidden, const char *activation)
{
	static const char *const kNames[] = {"a", "b", "c", "d"};
	auto s = std::make_unique<Stored>();

	for (size_t i = 0; i < count; i++)
		s->features.push_back({kNames[i], "float8", NN_NUMBER, 1, s->mean + 3, s->scale + 3, false,
							   0, 0, 0, 0, nullptr, 0, nullptr});
	s->layer_sizes = {static_cast<int32_t>(count)};
	s->layer_sizes.insert(s->layer_sizes.end(), hidden.begin(), hidden.end());
	s->layer_sizes.push_back(1);
	s->activations.assign(hidden.size(), activation);
	s->activations.push_back("identity");
	s->target_mean = {3};
	s->target_scale = {2};
	return s;
}

void fill_randomly(Stored &s, size_t seed)
{
	size_t count = 0;

	for (size_t l = 1; l < s.layer_sizes.size(); l++)
		count += static_cast<size_t>((s.layer_sizes[l - 1] + 1) * s.layer_sizes[l]);
	for (size_t p = 0; p < count; p++)
		s.parameters.push_back(static_cast<float>(3 * noise(p + 1000 * seed, 0.6180339887) - 1.5));
}

struct Outcome
{
	int output;
	double baseline, prediction, sum, absolute;
	std::vector<double> contributions;
};

Outcome explain(const Stored &s, const Row &row, int output = -1)
{
	nn::Predictor predictor(s.show());
	std::vector<float> x(static_cast<size_t>(predictor.encoder().inputs()));
	std::vector<double> outputs(static_cast<size_t>(predictor.outputs()));
	Outcome o = {};

	predictor.encode(rows::values(row).data(), x.data());
	Explanation explanation(predictor, x, output);
	while (explanation.step())
		;
	o = {explanation.output(),       explanation.baseline(), explanation.prediction(), 0, 0,
		 explanation.contributions()};
	for (double c : o.contributions)
	{
		o.sum += c;
		o.absolute += std::fabs(c);
	}
	predictor.predict(rows::values(row).data(), outputs.data());
	const double predicted = outputs[static_cast<size_t>(o.output)];
	EXPECT_NEAR(o.prediction, predicted, kFloat * (1 + std::fabs(predicted)));
	return o;
}

// The error that is stated.
void expect_sum(const Outcome &o)
{
	const double allowed =
		Explanation::kRounding * (std::fabs(o.baseline) + std::fabs(o.prediction));

	EXPECT_LE(std::fabs(o.sum - (o.prediction - o.baseline)), allowed)
		<< o.sum << " instead of " << o.prediction - o.baseline;
}

// Without a hidden layer each is the weight times the distance from the mean.
TEST(Explanation, OfALineIsExact)
{
	const auto s = stored::regression();
	const double shares[] = {0.5, 0.25, 0.125};

	s->layer_sizes = {6, 1};
	s->activations = {"identity"};
	s->parameters = {1, 10, 20, 30, 2, 3, -4};
	s->features[1].share_count = 3;
	s->features[1].shares = shares;
	const Outcome o = explain(*s, {11.0, "green", rows::array({9, -3})});

	// numbers at 0.5, 2 and -1 deviations; green instead of half a blue, a quarter green, an eighth red
	EXPECT_NEAR(o.contributions[0], 8 * 0.5 * 1, 1e-12);
	EXPECT_NEAR(o.contributions[1], 8 * (-0.5 * 10 + 0.75 * 20 - 0.125 * 30), 1e-12);
	EXPECT_NEAR(o.contributions[2], 8 * (2 * 2 - 1 * 3), 1e-12);
	EXPECT_NEAR(o.baseline, 100 + 8 * (0.5 * 10 + 0.25 * 20 + 0.125 * 30 - 4), 1e-12);
	EXPECT_NEAR(o.sum, o.prediction - o.baseline, 1e-12);
}

// Without shares, as in models from elsewhere, a category stands against none.
TEST(Explanation, WithoutSharesTheBaselineIsNoCategory)
{
	const auto s = stored::regression();

	s->layer_sizes = {6, 1};
	s->activations = {"identity"};
	s->parameters = {1, 10, 20, 30, 2, 3, -4};
	const Outcome o = explain(*s, {10.0, "green", nullptr});
	EXPECT_EQ(o.baseline, 100 + 8 * -4);
	EXPECT_NEAR(o.contributions[1], 8 * 20, 1e-12);
	EXPECT_EQ(o.contributions[0], 0);
	EXPECT_EQ(o.contributions[2], 0);
}

// A sum of curves, one of each feature: what a feature contributes is what its curve rises.
TEST(Explanation, OfASumOfCurves)
{
	for (const char *name :
		 {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "tanh", "sigmoid", "identity"})
	{
		const auto s = numbers(2, {2}, name);
		s->parameters = {1.5, 0, 0, -2, 0.25, -0.5, 1, 3, 0};
		const Outcome o = explain(*s, {2.0, -1.0});
		double sums[] = {1.5 * 2 + 0.25, 0.25, -2 * -1.0 - 0.5, -0.5};
		nn::find_activation<double>(name)->forward(nn::ArrayMap<double>(sums, 4));
		const double error = Explanation::kTolerance * o.absolute;
		EXPECT_NEAR(o.contributions[0], 2 * (sums[0] - sums[1]), error) << name;
		EXPECT_NEAR(o.contributions[1], 2 * 3 * (sums[2] - sums[3]), error) << name;
		expect_sum(o);
	}
}

// The product of two numbers, as good as a network can: half of it is due to each.
TEST(Explanation, IsSymmetric)
{
	const auto s = numbers(3, {3}, "silu");

	s->parameters = {1, 1, 0, -1, -1, 0, 0.5, 0.5, 2, 0.1f, 0.2f, 0.3f, 1, 2, 3, 0.5};
	const Outcome o = explain(*s, {1.25, 1.25, -0.5});
	EXPECT_EQ(o.contributions[0], o.contributions[1]);
	EXPECT_NE(o.contributions[0], 0);
	expect_sum(o);
}

TEST(Explanation, OfWhatTheNetworkDoesntSeeIsNothing)
{
	const auto s = numbers(2, {3, 2}, "tanh");

	fill_randomly(*s, 1);
	for (size_t p : {1u, 3u, 5u}) // weights of the second
		s->parameters[p] = 0;
	const Outcome o = explain(*s, {0.5, 100.0});
	EXPECT_EQ(o.contributions[1], 0);
	expect_sum(o);
	const Outcome mean = explain(*s, {0.0, 0.0});
	EXPECT_EQ(mean.prediction, mean.baseline);
	EXPECT_EQ(mean.absolute, 0);
}

TEST(Explanation, AddsUp)
{
	size_t seed = 0;

	for (const char *activation :
		 {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "tanh", "sigmoid", "identity"})
		for (const std::vector<int32_t> &hidden :
			 {std::vector<int32_t>{1}, {40}, {16, 8}, {64, 32, 8}})
			for (const char *last : {"identity", "exponential", "sigmoid", "softmax"})
			{
				const auto s = numbers(4, hidden, activation);
				const std::string output = last;
				s->activations.back() = last;
				if (output == "sigmoid" || output == "softmax")
				{
					s->task = "classification";
					s->classes = {"x", "y", "z"};
					s->classes.resize(output == "sigmoid" ? 2 : 3);
					s->layer_sizes.back() = output == "sigmoid" ? 1 : 3;
					s->target_mean = s->target_scale = {};
				}
				fill_randomly(*s, ++seed);
				for (float &p : s->parameters) // as large sums as trained networks have
					p /= hidden.size() > 1 ? 2 : 1;
				expect_sum(explain(*s, {1.5, -0.75, 0.2, 3.0}));
				SCOPED_TRACE(std::string(activation) + " " + last);
			}
}

// The rule of integration is exact enough for the first pieces to do.
TEST(Explanation, OfASmoothCurveTakesOneStep)
{
	const auto s = numbers(2, {2}, "tanh");

	s->parameters = {1.5, 0.5, 1, -2, 0.25, -0.5, 1, 3, 0};
	const nn::Predictor predictor(s->show());
	Explanation explanation(predictor, {1.5, -1}, 0);
	EXPECT_FALSE(explanation.step());
}

// A jump, from one side of it to the other.
TEST(Explanation, OfACliff)
{
	const auto s = numbers(2, {2}, "sigmoid");

	s->parameters = {1e6, 1e6, -3e6, 1e6, -5e5, -1e5, 1, 1, 0};
	const Outcome o = explain(*s, {1.0, 1.0});
	expect_sum(o);
	EXPECT_NEAR(o.sum, 2, 1e-3);
	EXPECT_NEAR(o.contributions[0], o.contributions[1], 1e-3);
}

// Weights that leave nothing but rounding of a prediction: it ends, whatever comes of it.
TEST(Explanation, OfANetworkBeyondReasonEnds)
{
	const auto s = numbers(2, {3, 2}, "silu");

	s->parameters = {1e20f, -1e20f, 1e19f, 1e21f,  -1e18f, -1e20f, 1e19f, 3,     -1e20f, // W1, b1
					 1e15f, -1e16f, 1e14f, -1e15f, 1e2f,   1e-9f,  -3,    1e10f,         // W2, b2
					 1e-5f, -3,     0};                                                  // W3, b3
	const Outcome o = explain(*s, {0.7, -0.3});
	EXPECT_TRUE(std::isfinite(o.sum));
}

// ---- which output ----

TEST(Explanation, OfClasses)
{
	const auto s = stored::classification();

	s->parameters = {1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0.5, 0};
	const Outcome most = explain(*s, {14.0, "red", rows::array({1, 2})});
	EXPECT_EQ(most.output, 2);
	expect_sum(most);
	double sum = 0, baselines = 0;
	for (int c = 0; c < 3; c++)
	{
		const Outcome o = explain(*s, {14.0, "red", rows::array({1, 2})}, c);
		EXPECT_EQ(o.output, c);
		expect_sum(o);
		sum += o.contributions[0];
		baselines += o.baseline;
	}
	EXPECT_NEAR(sum, 0, 1e-3); // what one class gains the others lose
	EXPECT_NEAR(baselines, 1, 1e-12);

	s->classes = {"no", "yes"};
	s->layer_sizes = {6, 1};
	s->activations = {"sigmoid"};
	s->parameters = {1, 1, 2, 3, 0, 0, -1};
	const Outcome yes = explain(*s, {8.0, "blue", rows::array({1, 2})});
	const Outcome no = explain(*s, {8.0, "blue", rows::array({1, 2})}, 0);
	EXPECT_EQ(yes.output, 1);
	EXPECT_NEAR(yes.contributions[0], -no.contributions[0], 1e-12);
	EXPECT_LT(yes.contributions[0], 0);
	expect_sum(yes);
	expect_sum(no);
}

TEST(Explanation, OfSeveralNumbers)
{
	const auto s = numbers(2, {}, "");

	s->layer_sizes = {2, 2};
	s->parameters = {1, 2, 3, 4, 0, 0};
	s->target_mean = {0, 10};
	s->target_scale = {1, 5};
	EXPECT_EQ(explain(*s, {1.0, 1.0}).output, 0);
	const Outcome second = explain(*s, {1.0, 2.0}, 1);
	EXPECT_NEAR(second.contributions[0], 15, 1e-12);
	EXPECT_NEAR(second.contributions[1], 40, 1e-12);
}

// ---- rows without a prediction ----

nn_status status_of(const Stored &s, const Row &row, bool *made)
{
	nn_status status;
	const nn_model_data m = s.show();
	const training::Predictor predictor(nn_predictor_new(&m, &status));

	EXPECT_EQ(status.code, NN_OK) << status.message;
	nn_explanation *explanation =
		nn_explanation_new(predictor.get(), rows::values(row).data(), -1, &status);
	*made = explanation != nullptr;
	nn_explanation_free(explanation);
	return status;
}

TEST(Explanation, TreatsNullsAsPredictionDoes)
{
	const auto s = numbers(1, {}, "");
	bool made = false;

	s->parameters = {1, 0};
	EXPECT_EQ(status_of(*s, {nullptr}, &made).code, NN_OK);
	EXPECT_TRUE(made);
	s->missing = "skip";
	EXPECT_EQ(status_of(*s, {nullptr}, &made).code, NN_OK);
	EXPECT_FALSE(made);
	s->missing = "error";
	EXPECT_EQ(status_of(*s, {nullptr}, &made).code, NN_INVALID);
	EXPECT_FALSE(made);
}

TEST(Explanation, RefusesWhatIsNotFinite)
{
	const auto s = numbers(1, {}, "");
	bool made = false;

	s->activations = {"exponential"};
	s->parameters = {1, 0};
	EXPECT_EQ(status_of(*s, {700.0}, &made).code, NN_OK);
	EXPECT_EQ(status_of(*s, {1000.0}, &made).code, NN_NOT_FINITE);
	EXPECT_FALSE(made);
	EXPECT_EQ(status_of(*s, {std::nan("")}, &made).code, NN_NOT_FINITE);
}

} // namespace
