/*
 * files.h: where a dataset's rows go that don't fit the memory, as the C side does it: files without a
 * name, whose reads can be told to fail.
 */
#ifndef PGNN_TEST_FILES_H
#define PGNN_TEST_FILES_H

#include <atomic>

#include "core/api.h"

namespace files
{

class Files
{
public:
	Files() = default;
	Files(Files &&other);
	Files &operator=(Files &&other);
	~Files() { close(); }

	// Writes what the dataset wants written; takes no memory of the program's.
	void write(nn_dataset *dataset);

	void close();
	int64_t size(int file) const;

private:
	int descriptors_[NN_FILES] = {-1, -1, -1, -1};
};

// Makes room for the next row.
inline void spill(Files &files, nn_dataset *dataset, nn_status &status)
{
	for (bool more = true; more && status.code == NN_OK; files.write(dataset))
		more = nn_dataset_spill(dataset, &status);
}

// How a read goes wrong, from the one of that number on: which is counted down.
enum class Fault
{
	kNone,
	kError,      // it gives an error
	kEnd,        // it finds nothing more
	kInterrupted // every other one is interrupted, and none reads more than 1000 bytes: no fault at all
};

extern Fault fault;
extern std::atomic<int64_t> reads_before;

} // namespace files

#endif
