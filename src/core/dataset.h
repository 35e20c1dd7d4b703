/*
 * dataset.h: the training rows, from what was read to what is learnt from.
 *
 * prepare() sorts the rows by a hash of their content, so that everything after it is the same
 * whatever order they came in; holds out a share of them; computes what the encoder needs in that
 * order; and replaces every number by its standardised float32 in place. Categories stay codes, one
 * float32's room each: batches are expanded from there by gather().
 */
#ifndef PGNN_DATASET_H
#define PGNN_DATASET_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/encoder.h"
#include "core/expander.h"
#include "core/rowstore.h"

namespace nn
{

class Dataset
{
public:
	Dataset(const nn_column *columns, int count, size_t budget) : store_(columns, count, budget) {}

	// See nn_dataset_add and nn_dataset_prepare.
	void add(const nn_value *values) { store_.add(values); }
	bool prepare(double validation);

	size_t budget() const { return store_.budget(); }
	size_t bytes_used() const { return store_.bytes_used(); }
	int64_t skipped() const { return store_.skipped(); }

	// What follows holds once prepare() has returned false.
	const Encoder &encoder() const { return *encoder_; }
	bool classification() const { return target().kind == NN_CATEGORY; }
	const std::string &target_name() const { return target().name; }
	const std::string &target_type() const { return target().type; }
	const std::vector<std::string> &classes() const { return classes_; } // in sort order

	// Training rows of each class.
	const std::vector<int64_t> &class_counts() const { return class_counts_; }

	// Of the elements of a numeric target.
	const std::vector<double> &target_mean() const { return target_mean_; }
	const std::vector<double> &target_scale() const { return target_scale_; }

	// Columns of a batch's targets: 1 class index, or as many numbers as the target has elements.
	int target_width() const { return target().length; }

	// The rows in canonical order, each by its place in the store.
	const std::vector<uint32_t> &training_rows() const { return training_; }
	const std::vector<uint32_t> &held_out_rows() const { return held_out_; }

	// Inputs that are constant over the training rows.
	const std::vector<bool> &idle_inputs() const { return idle_; }

	// Encodes n rows: X (n, inputs), Y (n, target_width), both row-major.
	void gather(const uint32_t *rows, size_t n, float *X, float *Y) const;

private:
	// What the training rows say of one column.
	struct Statistics
	{
		std::vector<double> count, sum, square, low, high, scale; // of each element
		std::vector<int64_t> codes; // of a text column: rows with each code
		int64_t missing = 0;

		double mean(size_t e) const { return count[e] > 0 ? sum[e] / count[e] : 0; }
		void add(const Column &column, const unsigned char *row);
	};

	// One kind of work, done in pieces of at most grain items.
	struct Phase
	{
		size_t items, grain;
		void (Dataset::*run)(size_t begin, size_t end);
	};

	const Column &target() const { return store_.columns()[store_.target()]; }
	uint32_t class_of(size_t row) const;

	void check() const;
	void check_categories(const Column &column) const;
	void plan(double validation);
	void count_keys(size_t begin, size_t end);
	void place_keys(size_t begin, size_t end);
	void sort_keys(size_t begin, size_t end);
	void tell_duplicates_apart(size_t begin, size_t end);
	void count_classes(size_t begin, size_t end);
	void split(size_t begin, size_t end);
	void sum_values(size_t begin, size_t end);
	void sum_squares(size_t begin, size_t end);
	void learn_encoder(size_t begin, size_t end);
	void encode_rows(size_t begin, size_t end);
	void finish();

	float encoded(size_t column, const unsigned char *row, size_t element, bool held_out) const;
	Feature describe(const Column &column, Statistics &statistics);
	void note_idle_inputs(const Feature &feature, const Statistics &statistics);

	struct Key
	{
		uint64_t hash;
		uint32_t row;
	};

	RowStore store_;
	double validation_ = 0;
	std::vector<Phase> phases_;
	size_t phase_ = 0, done_ = 0;
	std::vector<Key> keys_;
	uint64_t last_hash_ = 0, copies_ = 0; // of the key before, among those of its hash
	bool duplicates_ = false;
	std::vector<size_t> buckets_; // where each bucket of keys starts, later: ends
	std::vector<int64_t> quota_;  // of each class, rows still to be held out
	std::vector<Statistics> statistics_;
	std::vector<bool> is_held_out_;            // of each row, by its place in the store
	std::vector<std::vector<uint32_t>> ranks_; // of each text column's codes

	std::vector<uint32_t> training_, held_out_;
	std::unique_ptr<Encoder> encoder_;
	std::vector<std::string> classes_;
	std::vector<int64_t> class_counts_;
	std::vector<double> target_mean_, target_scale_;
	std::vector<bool> idle_;
	Expander expander_;
	size_t target_offset_ = 0, encoded_stride_ = 0;
};

} // namespace nn

#endif
