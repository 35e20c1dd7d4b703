/*
 * pages.h: large memory in large pages. The system gives memory page by page when it is first touched,
 * which for pages of 4 kB can take longer than what is done with them: some 0.1 us each, and under some
 * kinds of virtualisation more than 10.
 */
#ifndef PGNN_PAGES_H
#define PGNN_PAGES_H

#include <cstdlib>
#include <vector>

namespace nn
{

// Asks for large pages where memory that nobody touched yet is large enough for them. Where the system
// has none, nothing happens.
void prefer_large_pages(void *memory, size_t bytes);

// As malloc, in large pages as far as they fit in; to be given back by free.
void *allocate_pages(size_t bytes);

// An empty vector gets room for n items.
template <class T> void reserve_pages(std::vector<T> &vector, size_t n)
{
	vector.reserve(n);
	prefer_large_pages(vector.data(), n * sizeof(T));
}

// The same of a vector that has no values yet, of n items.
template <class Vector> void resize_pages(Vector &vector, size_t n)
{
	vector.resize(static_cast<decltype(vector.size())>(n));
	prefer_large_pages(vector.data(), n * sizeof(*vector.data()));
}

} // namespace nn

#endif
