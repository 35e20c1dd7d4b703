/*
 * products.cpp: what the matrix products of predictions take by themselves: rows that lie in memory as
 * the network wants them, a batch at a time.
 *
 *     products ROWS INPUTS WIDTH... OUTPUTS     prints milliseconds, the median of some passes
 *
 * The network has random weights. Called by prediction.sh.
 */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "core/api.h"
#include "core/compiled.h"

namespace
{

constexpr int kPasses = 7;

double milliseconds()
{
	const auto now = std::chrono::steady_clock::now().time_since_epoch();
	return std::chrono::duration<double, std::milli>(now).count();
}

} // namespace

int main(int argc, char **argv)
{
	std::vector<int> sizes;
	std::vector<double> took;

	for (int i = 2; i < argc; i++)
		sizes.push_back(atoi(argv[i]));
	if (sizes.size() < 2)
	{
		fprintf(stderr, "usage: products ROWS INPUTS WIDTH... OUTPUTS\n");
		return 2;
	}
	const size_t rows = strtoul(argv[1], nullptr, 10), inputs = static_cast<size_t>(sizes[0]);
	const std::vector<const nn::Activation<float> *> activations(
		sizes.size() - 2, nn::find_activation<float>("relu"));
	nn::Network<float> network(sizes, activations);
	network.initialise(nn::Random(1), {});
	nn::Compiled compiled(sizes, activations, network.parameters().data());
	const std::vector<float> X(rows * inputs, 0.5f);

	for (int pass = 0; pass <= kPasses; pass++)
	{
		const double start = milliseconds();
		for (size_t row = 0; row < rows; row += NN_BATCH_ROWS)
			compiled.run(X.data() + row * inputs, std::min<size_t>(NN_BATCH_ROWS, rows - row));
		if (pass > 0)
			took.push_back(milliseconds() - start);
	}
	std::sort(took.begin(), took.end());
	printf("%.3f\n", took[kPasses / 2]);
	return 0;
}
