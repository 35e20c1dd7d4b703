#include "core/temporary.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "core/checked.h"

namespace nn
{

void TemporaryFile::open(int descriptor)
{
	close();
	descriptor_ = descriptor;
}

void TemporaryFile::close()
{
	if (descriptor_ >= 0)
		::close(descriptor_);
	descriptor_ = -1;
}

void TemporaryFile::read(size_t offset, void *data, size_t bytes) const
{
	unsigned char *to = static_cast<unsigned char *>(data);

	while (bytes > 0)
	{
		const ssize_t n = pread(descriptor_, to, bytes, static_cast<off_t>(offset));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			throw Error(NN_IO, "could not read a temporary file: %s",
						n < 0 ? strerror(errno) : "it is shorter than what was written");
		to += n;
		offset += static_cast<size_t>(n);
		bytes -= static_cast<size_t>(n);
	}
}

void TemporaryFile::read_ahead(size_t offset, size_t bytes) const
{
#ifdef POSIX_FADV_WILLNEED
	static_cast<void>(posix_fadvise(descriptor_, static_cast<off_t>(offset),
									static_cast<off_t>(bytes), POSIX_FADV_WILLNEED));
#else
	static_cast<void>(offset + bytes);
#endif
}

Output::Output(TemporaryFile &file, size_t stride, size_t block_rows)
	: file_(file), stride_(stride), block_rows_(block_rows), start_(file.size),
	  buffer_(new unsigned char[checked_multiply(stride, block_rows)])
{}

bool Output::take(size_t &offset, const void *&data, size_t &bytes)
{
	if (rows_ == 0)
		return false;
	offset = file_.size;
	data = buffer_.get();
	bytes = rows_ * stride_;
	file_.size += bytes;
	total_ += rows_;
	rows_ = 0;
	return true;
}

Input::Input(const StoredRows &stored, size_t block_rows)
	: stored_(stored), block_rows_(block_rows),
	  buffer_(new unsigned char[checked_multiply(stored.stride, block_rows)])
{}

void Input::load()
{
	first_ = place_;
	loaded_ = std::min(block_rows_, stored_.rows - place_);
	stored_.read(first_, loaded_, buffer_.get());
}

} // namespace nn
