/*
 * encoding.h: how the values of one column become the cells of an encoded row: 4 bytes for each
 * number, which is then standardised, or for the code of a text.
 */
#ifndef PGNN_ENCODING_H
#define PGNN_ENCODING_H

#include <memory>
#include <string>
#include <vector>

#include "core/encoder.h"
#include "core/statistics.h"

namespace nn
{

// Room for the elements of an array.
struct Elements
{
	std::unique_ptr<double[]> numbers;
	std::unique_ptr<bool[]> nulls;
	size_t size = 0;

	void reserve(size_t n);
};

class Encoding
{
public:
	// From the statistics of the training rows. offset: of the cells in an encoded row; imputed:
	// NULLs get an input of their own; rate: a target whose logarithm is predicted. Throws
	// NN_NOT_FINITE for numbers that can't be standardised.
	Encoding(const Column &column, const Statistics::Of &statistics, size_t offset, bool imputed,
			 bool rate);

	// The same as in a model to go on from: categories that are new count as none of the known ones.
	// Throws NN_INVALID for arrays of another length.
	void take_over(const Column &column, const Statistics::Of &statistics, const Feature &known);

	// Classes of a target become their places among those of the model to go on from. Throws
	// NN_INVALID for a class that it doesn't know.
	void take_over_classes(const std::vector<std::string> &classes);

	// A numeric target is standardised as that of the model to go on from, which has at least as many
	// outputs as the target has elements.
	void take_over_target(const std::vector<double> &mean, const std::vector<double> &scale);

	// Weights become multiples of a unit, so that none is too large or small for a float32.
	void set_unit(double unit);

	const Feature &feature() const { return feature_; }
	size_t offset() const { return offset_; }

	// Of a dictionary's code, from 1: its category or class.
	uint32_t cell(size_t code) const { return cells_[code - 1]; }
	size_t codes() const { return cells_.size(); }

	// The texts in the order of cells.
	const std::vector<std::string> &texts() const { return texts_; }

	// Writes the cells of a row as it was read; held-out numbers go no farther than kMaxDeviations or
	// the training rows did.
	void encode(const Column &column, const unsigned char *row, bool held_out,
				unsigned char *to) const;

	// The value in an encoded row as it was read, to float32's precision. Numbers live in elements.
	nn_value decode(const unsigned char *row, Elements &elements) const;

private:
	Feature feature_;
	size_t offset_;
	std::vector<double> reach_;   // of numbers, in deviations from the mean
	std::vector<uint32_t> cells_; // of the dictionary's codes
	uint32_t null_cell_ = 0;
	std::vector<std::string> texts_;
};

} // namespace nn

#endif
