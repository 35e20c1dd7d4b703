/*
 * expander.h: from an encoded row (4 bytes for each number, one code for each text) to the inputs of
 * the network: numbers, and codes of categories.
 */
#ifndef PGNN_EXPANDER_H
#define PGNN_EXPANDER_H

#include <cstddef>
#include <vector>

#include "core/encoder.h"
#include "core/inputs.h"

namespace nn
{

class Expander
{
public:
	// The next feature, whose cells start offset bytes into a row; nulls: it may be NULL there, which
	// is a NaN, or the code behind those of all categories. A code beyond its inputs is no category.
	void add(const Feature &feature, size_t offset, bool nulls);

	// The inputs of a row: its numbers to x and its codes to codes, which it moves to their ends.
	void expand(const unsigned char *row, float *&x, uint32_t *&codes) const;

	const InputLayout &layout() const { return layout_; }

private:
	enum class Kind
	{
		kCopy,    // numbers of one feature, or of several side by side
		kFill,    // numbers of which some may be NaN: 0
		kMissing, // the same, and 1 in the input behind them
		kCategory
	};

	struct Piece
	{
		Kind kind;
		size_t offset; // of the first cell in a row
		size_t cells;
		size_t inputs;
		uint32_t first; // of a category's inputs, among those of all
	};

	std::vector<Piece> pieces_;
	InputLayout layout_;
};

} // namespace nn

#endif
