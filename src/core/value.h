/*
 * value.h: questions about one value of one row.
 */
#ifndef PGNN_VALUE_H
#define PGNN_VALUE_H

#include <algorithm>

#include "core/api.h"

namespace nn
{

// True for NULL, and for an array with a NULL element.
inline bool holds_null(const nn_value &value)
{
	if (value.type == NN_NULL_VALUE)
		return true;
	if (value.nulls == nullptr ||
		(value.type != NN_FLOAT4_VALUES && value.type != NN_FLOAT8_VALUES))
		return false;
	const bool *end = value.nulls + value.length;
	return std::find(value.nulls, end, true) != end;
}

} // namespace nn

#endif
