/*
 * window.h: encoded rows of a file of which only some are in memory: as many blocks as fit, in the order
 * of a pass. Each filling takes the place of the one before it.
 *
 * Blocks in random order, and rows in random order within a filling, mix nearly as well as all rows at
 * once would (L. Xu et al., "In-database machine learning with CorgiPile", SIGMOD 2022); the more so as
 * canonical order has nothing to do with what the rows say.
 */
#ifndef PGNN_WINDOW_H
#define PGNN_WINDOW_H

#include <memory>
#include <vector>

#include "core/random.h"
#include "core/temporary.h"

namespace nn
{

class Window
{
public:
	// With so many bytes for rows. Throws NN_LIMIT where that isn't enough.
	Window(size_t row_bytes, size_t block_rows, size_t bytes);

	// Starts a pass through the rows of a file; random: with its blocks in random order.
	void begin(const StoredRows &stored, Random *random);

	// Goes on to the next filling.
	void next();

	// Loads a block of the filling; false where all are loaded.
	bool load();

	// Rows of the filling, in the order of the pass: the first and how many, once all is loaded.
	size_t first() const { return first_; }
	size_t rows() const { return rows_; }

	// One of them, and its place in canonical order.
	const unsigned char *row(size_t number) const { return memory_.get() + number * stride_; }
	size_t place(size_t number) const
	{
		return size_t(filling_[number / block_rows_]) * block_rows_ + number % block_rows_;
	}

private:
	size_t rows_of(uint32_t block) const;

	const size_t stride_, block_rows_, blocks_;
	std::unique_ptr<unsigned char[]> memory_;
	StoredRows stored_;
	std::vector<uint32_t> order_;   // of the pass's blocks
	std::vector<uint32_t> filling_; // blocks in memory; all but the last are whole
	size_t next_block_ = 0, loaded_ = 0;
	size_t first_ = 0, rows_ = 0;
};

} // namespace nn

#endif
