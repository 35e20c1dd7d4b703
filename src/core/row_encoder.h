/*
 * row_encoder.h: whole rows through the encodings of their columns, numbers side by side in one go.
 */
#ifndef PGNN_ROW_ENCODER_H
#define PGNN_ROW_ENCODER_H

#include <vector>

#include "core/encoding.h"

namespace nn
{

class RowEncoder
{
public:
	// The encodings of the columns, in their order; both must outlive it.
	RowEncoder(const std::vector<Column> &columns, const std::vector<Encoding> &encodings);

	// From a row as it was read to its cells. The two must not overlap.
	void encode(const unsigned char *row, bool held_out, unsigned char *to) const;

private:
	struct Run
	{
		bool wide;
		size_t first, columns;
		size_t from, to; // offsets
		std::vector<double> mean, scale;
	};

	template <class T>
	static void encode_run(const Run &run, const unsigned char *row, unsigned char *to);
	void encode_singly(size_t first, size_t count, const unsigned char *row, bool held_out,
					   unsigned char *to) const;

	const std::vector<Column> &columns_;
	const std::vector<Encoding> &encodings_;
	std::vector<Run> runs_;
	std::vector<size_t> texts_;
};

} // namespace nn

#endif
