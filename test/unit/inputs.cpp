/*
 * inputs.cpp: categories that are never expanded give what zeros and ones would: the way forth, the
 * gradient, and training as a whole; with rows of no category, without numbers, and with dropout.
 */
#include "core/inputs.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "core/network.h"
#include "tables.h"
#include "training.h"

namespace
{

using nn::Index;
using nn::InputLayout;
using nn::Inputs;
using nn::kNoCategory;
using nn::Matrix;
using nn::Network;
using nn::PackedWeights;
using nn::Vector;
using nn::Workspace;

constexpr Index kRows = 37;

// The inputs of some rows in both ways.
template <class T> struct Problem
{
	InputLayout layout;
	Network<T> network;
	Matrix<T> numbers, expanded;
	std::vector<uint32_t> codes;
	std::vector<T> factors;

	// pieces: inputs of each, those of categories below 0.
	Problem(const std::vector<Index> &pieces, const std::vector<int> &widths)
		: network(sizes(pieces, widths), {widths.size() - 1, nn::find_activation<T>("relu")})
	{
		for (Index piece : pieces)
			layout.add(std::abs(piece), piece < 0);
		for (Index i = 0; i < network.parameters().size(); i++)
			network.parameters()[i] = T(rows::noise(static_cast<size_t>(i), 0.618) - 0.5);
		numbers.resize(kRows, layout.numbers);
		expanded.setZero(kRows, network.inputs());
		for (Index row = 0; row < kRows; row++)
			fill(pieces, row);
	}

	static std::vector<int> sizes(const std::vector<Index> &pieces, const std::vector<int> &widths)
	{
		std::vector<int> result = {0};
		for (Index piece : pieces)
			result[0] += static_cast<int>(std::abs(piece));
		result.insert(result.end(), widths.begin(), widths.end());
		return result;
	}

	// Every fifth row has no category.
	void fill(const std::vector<Index> &pieces, Index row)
	{
		Index input = 0, number = 0, category = 0;

		for (Index piece : pieces)
		{
			const Index inputs = std::abs(piece), chosen = (row * 7 + input) % inputs;
			if (piece < 0)
			{
				const bool none = (row + input) % 5 == 0;
				codes.push_back(none ? kNoCategory : static_cast<uint32_t>(category + chosen));
				factors.push_back(row % 3 == 0 ? T(0) : T(1.5));
				if (!none)
					expanded(row, input + chosen) = factors.back();
				category += inputs;
			}
			for (Index i = 0; i < inputs && piece > 0; i++)
				expanded(row, input + i) = numbers(row, number++) =
					T(rows::noise(static_cast<size_t>(row * 50 + i), 0.414));
			input += inputs;
		}
	}

	// Z and then the gradient, the rows given in two halves; some outputs at a time.
	std::vector<T> outcome(bool expand)
	{
		Workspace<T> workspace(network, kRows);
		PackedWeights<T> packed(network, expand ? nullptr : &layout);
		Vector<T> gradient = Vector<T>::Constant(network.parameters().size(), T(0.25));
		std::vector<T> result;

		packed.pack(network);
		for (const auto &[begin, end] : {std::pair<Index, Index>(0, 20), {20, kRows}})
		{
			const Inputs<T> split = {layout, numbers.data() + begin * layout.numbers,
									 codes.data() + begin * layout.columns,
									 factors.data() + begin * layout.columns};
			const Inputs<T> X =
				expand ? Inputs<T>(expanded.data() + begin * network.inputs()) : split;
			const auto Z = workspace.forward(network, X, end - begin, nullptr, &packed);
			result.insert(result.end(), Z.data(), Z.data() + Z.size());
			std::copy(Z.data(), Z.data() + Z.size(), workspace.output_gradient());
			workspace.backward(network, X, end - begin, begin == 0 ? nn::Sum::kSet : nn::Sum::kAdd,
							   gradient);
		}
		result.insert(result.end(), gradient.begin(), gradient.end());
		return result;
	}
};

const std::vector<std::vector<Index>> kLayouts = {{5, -4, -3, 2, -6}, {-4, 3}, {3, -40}, {-7},
												  {-2, -33},          {20, -1}};

template <class T> void expect_same(double tolerance)
{
	for (const std::vector<Index> &pieces : kLayouts)
		for (const std::vector<int> &widths : {std::vector<int>{3}, {40, 2}, {33, 5, 1}})
		{
			Problem<T> problem(pieces, widths);
			const std::vector<T> split = problem.outcome(false), expanded = problem.outcome(true);
			ASSERT_EQ(split.size(), expanded.size());
			for (size_t i = 0; i < split.size(); i++)
				ASSERT_NEAR(split[i], expanded[i],
							tolerance * std::max(1.0, std::abs(double(split[i]))))
					<< i << " of " << pieces.size() << " pieces, " << widths.size() << " layers";
		}
}

TEST(Inputs, GiveWhatZerosAndOnesWould)
{
	expect_same<double>(1e-12);
	expect_same<float>(1e-4);
}

TEST(Inputs, WeightsAreSplitAndJoined)
{
	Problem<float> problem({5, -4, -3, 2, -6}, {6});
	const Vector<float> &W = problem.network.parameters();
	std::vector<float> numbers(6 * 7), table(13 * 10), tight(13 * 6), joined(6 * 20);

	nn::split_weights(problem.layout, W.data(), 6, numbers.data(), table.data(), 10);
	EXPECT_EQ(numbers[0], W[0]);
	EXPECT_EQ(numbers[7 + 5], W[20 + 12]); // the sixth number of the second output
	EXPECT_EQ(table[1], W[20 + 5]);
	EXPECT_EQ(table[8 * 10 + 2], W[2 * 20 + 15]); // the second of the last column
	nn::split_weights(problem.layout, W.data(), 6, numbers.data(), tight.data(), 6);
	nn::join_weights(problem.layout, numbers.data(), tight.data(), 6, joined.data());
	EXPECT_TRUE(std::equal(joined.begin(), joined.end(), W.data()));
}

// A category decides; half of the rows have a NULL.
training::Training train_on_text(const nn_options &o)
{
	rows::Table table;

	table.columns = {rows::column("a", NN_CATEGORY), rows::column("b", NN_CATEGORY),
					 rows::target("y")};
	for (size_t i = 0; i < 600; i++)
		table.rows.push_back(
			{"k" + std::to_string(i % 7),
			 i % 2 == 0 ? rows::Cell(nullptr) : rows::Cell("v" + std::to_string(i % 3)),
			 double(i % 7) + (i % 2 == 0 ? 0.5 : double(i % 3))});
	return training::train(table, o);
}

TEST(Inputs, TextAloneIsLearntFrom)
{
	nn_options o = training::small_network();

	o.epochs = 60;
	o.patience = 0;
	EXPECT_GT(train_on_text(o).result.score, 0.98);
	o.input_dropout = 0.05;
	EXPECT_GT(train_on_text(o).result.score, 0.8);
	o.hidden_layers = 0; // the sum of two tables
	o.input_dropout = 0;
	o.epochs = 300;
	o.learning_rate = 0.02;
	EXPECT_GT(train_on_text(o).result.score, 0.98);
}

} // namespace
