#include "core/expander.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace nn
{

namespace
{

// Replaces every NaN by 0, the mean; true where there was one.
bool fill_missing(float *x, size_t n)
{
	bool missing = false;

	for (size_t i = 0; i < n; i++)
		if (std::isnan(x[i]))
		{
			x[i] = 0;
			missing = true;
		}
	return missing;
}

} // namespace

void Expander::add(const Feature &feature, size_t offset, bool nulls)
{
	const size_t cells = feature.kind == NN_CATEGORY ? 1 : feature.mean.size();
	const size_t inputs = static_cast<size_t>(feature.inputs());
	const Kind kind = feature.kind == NN_CATEGORY ? Kind::kCategory
					  : feature.missing_input     ? Kind::kMissing
					  : nulls                     ? Kind::kFill
												  : Kind::kCopy;

	const uint32_t first = static_cast<uint32_t>(layout_.categories);

	if (inputs == 0)
		return;
	layout_.add(static_cast<Index>(inputs), kind == Kind::kCategory);
	if (kind == Kind::kCopy && !pieces_.empty())
	{
		Piece &last = pieces_.back();
		if (last.kind == kind && last.offset + sizeof(float) * last.cells == offset)
		{
			last.cells += cells;
			last.inputs += inputs;
			return;
		}
	}
	pieces_.push_back({kind, offset, cells, inputs, first});
}

void Expander::expand(const unsigned char *row, float *&x, uint32_t *&codes) const
{
	for (const Piece &piece : pieces_)
	{
		const unsigned char *cells = row + piece.offset;

		if (piece.kind == Kind::kCategory)
		{
			uint32_t code;
			memcpy(&code, cells, sizeof(code));
			*codes++ = code < piece.inputs ? piece.first + code : kNoCategory;
			continue;
		}
		memcpy(x, cells, piece.cells * sizeof(float));
		if (piece.kind == Kind::kMissing)
			x[piece.cells] = fill_missing(x, piece.cells) ? 1.0f : 0.0f;
		else if (piece.kind == Kind::kFill)
			fill_missing(x, piece.cells);
		x += piece.inputs;
	}
}

} // namespace nn
