/*
 * kernels.cpp: how near the kernels come to what the processor could do. Run by "make
 * bench-kernels"; with an argument, only the networks whose name contains it.
 *
 * For each network, the products of a training step (forward, and backward to every parameter,
 * packing, biases, relu and its derivative included) on one thread, in billions of operations a
 * second, beside Eigen's and beside a loop of multiply-adds that touches registers only; then one
 * row's prediction, and Adam's step. Numbers are medians and, in brackets, the best of kSamples.
 */
#include "core/kernels.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "eigen_peer.h"
#include "peak.h"

namespace
{

using bench::peak;
using nn::Kernels;
using nn::LayerShape;
using nn::Rectifier;
using nn::Simd;

constexpr int kSamples = 101;
constexpr double kSampleSeconds = 0.002;

// Floats at the start of a cache line.
class Buffer
{
public:
	explicit Buffer(size_t count)
		: data_(static_cast<float *>(aligned_alloc(64, (count * sizeof(float) / 64 + 1) * 64)),
				free)
	{
		for (size_t i = 0; i < count; i++)
			data_.get()[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
	}
	operator float *() const { return data_.get(); }

private:
	std::unique_ptr<float, void (*)(void *)> data_;
};

struct Result
{
	double took, best, share; // seconds of one call: median, least; median of its share of the peak
};

// Each sample has measurements of the peak beside it, as a shared machine changes its speed.
Result measure(Simd simd, double operations, const std::function<void()> &run)
{
	std::vector<double> samples, shares;
	int calls = 1;

	for (int sample = -5; sample < kSamples; sample++) // the first ones find the number of calls
	{
		const double before = peak(simd), start = bench::thread_seconds();
		for (int i = 0; i < calls; i++)
			run();
		const double took = (bench::thread_seconds() - start) / calls;
		if (sample < 0)
		{
			calls = static_cast<int>(kSampleSeconds / took) + 1;
			continue;
		}
		samples.push_back(took);
		shares.push_back(operations / took / std::max(before, peak(simd)));
	}
	std::sort(samples.begin(), samples.end());
	std::sort(shares.begin(), shares.end());
	return {samples[kSamples / 2], samples[0], shares[kSamples / 2]};
}

// One layer of a network in training.
struct Layer
{
	LayerShape shape;
	Buffer W, b, dW, db, C, dZ, packed;

	explicit Layer(const LayerShape &s)
		: shape(s), W(s.inputs * s.outputs), b(s.outputs), dW(s.inputs * s.outputs), db(s.outputs),
		  C(s.rows * s.outputs), dZ(s.rows * s.outputs),
		  packed(nn::packed_size(s.inputs, s.outputs))
	{}
};

struct Network
{
	std::vector<std::unique_ptr<Layer>> layers;
	Buffer X, scratch;
	double operations = 0;
	size_t widest = 0;

	Network(const std::vector<size_t> &sizes, size_t rows) : X(rows * sizes[0]), scratch(0)
	{
		size_t most = 0;
		for (size_t l = 1; l < sizes.size(); l++)
		{
			const LayerShape shape = {rows, sizes[l - 1], sizes[l]};
			layers.push_back(std::make_unique<Layer>(shape));
			most = std::max(most, nn::scratch_size(shape));
			widest = std::max(widest, sizes[l]);
			operations +=
				2.0 * static_cast<double>(rows * sizes[l - 1] * sizes[l] * (l == 1 ? 2 : 3));
		}
		scratch = Buffer(most);
	}
};

void step(const Kernels &k, const Network &n)
{
	const float *A = n.X;
	for (const auto &l : n.layers)
	{
		const bool last = l == n.layers.back();
		k.forward(l->shape, A, l->W, l->b, last ? Rectifier::kNone : Rectifier::kRelu, l->C,
				  n.scratch);
		A = l->C;
	}
	for (size_t i = n.layers.size(); i-- > 0;)
	{
		const Layer &l = *n.layers[i];
		const float *previous = i == 0 ? n.X : n.layers[i - 1]->C;
		k.backward_weights(l.shape, l.dZ, l.shape.outputs, previous, nn::Sum::kSet, l.dW, l.db,
						   n.scratch);
		if (i > 0)
			k.backward_data(l.shape, l.dZ, l.W, Rectifier::kRelu, previous, n.layers[i - 1]->dZ,
							n.scratch);
	}
}

void step_by_eigen(const Network &n)
{
	const float *A = n.X;
	for (const auto &l : n.layers)
	{
		eigen_peer::forward(l->shape, A, l->W, l->b, l != n.layers.back(), l->C);
		A = l->C;
	}
	for (size_t i = n.layers.size(); i-- > 0;)
	{
		const Layer &l = *n.layers[i];
		const float *previous = i == 0 ? n.X : n.layers[i - 1]->C;
		eigen_peer::backward_weights(l.shape, l.dZ, previous, l.dW, l.db);
		if (i > 0)
			eigen_peer::backward_data(l.shape, l.dZ, l.W, previous, n.layers[i - 1]->dZ);
	}
}

// A row through all layers; sparse: as if each followed a relu, which leaves zeros.
struct Prediction
{
	std::vector<nn::RowLayer> layers;
	Buffer y, z, x;
	std::vector<uint32_t> places;

