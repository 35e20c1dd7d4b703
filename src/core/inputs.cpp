#include "core/inputs.h"

#include <algorithm>

#include "core/products.h"

namespace nn
{

namespace
{

template <class T> using Strided = Eigen::Map<Matrix<T>, 0, Eigen::OuterStride<>>;
template <class T> using ConstStrided = Eigen::Map<const Matrix<T>, 0, Eigen::OuterStride<>>;

// Calls each(code, factor, row) for every category of every row, row by row.
template <class T, class Each> void each_category(const Inputs<T> &inputs, Index rows, Each each)
{
	const Index columns = inputs.layout->columns;

	for (Index row = 0; row < rows; row++)
		for (Index i = row * columns; i < (row + 1) * columns; i++)
			if (inputs.codes[i] != kNoCategory)
				each(static_cast<Index>(inputs.codes[i]),
					 inputs.factors != nullptr ? inputs.factors[i] : T(1), row);
}

} // namespace

void InputLayout::add(Index inputs, bool category)
{
	(category ? categories : numbers) += inputs;
	columns += category;
	if (!pieces.empty() && pieces.back().category == category)
		pieces.back().inputs += inputs;
	else
		pieces.push_back({inputs, category});
}

template <class T>
void split_weights(const InputLayout &layout, const T *W, Index outputs, T *numbers, T *table,
				   Index table_row)
{
	const Index inputs = layout.numbers + layout.categories;
	Index input = 0, number = 0, category = 0;

	for (const InputLayout::Piece &piece : layout.pieces)
	{
		const ConstStrided<T> from(W + input, outputs, piece.inputs, Eigen::OuterStride<>(inputs));
		if (piece.category)
			Strided<T>(table + category * table_row, piece.inputs, outputs,
					   Eigen::OuterStride<>(table_row)) = from.transpose();
		else
			Strided<T>(numbers + number, outputs, piece.inputs,
					   Eigen::OuterStride<>(layout.numbers)) = from;
		input += piece.inputs;
		(piece.category ? category : number) += piece.inputs;
	}
}

template <class T>
void join_weights(const InputLayout &layout, const T *numbers, const T *table, Index outputs, T *W)
{
	const Index inputs = layout.numbers + layout.categories;
	Index input = 0, number = 0, category = 0;

	for (const InputLayout::Piece &piece : layout.pieces)
	{
		Strided<T> to(W + input, outputs, piece.inputs, Eigen::OuterStride<>(inputs));
		if (piece.category)
			to = ConstMatrixMap<T>(table + category * outputs, piece.inputs, outputs).transpose();
		else
			to = ConstStrided<T>(numbers + number, outputs, piece.inputs,
								 Eigen::OuterStride<>(layout.numbers));
		input += piece.inputs;
		(piece.category ? category : number) += piece.inputs;
	}
}

template <class T>
void start_from_categories(const Inputs<T> &inputs, Index rows, const T *b, const T *table,
						   Index outputs, T *Z)
{
	for (Index row = 0; row < rows; row++)
		std::copy(b, b + outputs, Z + row * outputs);
	each_category(inputs, rows, [&](Index code, T factor, Index row) {
		add_multiple(factor, outputs, table + code * outputs, Z + row * outputs);
	});
}

template <class T>
void add_to_categories(const Inputs<T> &inputs, Index rows, const T *dZ, Index dZ_row,
					   Index outputs, T *table)
{
	each_category(inputs, rows, [&](Index code, T factor, Index row) {
		add_multiple(factor, outputs, dZ + row * dZ_row, table + code * outputs);
	});
}

template void split_weights<float>(const InputLayout &, const float *, Index, float *, float *,
								   Index);
template void split_weights<double>(const InputLayout &, const double *, Index, double *, double *,
									Index);
template void join_weights<float>(const InputLayout &, const float *, const float *, Index,
								  float *);
template void join_weights<double>(const InputLayout &, const double *, const double *, Index,
								   double *);
template void start_from_categories<float>(const Inputs<float> &, Index, const float *,
										   const float *, Index, float *);
template void start_from_categories<double>(const Inputs<double> &, Index, const double *,
											const double *, Index, double *);
template void add_to_categories<float>(const Inputs<float> &, Index, const float *, Index, Index,
									   float *);
template void add_to_categories<double>(const Inputs<double> &, Index, const double *, Index, Index,
										double *);

} // namespace nn
