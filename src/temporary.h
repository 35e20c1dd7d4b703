/*
 * temporary.h: rows of a dataset in temporary files of PostgreSQL.
 */
#ifndef PGNN_TEMPORARY_H
#define PGNN_TEMPORARY_H

#include "storage/fd.h"

#include "core/api.h"

/* All zero: none is open. */
typedef struct TemporaryFiles
{
	bool open[NN_FILES];
	File file[NN_FILES];
	int64 bytes; /* written to all of them, closed ones included */
} TemporaryFiles;

/* Writes the blocks that a dataset asks to be written; to be called after each step of its work. */
extern void temporary_write(TemporaryFiles *files, nn_dataset *dataset);

/* Removes the files before that number. After an error PostgreSQL does so. */
extern void temporary_close(TemporaryFiles *files, int end);

#endif
