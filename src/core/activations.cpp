/*
 * activations.cpp: to add one, write its two functions, add its row to the table, and a case to
 * test/unit/activations.cpp.
 *
 * leaky_relu: slope 0.01 (Maas et al. 2013); elu: alpha 1 (Clevert et al. 2016); gelu: the exact
 * form z * Phi(z) (Hendrycks and Gimpel 2016); silu: z * sigmoid(z) (Elfwing et al. 2018).
 */
#include "core/activations.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/curves.h"

namespace nn
{

namespace
{

template <class T> using In = ConstArrayMap<T>;
template <class T> using Out = ArrayMap<T>;

template <class T> void identity(Out<T>) {}
template <class T> void identity_back(In<T>, In<T>, Out<T>) {}

template <class T> void relu(Out<T> a)
{
	a = a.max(T(0));
}
template <class T> void relu_back(In<T>, In<T> a, Out<T> d)
{
	d = (a > T(0)).select(d, T(0));
}

template <class T> void leaky_relu(Out<T> a)
{
	a = a.max(T(0.01) * a);
}
template <class T> void leaky_relu_back(In<T>, In<T> a, Out<T> d)
{
	d = (a > T(0)).select(d, T(0.01) * d);
}

// Calls each(begin, n) for pieces of an array that a buffer of kPiece has room for.
constexpr Index kPiece = 256;
template <class Each> void in_pieces(Index size, Each each)
{
	for (Index begin = 0; begin < size; begin += kPiece)
		each(begin, std::min(kPiece, size - begin));
}

template <class T> void exponentials(Index n, const T *x, T *y)
{
	curve(
		curves().exp, [](T v) { return std::exp(v); }, n, x, y);
}
template <class T> void sigmoids(Index n, const T *x, T *y)
{
	curve(
		curves().sigmoid, [](T v) { return 1 / (1 + std::exp(-v)); }, n, x, y);
}
// Phi(z), the normal distribution function.
template <class T> void normal_cdfs(Index n, const T *x, T *y)
{
	curve(
		curves().normal_cdf, [](T v) { return T(0.5) * std::erfc(-v * T(0.70710678118654752440)); },
		n, x, y);
}

template <class T> void elu(Out<T> a)
{
	in_pieces(a.size(), [&](Index begin, Index n) {
		T e[kPiece];
		auto piece = a.segment(begin, n);
		ArrayMap<T>(e, n) = piece.min(T(0));
		exponentials(n, e, e);
		piece = (piece > T(0)).select(piece, ArrayMap<T>(e, n) - T(1));
	});
}
template <class T> void elu_back(In<T>, In<T> a, Out<T> d)
{
	d = (a > T(0)).select(d, d * (a + T(1)));
}

template <class T> void gelu(Out<T> a)
{
	in_pieces(a.size(), [&](Index begin, Index n) {
		T phi[kPiece];
		normal_cdfs(n, a.data() + begin, phi);
		a.segment(begin, n) *= ArrayMap<T>(phi, n);
	});
}
template <class T> void gelu_back(In<T> z, In<T>, Out<T> d)
{
	constexpr T kDensity = T(0.39894228040143267794); // 1 / sqrt(2 pi)

	in_pieces(d.size(), [&](Index begin, Index n) {
		T phi[kPiece], e[kPiece];
		const auto piece = z.segment(begin, n);
		normal_cdfs(n, z.data() + begin, phi);
		ArrayMap<T>(e, n) = T(-0.5) * piece.square();
		exponentials(n, e, e);
		// far out z^2 is infinite, but e 0
		d.segment(begin, n) *= ArrayMap<T>(phi, n) + piece * kDensity * ArrayMap<T>(e, n);
	});
}

template <class T> void sigmoid(Out<T> a)
{
	sigmoids(a.size(), a.data(), a.data());
}
template <class T> void sigmoid_back(In<T>, In<T> a, Out<T> d)
{
	d *= a * (T(1) - a);
}

template <class T> void silu(Out<T> a)
{
	in_pieces(a.size(), [&](Index begin, Index n) {
		T s[kPiece];
		sigmoids(n, a.data() + begin, s);
		a.segment(begin, n) *= ArrayMap<T>(s, n);
	});
}
template <class T> void silu_back(In<T> z, In<T> a, Out<T> d)
{
	in_pieces(d.size(), [&](Index begin, Index n) {
		T s[kPiece];
		sigmoids(n, z.data() + begin, s);
		d.segment(begin, n) *=
			a.segment(begin, n) + ArrayMap<T>(s, n) * (T(1) - a.segment(begin, n));
	});
}

// ln(1 + e^z), written so that neither end overflows.
template <class T> void softplus(Out<T> a)
{
	curve(
		curves().softplus,
		[](T z) { return std::max(z, T(0)) + std::log1p(std::exp(-std::abs(z))); }, a.size(),
		a.data(), a.data());
}
template <class T> void softplus_back(In<T>, In<T> a, Out<T> d)
{
	in_pieces(d.size(), [&](Index begin, Index n) {
		T e[kPiece];
		ArrayMap<T>(e, n) = -a.segment(begin, n);
		exponentials(n, e, e);
		d.segment(begin, n) *= T(1) - ArrayMap<T>(e, n);
	});
}

template <class T> void tanh(Out<T> a)
{
	curve(
		curves().tanh, [](T z) { return std::tanh(z); }, a.size(), a.data(), a.data());
}
template <class T> void tanh_back(In<T>, In<T> a, Out<T> d)
{
	d *= T(1) - a.square();
}

template <class T>
constexpr Activation<T> kActivations[] = {
	{"relu", relu<T>, relu_back<T>, false, true, Rectifier::kRelu},
	{"leaky_relu", leaky_relu<T>, leaky_relu_back<T>, false, true, Rectifier::kLeakyRelu},
	{"elu", elu<T>, elu_back<T>, false, true},
	{"gelu", gelu<T>, gelu_back<T>, true, true},
	{"silu", silu<T>, silu_back<T>, true, true},
	{"softplus", softplus<T>, softplus_back<T>, false, true},
	{"tanh", tanh<T>, tanh_back<T>, false, false},
	{"sigmoid", sigmoid<T>, sigmoid_back<T>, false, false},
	{"identity", identity<T>, identity_back<T>, false, false},
};
static_assert(std::size(kActivations<float>) == kActivationCount);

} // namespace

template <class T> const Activation<T> *find_activation(const std::string &name)
{
	for (const Activation<T> &activation : kActivations<T>)
		if (name == activation.name)
			return &activation;
	return nullptr;
}

template const Activation<float> *find_activation<float>(const std::string &);
template const Activation<double> *find_activation<double>(const std::string &);

std::string activation_names()
{
	std::string names;
	for (const Activation<float> &activation : kActivations<float>)
		names += (names.empty() ? "" : ", ") + std::string(activation.name);
	return names;
}

} // namespace nn
