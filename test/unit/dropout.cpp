/*
 * dropout.cpp: which neurons and inputs are silenced, by chance that is the same for a row wherever
 * it stands; gradients through what is left; and that only training is subject to it.
 */
#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "core/part.h"
#include "tables.h"
#include "training.h"

namespace
{

using nn::Dropout;
using nn::Index;
using nn::Matrix;
using nn::Network;
using nn::Vector;
using nn::Workspace;
using rows::Table;
using training::kHidden;
using training::small_network;
using training::train;
using training::Training;

// The factors of n neurons.
std::vector<double> mask(double rate, uint64_t key, uint64_t layer, size_t n)
{
	std::vector<double> x(n, 1), stored(n, -1);

	nn::drop<double>({rate, &key}, 0, layer, static_cast<Index>(n), x.data(), stored.data());
	EXPECT_EQ(x, stored);
	return x;
}

TEST(Dropout, KeepsTheExpectation)
{
	for (double rate : {0.1, 0.5, 0.75, 0.99})
	{
		double sum = 0, silenced = 0;
		for (uint64_t key = 0; key < 2000; key++)
			for (double factor : mask(rate, key, 1, 50))
			{
				EXPECT_TRUE(factor == 0 || std::abs(factor * (1 - rate) - 1) < 1e-3) << factor;
				sum += factor;
				silenced += factor == 0;
			}
		const double error = std::sqrt(rate / (1 - rate) / 1e5); // of the mean of 100000 factors
		EXPECT_NEAR(sum / 1e5, 1, 5 * error) << rate;
		EXPECT_NEAR(silenced / 1e5, rate, 5 * std::sqrt(rate * (1 - rate) / 1e5)) << rate;
	}
}

// Each neuron is silenced by a chance of its own: all patterns of four occur, and equally often.
TEST(Dropout, NeuronsAreIndependent)
{
	std::vector<int> seen(16);

	for (uint64_t key = 0; key < 1600; key++)
	{
		const std::vector<double> m = mask(0.5, key, 3, 9);
		seen[(m[0] > 0) + 2 * (m[1] > 0) + 4 * (m[3] > 0) + 8 * (m[8] > 0)]++;
	}
	for (int count : seen)
		EXPECT_NEAR(count, 100, 50);
}

TEST(Dropout, RateExtremes)
{
	EXPECT_EQ(mask(0, 1, 1, 100), std::vector<double>(100, 1));
	// one in 65536 is left even then, and its factor is finite
	for (double factor : mask(1 - 1e-15, 1, 1, 200000))
		EXPECT_TRUE(factor == 0 || factor == 65536);
	nn_options o = small_network();
	o.dropout = o.input_dropout = 0.9999;
	EXPECT_TRUE(std::isfinite(train(tables::waves(100), o).result.loss));
}

TEST(Dropout, MasksDependOnKeyAndLayer)
{
	EXPECT_EQ(mask(0.5, 7, 2, 60), mask(0.5, 7, 2, 60));
	EXPECT_NE(mask(0.5, 7, 2, 60), mask(0.5, 8, 2, 60));
	EXPECT_NE(mask(0.5, 7, 2, 60), mask(0.5, 7, 1, 60));
	EXPECT_NE(mask(0.5, 7, 0, 60), mask(0.5, 7, 1, 60));
	// a wider layer begins with the same
	const std::vector<double> wide = mask(0.5, 7, 2, 80), narrow = mask(0.5, 7, 2, 61);
	EXPECT_TRUE(std::equal(narrow.begin(), narrow.end(), wide.begin()));
}

// ---- through a network ----

const nn::Activation<double> *activation(const std::string &name)
{
	return nn::find_activation<double>(name);
}

// A network with rows and their keys.
struct Problem
{
	Network<double> network;
	Workspace<double> workspace{network, 6, true};
	Matrix<double> X{6, 3};
	std::vector<uint64_t> keys = {11, 22, 33, 44, 55, 66};

	explicit Problem(const std::string &name)
		: network({3, 7, 5, 2}, {activation(name), activation(name)})
	{
		network.initialise(nn::Random(5), {});
		for (Index i = 0; i < X.size(); i++)
			X.data()[i] = 2 * rows::noise(static_cast<size_t>(i), 0.6180339887) - 1;
		for (const nn::Layer<double> &layer : network.layers())
			for (Index o = 0; o < layer.outputs; o++)
				network.parameters()[static_cast<Index>(layer.biases) + o] = 0.1 + 0.01 * double(o);
	}

