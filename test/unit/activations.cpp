/*
 * activations.cpp: values against reference.py, derivatives against central differences, and what
 * happens far out.
 */
#include "core/activations.h"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace
{

using nn::Activation;
using nn::ArrayMap;
using nn::ConstArrayMap;
using nn::Vector;

constexpr int kPoints = 6;
constexpr double kAt[kPoints] = {-6.5, -2.0, -0.75, 0.25, 1.5, 5.0};

struct Case
{
	const char *name;
	double value[kPoints];
};

// Printed by reference.py
constexpr Case kCases[] = {
	{"relu", {0, 0, 0, 0.25, 1.5, 5}},
	{"leaky_relu", {-0.065, -0.02, -0.0075, 0.25, 1.5, 5}},
	{"elu", {-0.9984965608070224, -0.8646647167633873, -0.5276334472589853, 0.25, 1.5, 5}},
	{"gelu",
	 {-2.610400379508427e-10, -0.04550026389635841, -0.1699705142826511, 0.1496765814207309,
	  1.399789198096713, 4.999998566742141}},
	{"silu",
	 {-0.009757684668790445, -0.2384058440442351, -0.2406159756184553, 0.1405441252214495,
	  1.226361714290465, 4.966535745378576}},
	{"softplus",
	 {0.001502310159754284, 0.1269280110429725, 0.3868710061148999, 0.8259394198788436,
	  1.701413277982752, 5.006715348489118}},
	{"tanh",
	 {-0.9999954793514042, -0.9640275800758169, -0.6351489523872873, 0.2449186624037091,
	  0.9051482536448664, 0.9999092042625951}},
	{"sigmoid",
	 {0.001501182256736992, 0.1192029220221176, 0.3208213008246070, 0.5621765008857981,
	  0.8175744761936437, 0.9933071490757151}},
	{"identity", {-6.5, -2, -0.75, 0.25, 1.5, 5}},
};
static_assert(std::size(kCases) == nn::kActivationCount);

template <class T> T value(const Activation<T> &f, T z)
{
	f.forward(ArrayMap<T>(&z, 1));
	return z;
}

// f'(z), given z only where the activation asks for it: a missing needs_input would show.
template <class T> T derivative(const Activation<T> &f, T z)
{
	const T a = value(f, z);
	T d = 1;
	f.backward(ConstArrayMap<T>(f.needs_input ? &z : nullptr, f.needs_input ? 1 : 0),
			   ConstArrayMap<T>(&a, 1), ArrayMap<T>(&d, 1));
	return d;
}

TEST(Activations, Values)
{
	for (const Case &c : kCases)
		for (int i = 0; i < kPoints; i++)
			EXPECT_NEAR(value(*nn::find_activation<double>(c.name), kAt[i]), c.value[i], 2e-15)
				<< c.name << " at " << kAt[i];
}

TEST(Activations, ValuesInSinglePrecision)
{
	for (const Case &c : kCases)
		for (int i = 0; i < kPoints; i++)
			EXPECT_NEAR(value(*nn::find_activation<float>(c.name), static_cast<float>(kAt[i])),
						c.value[i], 5e-7 * std::max(1.0, std::abs(c.value[i])))
				<< c.name << " at " << kAt[i];
}

TEST(Activations, DerivativesAreThoseOfTheValues)
{
	constexpr double h = 1e-5;

	for (const Case &c : kCases)
	{
		const Activation<double> &f = *nn::find_activation<double>(c.name);
		for (double z = -6.95; z < 7; z += 0.3) // never nearer than 0.05 to the kink at 0
			EXPECT_NEAR(derivative(f, z), (value(f, z + h) - value(f, z - h)) / (2 * h), 1e-9)
				<< c.name << " at " << z;
	}
}

TEST(Activations, BackwardMultipliesWhatCameIn)
{
	for (const Case &c : kCases)
	{
		const Activation<double> &f = *nn::find_activation<double>(c.name);
		const double z = -0.75, a = value(f, z);
		double d = -3;
		f.backward(ConstArrayMap<double>(&z, 1), ConstArrayMap<double>(&a, 1),
				   ArrayMap<double>(&d, 1));
		EXPECT_DOUBLE_EQ(d, -3 * derivative(f, z)) << c.name;
	}
}

// Vector code and the scalar code of a rest must agree, wherever an element stands.
TEST(Activations, SameInEveryPlaceOfAVector)
{
	for (const Case &c : kCases)
	{
		const Activation<float> &f = *nn::find_activation<float>(c.name);
		for (float z : {-2.5f, 0.5f, 3.0f})
		{
			Vector<float> a = Vector<float>::Constant(19, z);
			f.forward(ArrayMap<float>(a.data(), a.size()));
			for (float element : a)
				EXPECT_NEAR(element, value(f, z), 1e-6) << c.name << " at " << z;
		}
	}
}

template <class T> void expect_finite_far_out(const char *name)
{
	const Activation<T> &f = *nn::find_activation<T>(name);

	for (double at : {-1e30, -1e4, -200., -90., -20., -0., 0., 20., 90., 200., 1e4, 1e30})
	{
		// more than one vector of them, so that vector code runs, too
		Vector<T> z = Vector<T>::Constant(19, static_cast<T>(at));
		Vector<T> a = z, d = Vector<T>::Ones(19);
		f.forward(ArrayMap<T>(a.data(), 19));
		f.backward(ConstArrayMap<T>(z.data(), 19), ConstArrayMap<T>(a.data(), 19),
				   ArrayMap<T>(d.data(), 19));
		EXPECT_TRUE(a.allFinite()) << name << " at " << at << " is " << a[0];
		EXPECT_TRUE(d.allFinite()) << name << "' at " << at << " is " << d[0];
	}
}

TEST(Activations, NeitherOverflowNorNaNFarOut)
{
	for (const Case &c : kCases)
	{
		expect_finite_far_out<float>(c.name);
		expect_finite_far_out<double>(c.name);
	}
}

// What each tends to at +-1e4.
TEST(Activations, LimitsFarOut)
{
	const struct
	{
		const char *name;
		float below, above, slope_below, slope_above;
	} kLimits[] = {
		{"relu", 0, 1e4f, 0, 1},         {"leaky_relu", -100, 1e4f, 0.01f, 1},
		{"elu", -1, 1e4f, 0, 1},         {"gelu", 0, 1e4f, 0, 1},
		{"silu", 0, 1e4f, 0, 1},         {"softplus", 0, 1e4f, 0, 1},
		{"tanh", -1, 1, 0, 0},           {"sigmoid", 0, 1, 0, 0},
		{"identity", -1e4f, 1e4f, 1, 1},
	};
	static_assert(std::size(kLimits) == nn::kActivationCount);

	for (const auto &limit : kLimits)
	{
		const Activation<float> &f = *nn::find_activation<float>(limit.name);
		EXPECT_NEAR(value(f, -1e4f), limit.below, 1e-5) << limit.name;
		EXPECT_NEAR(value(f, 1e4f), limit.above, 1e-3) << limit.name;
		EXPECT_NEAR(derivative(f, -1e4f), limit.slope_below, 1e-5) << limit.name;
		EXPECT_NEAR(derivative(f, 1e4f), limit.slope_above, 1e-5) << limit.name;
	}
}

TEST(Activations, TableIsComplete)
{
	std::string names;
	for (const Case &c : kCases)
		names += (names.empty() ? "" : ", ") + std::string(c.name);

	EXPECT_EQ(nn::activation_names(), names);
	for (const Case &c : kCases)
	{
		ASSERT_NE(nn::find_activation<float>(c.name), nullptr) << c.name;
		ASSERT_NE(nn::find_activation<double>(c.name), nullptr) << c.name;
	}
	EXPECT_EQ(nn::find_activation<float>(""), nullptr);
	EXPECT_EQ(nn::find_activation<float>("ReLU"), nullptr);
	EXPECT_EQ(nn::find_activation<float>("relu "), nullptr);
}

// He initialisation belongs to those whose slope is that of the identity on one side alone.
TEST(Activations, Rectifiers)
{
	for (const char *name : {"relu", "leaky_relu", "elu", "gelu", "silu", "softplus"})
		EXPECT_TRUE(nn::find_activation<float>(name)->rectifier) << name;
	for (const char *name : {"tanh", "sigmoid", "identity"})
		EXPECT_FALSE(nn::find_activation<float>(name)->rectifier) << name;
}

} // namespace
