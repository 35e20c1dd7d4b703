#include "core/row_encoder.h"

namespace nn
{

RowEncoder::RowEncoder(const std::vector<Column> &columns, const std::vector<Encoding> &encodings)
	: columns_(columns), encodings_(encodings)
{
	for (size_t c = 0; c < columns.size(); c++)
	{
		const Column &column = columns[c];
		const Feature &feature = encodings[c].feature();

		if (column.text())
		{
			texts_.push_back(c);
			continue;
		}
		if (runs_.empty() || runs_.back().wide != column.wide ||
			runs_.back().first + runs_.back().columns != c)
			runs_.push_back({column.wide, c, 0, column.offset, encodings[c].offset(), {}, {}});
		Run &run = runs_.back();
		run.columns++;
		run.mean.insert(run.mean.end(), feature.mean.begin(), feature.mean.end());
		run.scale.insert(run.scale.end(), feature.scale.begin(), feature.scale.end());
	}
}

template <class T>
void RowEncoder::encode_run(const Run &run, const unsigned char *row, unsigned char *to)
{
	const T *x = reinterpret_cast<const T *>(row + run.from);
	float *z = reinterpret_cast<float *>(to + run.to);

	for (size_t k = 0; k < run.mean.size(); k++) // as Feature::standardised()
		z[k] = static_cast<float>((static_cast<double>(x[k]) - run.mean[k]) / run.scale[k]);
}

void RowEncoder::encode_singly(size_t first, size_t count, const unsigned char *row, bool held_out,
							   unsigned char *to) const
{
	for (size_t c = first; c < first + count; c++)
		encodings_[c].encode(columns_[c], row, held_out, to + encodings_[c].offset());
}

void RowEncoder::encode(const unsigned char *row, bool held_out, unsigned char *to) const
{
	for (const Run &run : runs_)
		if (held_out)
			encode_singly(run.first, run.columns, row, held_out, to);
		else if (run.wide)
			encode_run<double>(run, row, to);
		else
			encode_run<float>(run, row, to);
	for (size_t c : texts_)
		encode_singly(c, 1, row, held_out, to);
}

} // namespace nn
