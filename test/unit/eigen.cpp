/*
 * eigen.cpp: a mistake in a matrix expression is an error of ours, and doesn't abort the server.
 */
#include "core/eigen.h"

#include <gtest/gtest.h>

#include "rows.h"

namespace
{

using nn::Matrix;
using rows::error_of;

TEST(Eigen, FailedAssertionsAreErrors)
{
	Matrix<float> a = Matrix<float>::Ones(2, 3), b = Matrix<float>::Ones(2, 3), c;

	const nn::Error product = error_of([&] { c = a * b; });
	EXPECT_EQ(product.code, NN_BUG);
	EXPECT_NE(std::string(product.message).find("matrix assertion failed: "), std::string::npos);
	EXPECT_EQ(error_of([&] { c = a + b.transpose(); }).code, NN_BUG);
	EXPECT_EQ(error_of([&] { c(0, 0) = a(2, 0); }).code, NN_BUG);
	c = a * b.transpose();
	EXPECT_EQ(c(1, 1), 3);
}

} // namespace
