#include "core/products.h"

namespace nn
{

namespace
{

ConstMatrixMap<double> matrix(const double *elements, size_t rows, size_t columns)
{
	return {elements, static_cast<Index>(rows), static_cast<Index>(columns)};
}

MatrixMap<double> matrix(double *elements, size_t rows, size_t columns)
{
	return {elements, static_cast<Index>(rows), static_cast<Index>(columns)};
}

constexpr double kSlope = 0.01; // of leaky_relu below 0
static_assert(static_cast<float>(kSlope) == kLeakySlope);

double slope(Rectifier f)
{
	return f == Rectifier::kNone ? 1 : f == Rectifier::kRelu ? 0 : kSlope;
}

} // namespace

void layer_forward(const LayerShape &s, const double *A, const double *W, const double *b,
				   Rectifier f, double *C, double *)
{
	auto Z = matrix(C, s.rows, s.outputs);

	Z.noalias() = matrix(A, s.rows, s.inputs) * matrix(W, s.outputs, s.inputs).transpose();
	Z.rowwise() += matrix(b, 1, s.outputs).row(0);
	if (f != Rectifier::kNone)
		Z = (Z.array() > 0).select(Z, slope(f) * Z);
}

void layer_backward_data(const LayerShape &s, const double *dZ, const double *W, Rectifier f,
						 const double *A, double *D, double *)
{
	auto dA = matrix(D, s.rows, s.inputs);

	dA.noalias() = matrix(dZ, s.rows, s.outputs) * matrix(W, s.outputs, s.inputs);
	if (f != Rectifier::kNone)
		dA = (matrix(A, s.rows, s.inputs).array() > 0).select(dA, slope(f) * dA);
}

void layer_backward_weights(const LayerShape &s, const double *dZ, const double *A, Sum sum,
							double *dW, double *db, double *)
{
	auto weights = matrix(dW, s.outputs, s.inputs);
	auto biases = matrix(db, 1, s.outputs);

	if (sum == Sum::kSet)
	{
		weights.setZero();
		biases.setZero();
	}
	weights.noalias() += matrix(dZ, s.rows, s.outputs).transpose() * matrix(A, s.rows, s.inputs);
	biases += matrix(dZ, s.rows, s.outputs).colwise().sum();
}

} // namespace nn
