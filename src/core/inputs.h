/*
 * inputs.h: what goes into the first layer: numbers, and categories, of which a row has one at most of
 * each text column. These are never expanded into zeros and ones: a category's weights are added
 * where it occurs, and its gradient is summed up where it occurs.
 */
#ifndef PGNN_INPUTS_H
#define PGNN_INPUTS_H

#include <cstdint>
#include <vector>

#include "core/eigen.h"
#include "core/kernels.h"

namespace nn
{

constexpr uint32_t kNoCategory = UINT32_MAX;

// Which of a network's inputs are numbers, and which the categories of a text column.
struct InputLayout
{
	struct Piece
	{
		Index inputs;
		bool category;
	};

	std::vector<Piece> pieces; // in the order of the inputs
	Index numbers = 0, categories = 0;
	Index columns = 0; // of text

	// The next inputs: some numbers, or the categories of one column.
	void add(Index inputs, bool category);
};

// Some rows' inputs.
template <class T> struct Inputs
{
	Inputs(const T *x) : numbers(x) {} // all of them

	Inputs(const InputLayout &l, const T *x, const uint32_t *c, const T *f)
		: numbers(x), layout(&l), codes(c), factors(f)
	{}

	const T *numbers;                    // (rows, numbers)
	const InputLayout *layout = nullptr; // where there are other inputs than numbers
	const uint32_t *codes = nullptr;     // (rows, columns): which of all categories, or kNoCategory
	const T *factors = nullptr;          // (rows, columns): by what it counts; nullptr: 1
};

// Of the weights W (outputs x inputs) of some outputs those of the numbers, (outputs x numbers), and
// of the categories, transposed: (categories x outputs), table_row apart. And back.
template <class T>
void split_weights(const InputLayout &layout, const T *W, Index outputs, T *numbers, T *table,
				   Index table_row);
template <class T>
void join_weights(const InputLayout &layout, const T *numbers, const T *table, Index outputs, T *W);

// Z (rows x outputs) = b + the weights of each row's categories, from the table (categories x
// outputs).
template <class T>
void start_from_categories(const Inputs<T> &inputs, Index rows, const T *b, const T *table,
						   Index outputs, T *Z);

// Adds dZ (rows x outputs), dZ_row apart, to the rows of the table (categories x outputs) that are
// those of each row's categories.
template <class T>
void add_to_categories(const Inputs<T> &inputs, Index rows, const T *dZ, Index dZ_row,
					   Index outputs, T *table);

} // namespace nn

#endif
