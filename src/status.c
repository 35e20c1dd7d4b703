/*
 * status.c: core status -> SQLSTATE, message, hint; and the ownership of core handles.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "status.h"

static int
sqlstate(nn_code code)
{
	switch (code)
	{
		case NN_OK:
			return ERRCODE_SUCCESSFUL_COMPLETION;
		case NN_INVALID:
			return ERRCODE_INVALID_PARAMETER_VALUE;
		case NN_BAD_DATA:
			return ERRCODE_DATA_EXCEPTION;
		case NN_NOT_FINITE:
			return ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE;
		case NN_LIMIT:
			return ERRCODE_PROGRAM_LIMIT_EXCEEDED;
		case NN_NO_MEMORY:
			return ERRCODE_OUT_OF_MEMORY;
		case NN_CORRUPT:
			return ERRCODE_DATA_CORRUPTED;
		case NN_IO:
			return ERRCODE_IO_ERROR;
		case NN_BUG:
			break;
	}
	return ERRCODE_INTERNAL_ERROR;
}

/* The core shortens names byte by byte: what is left of half a character becomes a question mark. */
static char *
whole_characters(const char *text)
{
	char *result = pstrdup(text);

	for (char *p = result; *p != '\0';)
	{
		int length = pg_encoding_verifymbchar(GetDatabaseEncoding(), p, (int) strlen(p));

		if (length < 1)
			*p = '?';
		p += Max(length, 1);
	}
	return result;
}

void
check_status(const nn_status *status)
{
	if (status->code != NN_OK)
		ereport(ERROR, errcode(sqlstate(status->code)),
				errmsg("%s", whole_characters(status->message)),
				status->hint[0] != '\0' ? errhint("%s", whole_characters(status->hint)) : 0);
}

void
report_warning(const nn_status *warning)
{
	ereport(WARNING, errmsg("%s", whole_characters(warning->message)),
			warning->hint[0] != '\0' ? errhint("%s", whole_characters(warning->hint)) : 0);
}

typedef struct Owner
{
	MemoryContextCallback callback;
	void *handle;
	void (*release)(void *handle);
} Owner;

static void
release_handle(void *arg)
{
	Owner *owner = arg;

	owner->release(owner->handle);
	owner->handle = NULL;
}

void **
own(MemoryContext context, void (*release)(void *handle))
{
	Owner *owner = MemoryContextAllocZero(context, sizeof(Owner));

	owner->release = release;
	owner->callback.func = release_handle;
	owner->callback.arg = owner;
	MemoryContextRegisterResetCallback(context, &owner->callback);
	return &owner->handle;
}