	Prediction(const Network &n, bool sparse) : y(n.widest), z(n.widest), x(n.widest + 16)
	{
		places.resize(n.widest + 16);
		for (const auto &l : n.layers)
			layers.push_back({l->shape.inputs, l->shape.outputs, l->W, l->packed, l->b,
							  Rectifier::kRelu, sparse && !layers.empty()});
	}
	void run(const Kernels &k, const float *row)
	{
		float *const buffers[] = {y, z};
		k.forward_layers(layers.data(), layers.size(), row, {x, places.data()}, buffers);
	}
};

void print_rate(const char *who, double operations, const Result &r)
{
	printf("  %-9s %7.1f (%6.1f) GF/s  %5.1f %% of the peak\n", who, operations / r.took / 1e9,
		   operations / r.best / 1e9, 100 * r.share);
}

void bench_network(const char *name, const std::vector<size_t> &sizes, size_t rows)
{
	Network n(sizes, rows);

	printf("%s, %zu rows\n", name, rows);
	for (int i = nn::kSimdCount; i-- > 0;)
	{
		const Simd simd = static_cast<Simd>(i);
		if (!nn::simd_available(simd))
			continue;
		const Kernels &k = nn::kernels_of(simd);
		if (simd == Simd::kAvx512)
			print_rate("eigen", n.operations,
					   measure(simd, n.operations, [&] { step_by_eigen(n); }));
		print_rate(nn::simd_name(simd), n.operations,
				   measure(simd, n.operations, [&] { step(k, n); }));
		for (const auto &l : n.layers)
			k.pack(l->W, l->shape.inputs, l->shape.outputs, l->packed);
		Prediction dense(n, false), sparse(n, true);
		const Result all = measure(simd, 0, [&] { dense.run(k, n.X); });
		const Result some = measure(simd, 0, [&] { sparse.run(k, n.X); });
		printf("            one row's prediction %.3f (%.3f) us, without zeros %.3f (%.3f) us\n",
			   all.took * 1e6, all.best * 1e6, some.took * 1e6, some.best * 1e6);
	}
}

void bench_adam(size_t count)
{
	Buffer g(count), p(count), m(count), v(count);
	std::fill_n(static_cast<float *>(v), count, 1.0f);

	printf("adam, %zu parameters\n", count);
	for (int i = nn::kSimdCount; i-- > 0;)
		if (nn::simd_available(static_cast<Simd>(i)))
		{
			const Kernels &k = nn::kernels_of(static_cast<Simd>(i));
			const Result r = measure(k.simd, 0, [&] {
				k.adam({0.001f, 0.9f, 0.999f, 1.1f, 1e-8f}, count, g, p, m, v);
			});
			printf("  %-9s %.3f (%.3f) ns a parameter\n", nn::simd_name(k.simd),
				   r.took * 1e9 / static_cast<double>(count),
				   r.best * 1e9 / static_cast<double>(count));
		}
}

} // namespace

int main(int argc, char **argv)
{
	const struct
	{
		const char *name;
		std::vector<size_t> sizes, rows;
	} networks[] = {
		{"54-128-64-7", {54, 128, 64, 7}, {256, 128, 64}},
		{"784-512-256-10", {784, 512, 256, 10}, {128, 64}},
		{"10-64-32-1", {10, 64, 32, 1}, {256, 128, 64}},
	};

	for (int i = 0; i < nn::kSimdCount; i++)
		if (nn::simd_available(static_cast<Simd>(i)))
			printf("peak of %s: %.1f GF/s\n", nn::simd_name(static_cast<Simd>(i)),
				   bench::highest_peak(static_cast<Simd>(i)) / 1e9);
	for (const auto &network : networks)
		for (size_t rows : network.rows)
			if (argc < 2 || strstr(network.name, argv[1]) != nullptr)
				bench_network(network.name, network.sizes, rows);
	if (argc < 2)
		bench_adam(15000), bench_adam(500000);
	return 0;
}
