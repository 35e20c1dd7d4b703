/*
 * temporary.h: rows in temporary files. The core reads them by itself, through a descriptor it is
 * given; what is to be written it hands out in blocks (see nn_dataset_block).
 */
#ifndef PGNN_TEMPORARY_H
#define PGNN_TEMPORARY_H

#include <cstddef>
#include <cstdint>
#include <memory>

namespace nn
{

class TemporaryFile
{
public:
	TemporaryFile() = default;
	TemporaryFile(const TemporaryFile &) = delete;
	TemporaryFile &operator=(const TemporaryFile &) = delete;
	~TemporaryFile() { close(); }

	// Takes over a descriptor to read by.
	void open(int descriptor);
	void close();

	// Throws NN_IO.
	void read(size_t offset, void *data, size_t bytes) const;

	// Asks the system to have these bytes at hand soon.
	void read_ahead(size_t offset, size_t bytes) const;

	size_t size = 0; // bytes written, or on their way

private:
	int descriptor_ = -1;
};

// Rows of equal length one after another in a file.
struct StoredRows
{
	const TemporaryFile *file = nullptr;
	size_t offset = 0, stride = 0, rows = 0;

	void read(size_t first, size_t n, void *data) const
	{
		file->read(offset + first * stride, data, n * stride);
	}
	void read_ahead(size_t first, size_t n) const
	{
		file->read_ahead(offset + first * stride, n * stride);
	}
};

// Rows on their way to the end of a file.
class Output
{
public:
	Output(TemporaryFile &file, size_t stride, size_t block_rows);

	// Where the next row goes; there must be room.
	unsigned char *next() { return buffer_.get() + rows_++ * stride_; }
	bool full() const { return rows_ == block_rows_; }

	// Hands out what is there; false where there is nothing. It must be written before the next row.
	bool take(size_t &offset, const void *&data, size_t &bytes);

	// The rows that went through.
	StoredRows stored() const { return {&file_, start_, stride_, total_ + rows_}; }

private:
	TemporaryFile &file_;
	const size_t stride_, block_rows_, start_;
	std::unique_ptr<unsigned char[]> buffer_;
	size_t rows_ = 0, total_ = 0;
};

// Rows of a file one after another, a block of them in memory.
class Input
{
public:
	Input(const StoredRows &stored, size_t block_rows);

	bool ended() const { return place_ == stored_.rows; }
	const unsigned char *row() const { return buffer_.get() + (place_ - first_) * stored_.stride; }

	// Whether row() isn't in memory yet: load() reads it and those behind it.
	bool missing() const { return place_ == first_ + loaded_ && !ended(); }
	void load();
	void advance() { place_++; }

	// Up to which row they are in memory.
	size_t loaded() const { return first_ + loaded_; }

private:
	const StoredRows stored_;
	const size_t block_rows_;
	std::unique_ptr<unsigned char[]> buffer_;
	size_t first_ = 0, loaded_ = 0, place_ = 0;
};

} // namespace nn

#endif
