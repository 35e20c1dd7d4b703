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

void layer_pack(const double *W, size_t inputs, size_t outputs, double *packed)
{
	matrix(packed, outputs, inputs) = matrix(W, outputs, inputs);
}

void layer_forward_packed(const LayerShape &shape, const double *A, const double *packed,
						  const double *b, Rectifier f, double *C)
{
	if (b != nullptr)
		return layer_forward(shape, A, packed, b, f, C, nullptr);
	auto Z = matrix(C, shape.rows, shape.outputs);
	const Matrix<double> start = Z;
	const Matrix<double> none = Matrix<double>::Zero(1, Z.cols());
	layer_forward(shape, A, packed, none.data(), Rectifier::kNone, C, nullptr);
	Z += start;
	if (f != Rectifier::kNone)
		Z = (Z.array() > 0).select(Z, slope(f) * Z);
}

void add_multiple(double factor, Index n, const double *x, double *y)
{
	matrix(y, 1, static_cast<size_t>(n)) += factor * matrix(x, 1, static_cast<size_t>(n));
}

void layer_backward_weights(const LayerShape &s, const double *deltas, size_t row, const double *A,
							Sum sum, double *dW, double *db, double *)
{
	const Eigen::Map<const Matrix<double>, 0, Eigen::OuterStride<>> dZ(
		deltas, static_cast<Index>(s.rows), static_cast<Index>(s.outputs),
		Eigen::OuterStride<>(static_cast<Index>(row)));
	auto weights = matrix(dW, s.outputs, s.inputs);
	auto biases = matrix(db, 1, s.outputs);

	if (sum == Sum::kSet)
	{
		weights.setZero();
		biases.setZero();
	}
	weights.noalias() += dZ.transpose() * matrix(A, s.rows, s.inputs);
	biases += dZ.colwise().sum();
}

} // namespace nn
