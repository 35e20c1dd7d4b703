#include "core/random.h"

namespace nn
{

uint64_t hash_bytes(const void *data, size_t length)
{
	const unsigned char *bytes = static_cast<const unsigned char *>(data);
	uint64_t hash = mix(length + 1);

	// Words are put together byte by byte, so that byte order doesn't matter.
	for (size_t start = 0; start < length; start += 8)
	{
		uint64_t word = 0;
		for (size_t i = start; i < length && i < start + 8; i++)
			word = word << 8 | bytes[i];
		hash = mix(hash ^ mix(word + 0x9e3779b97f4a7c15u));
	}
	return hash;
}

} // namespace nn
