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
#include <ctime>
#include <functional>
#include <memory>
#include <vector>

#include "eigen_peer.h"

namespace
{

using nn::Kernels;
using nn::LayerShape;
using nn::Rectifier;
using nn::Simd;

constexpr int kSamples = 101;
constexpr double kSampleSeconds = 0.002;

// Of this thread: what others take from a shared machine doesn't count.
double seconds()
{
	timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

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

// A loop of multiply-adds on 12 registers: as many chains as hide the latency, and no memory. In
// assembler, as the compiler stores arrays of vectors in every round.
constexpr int64_t kPeakRounds = 100000;

#define PEAK_CLOBBERS                                                                              \
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
		"xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "cc"

double peak_seconds(Simd simd)
{
	const double start = seconds();
	int64_t rounds = kPeakRounds;
#ifdef PGNN_X86_64
	if (simd == Simd::kAvx512)
		asm volatile("vzeroall\n"
					 "0: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n"
					 "vfmadd231ps %%zmm14,%%zmm15,%%zmm\\r\n"
					 ".endr\n dec %0\n jnz 0b\n vzeroupper"
					 : "+r"(rounds)::PEAK_CLOBBERS);
	else if (simd == Simd::kAvx2)
		asm volatile("vzeroall\n"
					 "0: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n"
					 "vfmadd231ps %%ymm14,%%ymm15,%%ymm\\r\n"
					 ".endr\n dec %0\n jnz 0b\n vzeroupper"
					 : "+r"(rounds)::PEAK_CLOBBERS);
	else
		asm volatile(".irp r,0,1,2,3,4,5,6,7,8,9,10,11,14,15\n xorps %%xmm\\r,%%xmm\\r\n .endr\n"
					 "0: .irp r,0,1,2,3,4,5,6,7,8,9,10,11\n"
					 "movaps %%xmm14,%%xmm12\n mulps %%xmm15,%%xmm12\n addps %%xmm12,%%xmm\\r\n"
					 ".endr\n dec %0\n jnz 0b"
					 : "+r"(rounds)::PEAK_CLOBBERS);
#endif
	return seconds() - start;
}

// Operations a second; without meaning where there is no loop.
double peak(Simd simd)
{
	const int width = simd == Simd::kAvx512 ? 16 : simd == Simd::kAvx2 ? 8 : 4;
	return 2.0 * 12 * width * kPeakRounds / peak_seconds(simd);
}

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
		const double before = peak(simd), start = seconds();
		for (int i = 0; i < calls; i++)
			run();
		const double took = (seconds() - start) / calls;
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

	Network(const std::vector<size_t> &sizes, size_t rows) : X(rows * sizes[0]), scratch(0)
	{
		size_t most = 0;
		for (size_t l = 1; l < sizes.size(); l++)
		{
			const LayerShape shape = {rows, sizes[l - 1], sizes[l]};
			layers.push_back(std::make_unique<Layer>(shape));
			most = std::max(most, nn::scratch_size(shape));
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
		k.backward_weights(l.shape, l.dZ, previous, nn::Sum::kSet, l.dW, l.db, n.scratch);
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

void predict_row(const Kernels &k, const Network &n)
{
	const float *x = n.X;
	for (const auto &l : n.layers)
	{
		k.forward_row(l->shape.inputs, l->shape.outputs, x, l->packed, l->b, Rectifier::kRelu,
					  l->C);
		x = l->C;
	}
}

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
		const Result row = measure(simd, 0, [&] { predict_row(k, n); });
		printf("            one row's prediction %.3f (%.3f) us\n", row.took * 1e6, row.best * 1e6);
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
		{"54-128-64-7", {54, 128, 64, 7}, {256, 128}},
		{"784-512-256-10", {784, 512, 256, 10}, {128, 64}},
		{"10-64-32-1", {10, 64, 32, 1}, {256, 128}},
	};

	for (int i = 0; i < nn::kSimdCount; i++)
		if (nn::simd_available(static_cast<Simd>(i)))
		{
			double most = 0;
			for (int sample = 0; sample < kSamples; sample++)
				most = std::max(most, peak(static_cast<Simd>(i)));
			printf("peak of %s: %.1f GF/s\n", nn::simd_name(static_cast<Simd>(i)), most / 1e9);
		}
	for (const auto &network : networks)
		for (size_t rows : network.rows)
			if (argc < 2 || strstr(network.name, argv[1]) != nullptr)
				bench_network(network.name, network.sizes, rows);
	if (argc < 2)
		bench_adam(15000), bench_adam(500000);
	return 0;
}
