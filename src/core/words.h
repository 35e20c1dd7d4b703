/*
 * words.h: numbers that come as 64-bit words, many columns at a time: the way of most rows into the
 * store.
 */
#ifndef PGNN_WORDS_H
#define PGNN_WORDS_H

#include <cstddef>
#include <cstdint>

#include "core/api.h"

namespace nn
{

// Columns side by side whose words are alike, and whose numbers stand side by side in a row.
struct WordRun
{
	nn_word word;
	size_t first, columns;
	size_t offset; // in a row
};

// The number in one word.
double word_number(nn_word word, uint64_t bits);

// Puts the numbers of a run into a row, without a sign before 0. False where one of them is NULL, NaN
// or infinite; then what is in the row is of no use.
bool store_words(const WordRun &run, const uint64_t *words, const bool *nulls, unsigned char *row);

// The same of the elements of an array, which are float64 where they are wide.
bool store_block(const void *elements, size_t count, bool wide, unsigned char *to);

} // namespace nn

#endif
