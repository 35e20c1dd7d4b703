#include "core/words.h"

#include <cstring>
#include <limits>

namespace nn
{

namespace
{

template <class T, class Bits> T cast(Bits bits)
{
	T value;
	static_assert(sizeof(T) == sizeof(Bits));
	memcpy(&value, &bits, sizeof(value));
	return value;
}

float float4_of(uint64_t bits)
{
	return cast<float>(static_cast<uint32_t>(bits));
}

double float8_of(uint64_t bits)
{
	return cast<double>(bits);
}

double int32_of(uint64_t bits)
{
	return static_cast<int32_t>(static_cast<uint32_t>(bits));
}

double int64_of(uint64_t bits)
{
	return static_cast<double>(static_cast<int64_t>(bits));
}

float int16_of(uint64_t bits)
{
	return static_cast<int16_t>(static_cast<uint16_t>(bits));
}

float bool_of(uint64_t bits)
{
	return (bits & 0xff) != 0 ? 1.0f : 0.0f;
}

// Loops without a branch, which compilers turn into vectors.
template <auto number>
bool store(const WordRun &run, const uint64_t *words, const bool *nulls, unsigned char *to)
{
	using T = decltype(number(0));
	T *numbers = reinterpret_cast<T *>(to);
	unsigned bad = 0;

	if (memchr(nulls, 1, run.columns) != nullptr)
		return false;
	for (size_t c = 0; c < run.columns; c++)
	{
		const T x = number(words[c]) + T(0);
		numbers[c] = x;
		bad |= static_cast<unsigned>(!(x * T(0) == T(0))); // of NaN and infinity
	}
	return bad == 0;
}

template <class T> bool store_elements(const T *elements, size_t count, unsigned char *to)
{
	T *numbers = reinterpret_cast<T *>(to);
	unsigned bad = 0;

	for (size_t i = 0; i < count; i++)
	{
		const T x = elements[i] + T(0);
		numbers[i] = x;
		bad |= static_cast<unsigned>(!(x * T(0) == T(0)));
	}
	return bad == 0;
}

} // namespace

double word_number(nn_word word, uint64_t bits)
{
	switch (word)
	{
		case NN_FLOAT4_WORD:
			return static_cast<double>(float4_of(bits));
		case NN_FLOAT8_WORD:
			return float8_of(bits);
		case NN_INT16_WORD:
			return static_cast<double>(int16_of(bits));
		case NN_INT32_WORD:
			return int32_of(bits);
		case NN_INT64_WORD:
			return int64_of(bits);
		case NN_BOOL_WORD:
			return static_cast<double>(bool_of(bits));
		case NN_NO_WORD:
			break;
	}
	return std::numeric_limits<double>::quiet_NaN();
}

bool store_words(const WordRun &run, const uint64_t *words, const bool *nulls, unsigned char *row)
{
	unsigned char *to = row + run.offset;

	words += run.first;
	nulls += run.first;
	switch (run.word)
	{
		case NN_FLOAT4_WORD:
			return store<float4_of>(run, words, nulls, to);
		case NN_FLOAT8_WORD:
			return store<float8_of>(run, words, nulls, to);
		case NN_INT16_WORD:
			return store<int16_of>(run, words, nulls, to);
		case NN_INT32_WORD:
			return store<int32_of>(run, words, nulls, to);
		case NN_INT64_WORD:
			return store<int64_of>(run, words, nulls, to);
		case NN_BOOL_WORD:
			return store<bool_of>(run, words, nulls, to);
		case NN_NO_WORD:
			break;
	}
	return false;
}

bool store_block(const void *elements, size_t count, bool wide, unsigned char *to)
{
	return wide ? store_elements(static_cast<const double *>(elements), count, to)
				: store_elements(static_cast<const float *>(elements), count, to);
}

} // namespace nn
