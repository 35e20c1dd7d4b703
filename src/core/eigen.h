/*
 * eigen.h: the only place that includes Eigen, so that every file sees it with the same settings.
 *
 * A failed eigen_assert throws instead of aborting the server; Eigen's own threads are off.
 */
#ifndef PGNN_EIGEN_H
#define PGNN_EIGEN_H

#include "core/error.h"

#define EIGEN_DONT_PARALLELIZE
#define EIGEN_NO_IO
#define EIGEN_MAX_ALIGN_BYTES 64 // a cache line, of which the kernels load vectors
#define EIGEN_MAX_STATIC_ALIGN_BYTES 16
#define eigen_assert(condition)                                                                    \
	do                                                                                             \
	{                                                                                              \
		if (!(condition))                                                                          \
			throw nn::Error(NN_BUG, "matrix assertion failed: %s", #condition);                    \
	} while (false)

#include <Eigen/Core>

namespace nn
{

using Eigen::Index;

template <class T> using Matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
template <class T> using MatrixMap = Eigen::Map<Matrix<T>>;
template <class T> using ConstMatrixMap = Eigen::Map<const Matrix<T>>;
template <class T> using Vector = Eigen::Matrix<T, Eigen::Dynamic, 1>;
template <class T> using RowVectorMap = Eigen::Map<Eigen::Matrix<T, 1, Eigen::Dynamic>>;
template <class T> using ConstRowVectorMap = Eigen::Map<const Eigen::Matrix<T, 1, Eigen::Dynamic>>;
template <class T> using ArrayMap = Eigen::Map<Eigen::Array<T, Eigen::Dynamic, 1>>;
template <class T> using ConstArrayMap = Eigen::Map<const Eigen::Array<T, Eigen::Dynamic, 1>>;

} // namespace nn

#endif
