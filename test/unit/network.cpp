/*
 * network.cpp: where parameters lie, how many there may be, and what they start from. (What a
 * network computes is proven in gradients.cpp.)
 */
#include "core/network.h"

#include <climits>
#include <cmath>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "core/limits.h"
#include "rows.h"

namespace
{

using nn::Activation;
using nn::Index;
using nn::Network;
using nn::Random;
using nn::Workspace;
using rows::error_of;

const Activation<float> *activation(const char *name)
{
	return nn::find_activation<float>(name);
}

TEST(Network, CountsParameters)
{
	EXPECT_EQ(Network<float>::count_parameters({1, 1}), 2u);
	EXPECT_EQ(Network<float>::count_parameters({5, 4, 3, 2}), 5u * 4 + 4 + 4 * 3 + 3 + 3 * 2 + 2);
	EXPECT_EQ(
		Network<float>({5, 4, 3, 2}, {activation("relu"), activation("tanh")}).parameter_count(),
		47u);
}

TEST(Network, LimitOfParameters)
{
	// 249999 inputs and a bias, 1000 outputs: exactly the limit
	EXPECT_EQ(Network<float>::count_parameters({249999, 1000}),
			  static_cast<size_t>(nn::kMaxParameters));

	const nn::Error error = error_of([] { Network<float>::count_parameters({249999, 1000, 1}); });
	EXPECT_EQ(error.code, NN_LIMIT);
	EXPECT_STREQ(error.message,
				 "the network would have 250001001 parameters, at most 250000000 are possible");
	EXPECT_STREQ(error.hint, "Use fewer or narrower hidden layers.");
}

// No size may wrap around to a small count, nor memory be taken before the check.
TEST(Network, HugeSizesDoNotWrapAround)
{
	const std::vector<int> square = {INT_MAX, INT_MAX, INT_MAX, INT_MAX, INT_MAX, INT_MAX};

	EXPECT_EQ(error_of([&] { Network<float>::count_parameters(square); }).code, NN_LIMIT);
	EXPECT_EQ(error_of([] { Network<float>({65536, 65536, 65536, 1}, {}); }).code, NN_LIMIT);
	EXPECT_EQ(error_of([] { Network<float>::count_parameters({-1, 1}); }).code, NN_LIMIT);
	EXPECT_EQ(error_of([] { Network<float>::count_parameters({3, -1}); }).code, NN_LIMIT);
	EXPECT_EQ(error_of([] {
				  Workspace<float>::bytes({1, INT_MAX}, SIZE_MAX / 2, false);
			  }).code,
			  NN_LIMIT);
}

TEST(Network, BytesOfAWorkspace)
{
	// Z, A and dZ of each layer but the input, and what the products need
	const size_t scratch = std::max(nn::scratch_size({10, 7, 5}), nn::scratch_size({10, 5, 3}));
	EXPECT_EQ(Workspace<float>::bytes({7, 5, 3}, 10, false), (10u * (5 + 3) * 3 + scratch) * 4);
	EXPECT_EQ(Workspace<double>::bytes({7, 5}, 2, false),
			  (2u * 5 * 3 + nn::scratch_size({2, 7, 5})) * 8);
	// of hidden layers the masks and A times them, too
	EXPECT_GE(Workspace<float>::bytes({7, 5, 3}, 10, true), 10u * (5 * 5 + 3 * 3) * 4);
}

// Layer by layer W (outputs x inputs) row-major, then b.
TEST(Network, LayoutOfParameters)
{
	Network<float> network({2, 2, 1}, {activation("identity")});
	Workspace<float> workspace(network, 2);
	const float parameters[] = {1, 10, 100, 1000, 0.5f, 0.25f, 2, 3, 7};
	const float X[] = {1, 2, 0, -1};

	EXPECT_EQ(network.layers()[1].weights, 6u);
	EXPECT_EQ(network.layers()[1].biases, 8u);
	memcpy(network.parameters().data(), parameters, sizeof(parameters));
	const auto Z = workspace.forward(network, X, 2);
	EXPECT_EQ(Z(0, 0), 2 * (1 + 20 + 0.5f) + 3 * (100 + 2000 + 0.25f) + 7);
	EXPECT_EQ(Z(1, 0), 2 * (-10 + 0.5f) + 3 * (-1000 + 0.25f) + 7);
}

TEST(Network, MoreRowsThanTheWorkspaceHolds)
{
	Network<float> network({1, 1}, {});
	Workspace<float> workspace(network, 2);
	const float X[3] = {};

	EXPECT_EQ(error_of([&] { workspace.forward(network, X, 3); }).code, NN_BUG);
}

// Range and variance of a layer's initial weights.
void expect_uniform(const Network<float> &network, size_t l, double variance)
{
	const nn::Layer<float> &layer = network.layers()[l];
	const float *W = network.parameters().data() + layer.weights;
	const Index n = layer.inputs * layer.outputs;
	const double limit = std::sqrt(3 * variance);
	double sum = 0, square = 0, highest = 0;

	for (Index i = 0; i < n; i++)
	{
		const double w = static_cast<double>(W[i]);
		sum += w;
		square += w * w;
		highest = std::max(highest, std::abs(w));
	}
	EXPECT_LE(highest, limit * (1 + 1e-6));
	EXPECT_GT(highest, 0.99 * limit);
	EXPECT_NEAR(sum / static_cast<double>(n), 0, 0.02 * limit);
	EXPECT_NEAR(square / static_cast<double>(n), variance, 0.03 * variance);
	for (Index o = 0; o < layer.outputs; o++)
		EXPECT_EQ(network.parameters()[static_cast<Index>(layer.biases) + o], 0);
}

TEST(Network, InitialWeights)
{
	Network<float> network({100, 200, 150, 80}, {activation("relu"), activation("tanh")});

	network.initialise(Random(1), {});
	expect_uniform(network, 0, 2. / (1 + 5) / 100);     // He, with a^2 = 5
	expect_uniform(network, 1, 2. / (200 + 150));       // Glorot
	expect_uniform(network, 2, 0.01 * 2. / (150 + 80)); // of the output a tenth of Glorot's
}

TEST(Network, IdleInputsHaveNoWeight)
{
	Network<float> with({4, 6, 1}, {activation("relu")}), without = with;

	with.initialise(Random(3), {false, true, false, true});
	without.initialise(Random(3), {false, false, false, false});
	for (Index o = 0; o < 6; o++)
		for (Index i = 0; i < 4; i++)
			EXPECT_EQ(with.parameters()[o * 4 + i],
					  i % 2 == 1 ? 0 : without.parameters()[o * 4 + i]);
	EXPECT_EQ(with.parameters().tail(13), without.parameters().tail(13));
}

TEST(Network, SameSeedSameBits)
{
	Network<float> first({9, 8, 3}, {activation("elu")}), second = first, other = first;

	first.initialise(Random(42), {});
	second.initialise(Random(42), {});
	other.initialise(Random(43), {});
	EXPECT_EQ(memcmp(first.parameters().data(), second.parameters().data(),
					 first.parameter_count() * sizeof(float)),
			  0);
	for (Index i = 0; i < 72; i++)
		EXPECT_NE(first.parameters()[i], other.parameters()[i]);
}

} // namespace