	Matrix<double> outputs(double rate)
	{
		const Dropout dropout = {rate, keys.data()};
		return workspace.forward(network, X.data(), X.rows(), &dropout);
	}
};

// Rows in another order, or alone in a batch, are silenced the same.
TEST(Dropout, ARowIsSilencedAlikeInEveryBatch)
{
	Problem problem("tanh"), turned("tanh"), alone("tanh");
	const Matrix<double> Z = problem.outputs(0.4);

	std::reverse(turned.keys.begin(), turned.keys.end());
	turned.X.colwise().reverseInPlace();
	EXPECT_TRUE(turned.outputs(0.4).colwise().reverse().isApprox(Z, 1e-14));
	for (Index row = 0; row < 6; row++)
	{
		const Dropout dropout = {0.4, &problem.keys[static_cast<size_t>(row)]};
		const Matrix<double> z =
			alone.workspace.forward(alone.network, problem.X.row(row).data(), 1, &dropout);
		EXPECT_TRUE(z.isApprox(Z.row(row), 1e-14));
	}
	EXPECT_FALSE(problem.outputs(0).isApprox(Z, 1e-3));
}

// Without dropout the same workspace gives what one without gives.
TEST(Dropout, CanBeLeftOut)
{
	Problem problem("gelu");
	Workspace<double> without(problem.network, 6);
	const Matrix<double> expected = without.forward(problem.network, problem.X.data(), 6);

	problem.outputs(0.5);
	EXPECT_EQ(Matrix<double>(problem.workspace.forward(problem.network, problem.X.data(), 6)),
			  expected);
	EXPECT_TRUE(problem.outputs(0).isApprox(expected, 1e-15));
}

// In each layer by a mask of its own: by hand.
TEST(Dropout, ByHand)
{
	Problem problem("relu");
	const Matrix<double> Z = problem.outputs(0.3);

	for (Index row = 0; row < 6; row++)
	{
		Vector<double> a = problem.X.row(row);
		for (size_t l = 0; l < 3; l++)
		{
			const nn::Layer<double> &layer = problem.network.layers()[l];
			const double *p = problem.network.parameters().data();
			Vector<double> z(layer.outputs);
			const std::vector<double> m = mask(0.3, problem.keys[static_cast<size_t>(row)], l + 1,
											   static_cast<size_t>(layer.outputs));
			for (Index o = 0; o < layer.outputs; o++)
			{
				z[o] = p[static_cast<Index>(layer.biases) + o];
				for (Index i = 0; i < layer.inputs; i++)
					z[o] += p[static_cast<Index>(layer.weights) + o * layer.inputs + i] * a[i];
				if (l < 2)
					z[o] = std::max(z[o], 0.) * m[static_cast<size_t>(o)];
			}
			a = z;
		}
		EXPECT_TRUE(a.isApprox(Vector<double>(Z.row(row)), 1e-13));
	}
}

// The masks being fixed by the keys, what is left is as smooth as ever.
TEST(Dropout, Gradients)
{
	std::string names = nn::activation_names() + ", ";

	for (size_t end; (end = names.find(", ")) != std::string::npos; names.erase(0, end + 2))
	{
		Problem problem(names.substr(0, end));
		Vector<double> gradient = Vector<double>::Zero(problem.network.parameters().size());
		const auto loss = [&] { return problem.outputs(0.4).squaredNorm(); };

		nn::MatrixMap<double>(problem.workspace.output_gradient(), 6, 2) = 2 * problem.outputs(0.4);
		problem.workspace.backward(problem.network, problem.X.data(), 6, nn::Sum::kAdd, gradient);
		Index present = 0;
		for (Index i = 0; i < gradient.size(); i++)
		{
			double &p = problem.network.parameters()[i];
			const double value = p;
			p = value + 1e-6;
			const double above = loss();
			p = value - 1e-6;
			const double below = loss();
			p = value;
			EXPECT_NEAR(gradient[i], (above - below) / 2e-6, 1e-7)
				<< names.substr(0, end) << ", parameter " << i;
			present += std::abs(gradient[i]) > 1e-6;
		}
		EXPECT_GT(present, gradient.size() / 2);
	}
}

// ---- in training ----

// Parts of any size see the same rows, with the same keys and inputs, and held-out rows as they are.
TEST(Dropout, InputsAndKeysOfBatches)
{
	const auto dataset = rows::prepared(tables::waves(40));
	nn_options o = training::options();
	o.input_dropout = 0.5;
	const nn::Plan plan = nn::make_plan(o, {40, 2, 0, 1}, nullptr);
	const Network<float> network(plan.sizes, plan.activations);
	nn::PackedWeights<float> packed(network);
	nn::Batches batches(*dataset, o);
	nn::Part whole(*dataset, o, plan, network, 40), part(*dataset, o, plan, network, 40);
	std::set<uint64_t> keys;

	packed.pack(network);
	for (int epoch : {0, 1})
		for (bool shuffled : {true, false})
		{
			batches.begin_epoch(epoch, shuffled);
			batches.settle(0, 40);
			whole.train(network, packed, batches, 0, 40, 40, 1);
			for (size_t place = 0; place < 40; place++)
				keys.insert(batches.key(place));
			for (size_t start : {0u, 8u, 16u, 24u, 32u})
			{
				part.train(network, packed, batches, start, 8, start + 8, 1);
				EXPECT_TRUE(std::equal(part.X(), part.X() + 16, whole.X() + 2 * start));
				EXPECT_TRUE(
					std::equal(part.Y().data(), part.Y().data() + 8, whole.Y().data() + start));
			}
		}
	EXPECT_EQ(keys.size(), 80u); // a key for each row and epoch, whatever the order

	// in canonical order now
	part.evaluate(network, packed, batches, 0, 40, 40, false);
	int silenced = 0;
	for (int i = 0; i < 80; i++)
	{
		silenced += whole.X()[i] == 0;
		EXPECT_TRUE(whole.X()[i] == 0 || whole.X()[i] == 2 * part.X()[i]);
		EXPECT_NE(part.X()[i], 0);
	}
	EXPECT_NEAR(silenced, 40, 20);
}

nn_options with_dropout(double dropout, double input_dropout)
{
	nn_options o = small_network();

	o.dropout = dropout;
	o.input_dropout = input_dropout;
	return o;
}

// What is validated, scored and predicted is the whole network.
TEST(Dropout, ConcernsTrainingAlone)
{
	const Table table = tables::waves(150);
	const std::vector<uint32_t> held_out = rows::prepared(table, 0.1)->held_out_rows();

	for (const nn_options &o : {with_dropout(0.5, 0), with_dropout(0, 0.5), with_dropout(0.3, 0.3)})
	{
		const Training run = train(table, o);
		const auto predictions = training::predict_all(run, table);
		double loss = 0;
		for (uint32_t row : held_out)
			loss += std::pow(table.rows[row][2].number - predictions[row][0], 2);
		loss /= static_cast<double>(held_out.size());
		EXPECT_NEAR(run.result.validation_loss, loss, 1e-5 * loss);
	}
	// ... but the training loss is that of what is left
	nn_options o = with_dropout(0.5, 0);
	o.validation = 0;
	o.learning_rate = 1e-30;
	EXPECT_NE(train(table, o).result.loss_curve[0], train(table, o).result.loss_curve[1]);
	o.dropout = 0;
	EXPECT_FLOAT_EQ(static_cast<float>(train(table, o).result.loss_curve[0]),
					static_cast<float>(train(table, o).result.loss_curve[1]));
}

TEST(Dropout, SameBitsWhateverOrderTheRowsComeIn)
{
	for (const Table &table : {tables::waves(300), tables::blobs(200, 3)})
	{
		const nn_options o = with_dropout(0.3, 0.2);
		const Training run = train(table, o);
		EXPECT_EQ(run.parameters(), train(rows::reordered(table), o).parameters());
		EXPECT_EQ(run.loss_curve(), train(rows::reordered(table), o).loss_curve());
	}
}

TEST(Dropout, EachKindChangesTraining)
{
	const Table table = tables::waves(100);
	std::set<std::vector<float>> models;
	for (const nn_options &o : {with_dropout(0, 0), with_dropout(0.3, 0), with_dropout(0, 0.3),
								with_dropout(0.3, 0.3), with_dropout(0.4, 0)})
		models.insert(train(table, o).parameters());
	EXPECT_EQ(models.size(), 5u);
}

} // namespace
