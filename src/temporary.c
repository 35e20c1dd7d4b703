/*
 * temporary.c: rows of a dataset in temporary files of PostgreSQL, which count against temp_file_limit,
 * lie in temp_tablespaces, and go with the statement.
 *
 * The core reads them by itself, through descriptors of its own.
 */
#include "postgres.h"

#include <unistd.h>

#include "commands/tablespace.h"
#include "miscadmin.h"
#include "utils/wait_event.h"

#include "temporary.h"

static void
write_block(File file, const nn_block *block)
{
	int64 written;

	errno = 0;
	written = FileWrite(file, (char *) block->data, block->bytes, block->offset,
						WAIT_EVENT_BUFFILE_WRITE);
	if (written == (int64) block->bytes)
		return;
	if (errno == 0)
		errno = ENOSPC;
	ereport(ERROR, errcode_for_file_access(),
			errmsg("could not write training rows to a temporary file: %m"),
			errhint("Rows that don't fit maintenance_work_mem go there."));
}

void
temporary_write(TemporaryFiles *files, nn_dataset *dataset)
{
	nn_block block;

	while (nn_dataset_block(dataset, &block))
	{
		bool is_new = !files->open[block.file];
		int descriptor;

		CHECK_FOR_INTERRUPTS();
		if (is_new)
		{
			PrepareTempTablespaces();
			files->file[block.file] = OpenTemporaryFile(false);
			files->open[block.file] = true;
		}
		write_block(files->file[block.file], &block);
		files->bytes += block.bytes;
		if (!is_new)
			continue;
		descriptor = dup(FileGetRawDesc(files->file[block.file]));
		if (descriptor < 0)
			ereport(ERROR, errcode_for_file_access(),
					errmsg("could not open a temporary file again: %m"));
		nn_dataset_open(dataset, block.file, descriptor);
	}
}

void
temporary_close(TemporaryFiles *files, int end)
{
	for (int i = 0; i < end; i++)
	{
		if (files->open[i])
			FileClose(files->file[i]);
		files->open[i] = false;
	}
}
