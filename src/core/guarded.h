/*
 * guarded.h: what stands around each function of the C boundary, and the only place that catches,
 * beside the threads.
 */
#ifndef PGNN_GUARDED_H
#define PGNN_GUARDED_H

#include <cstdio>
#include <exception>
#include <new>

#include "core/error.h"

namespace nn
{

inline void fail(nn_status *status, nn_code code, const char *message, const char *hint = "")
{
	status->code = code;
	snprintf(status->message, sizeof(status->message), "%s", message);
	snprintf(status->hint, sizeof(status->hint), "%s", hint);
}

// Runs body; whatever it throws ends as a status.
template <class Body> void guarded(nn_status *status, Body body) noexcept
{
	status->code = NN_OK;
	status->message[0] = status->hint[0] = '\0';
	try
	{
		body();
	}
	catch (const Error &error)
	{
		fail(status, error.code, error.message, error.hint);
	}
	catch (const std::bad_alloc &)
	{
		fail(status, NN_NO_MEMORY, "out of memory");
	}
	catch (const std::exception &error)
	{
		fail(status, NN_BUG, error.what());
	}
	catch (...)
	{
		fail(status, NN_BUG, "unknown C++ exception");
	}
}

} // namespace nn

#endif
