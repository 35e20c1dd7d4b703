#include "eigen_peer.h"

#include <Eigen/Core>

namespace eigen_peer
{

namespace
{

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using In = Eigen::Map<const Matrix>;
using Out = Eigen::Map<Matrix>;
using Row = Eigen::Map<Eigen::RowVectorXf>;
using ConstRow = Eigen::Map<const Eigen::RowVectorXf>;

struct Sizes
{
	explicit Sizes(const LayerShape &shape)
		: rows(static_cast<Eigen::Index>(shape.rows)), in(static_cast<Eigen::Index>(shape.inputs)),
		  out(static_cast<Eigen::Index>(shape.outputs))
	{}
	Eigen::Index rows, in, out;
};

} // namespace

void forward(const LayerShape &shape, const float *A, const float *W, const float *b, bool relu,
			 float *C)
{
	const Sizes s(shape);
	Out c(C, s.rows, s.out);

	c.noalias() = In(A, s.rows, s.in) * In(W, s.out, s.in).transpose();
	c.rowwise() += ConstRow(b, s.out);
	if (relu)
		c = c.cwiseMax(0.0f);
}

void backward_data(const LayerShape &shape, const float *dZ, const float *W, const float *A,
				   float *D)
{
	const Sizes s(shape);
	Out d(D, s.rows, s.in);

	d.noalias() = In(dZ, s.rows, s.out) * In(W, s.out, s.in);
	d = (In(A, s.rows, s.in).array() > 0.0f).select(d, 0.0f);
}

void backward_weights(const LayerShape &shape, const float *dZ, const float *A, float *dW,
					  float *db)
{
	const Sizes s(shape);
	const In dz(dZ, s.rows, s.out);

	Out(dW, s.out, s.in).noalias() = dz.transpose() * In(A, s.rows, s.in);
	Row(db, s.out) = dz.colwise().sum();
}

} // namespace eigen_peer
