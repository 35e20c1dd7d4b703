/*
 * error.h: the one exception that the core throws on purpose; api.cpp turns it into an nn_status.
 */
#ifndef PGNN_ERROR_H
#define PGNN_ERROR_H

#include <cstdarg>
#include <cstdio>
#include <exception>

#include "core/api.h"

namespace nn
{

// Holds its texts in place, so that throwing one needs no memory beyond its own.
class Error : public std::exception
{
public:
	// message and hint are formats; hint may be empty. Both follow PostgreSQL's message style.
	__attribute__((format(printf, 3, 4))) Error(nn_code error_code, const char *format, ...)
		: code(error_code)
	{
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(message, sizeof(message), format, arguments);
		va_end(arguments);
	}

	__attribute__((format(printf, 2, 3))) Error &with_hint(const char *format, ...)
	{
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(hint, sizeof(hint), format, arguments);
		va_end(arguments);
		return *this;
	}

	const char *what() const noexcept override { return message; }

	nn_code code;
	char message[sizeof(nn_status::message)] = "";
	char hint[sizeof(nn_status::hint)] = "";
};

} // namespace nn

#endif
