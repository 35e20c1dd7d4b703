/*
 * activations.cpp: to add one, write its two functions, add its row to the table, and a case to
 * test/unit/activations.cpp.
 *
 * leaky_relu: slope 0.01 (Maas et al. 2013); elu: alpha 1 (Clevert et al. 2016); gelu: the exact
 * form z * Phi(z) (Hendrycks and Gimpel 2016); silu: z * sigmoid(z) (Elfwing et al. 2018).
 */
#include "core/activations.h"

#include <cmath>
#include <iterator>

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

template <class T> void elu(Out<T> a)
{
	a = (a > T(0)).select(a, a.min(T(0)).exp() - T(1));
}
template <class T> void elu_back(In<T>, In<T> a, Out<T> d)
{
	d = (a > T(0)).select(d, d * (a + T(1)));
}

// Phi(z), the normal distribution function.
template <class T> T normal_cdf(T z)
{
	return T(0.5) * std::erfc(-z * T(0.70710678118654752440));
}
template <class T> void gelu(Out<T> a)
{
	a = a.unaryExpr([](T z) { return z * normal_cdf(z); });
}
template <class T> void gelu_back(In<T> z, In<T>, Out<T> d)
{
	constexpr T kDensity = T(0.39894228040143267794); // 1 / sqrt(2 pi)
	d *= z.unaryExpr([](T v) { return normal_cdf(v); }) +
		 z * kDensity * (T(-0.5) * z.square()).exp();
}

template <class T> void sigmoid(Out<T> a)
{
	a = a.logistic();
}
template <class T> void sigmoid_back(In<T>, In<T> a, Out<T> d)
{
	d *= a * (T(1) - a);
}

template <class T> void silu(Out<T> a)
{
	a *= a.logistic();
}
template <class T> void silu_back(In<T> z, In<T> a, Out<T> d)
{
	d *= a + z.logistic() * (T(1) - a);
}

// ln(1 + e^z), written so that neither end overflows.
template <class T> void softplus(Out<T> a)
{
	a = a.max(T(0)) + (-a.abs()).exp().log1p();
}
template <class T> void softplus_back(In<T>, In<T> a, Out<T> d)
{
	d *= T(1) - (-a).exp();
}

template <class T> void tanh(Out<T> a)
{
	a = a.tanh();
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
