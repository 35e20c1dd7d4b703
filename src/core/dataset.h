/*
 * dataset.h: the training rows, from what was read to what is learnt from.
 *
 * prepare() sorts the rows by a hash of their content, so that everything after it is the same
 * whatever order they came in; holds out a share of them; computes what the encoder needs in that
 * order; and replaces every number by its standardised float32 in place. Categories stay codes, one
 * float32's room each: batches are taken from there by gather().
 */
#ifndef PGNN_DATASET_H
#define PGNN_DATASET_H

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/canonical.h"
#include "core/encoding.h"
#include "core/expander.h"
#include "core/options.h"
#include "core/predictor.h"
#include "core/row_encoder.h"
#include "core/rowstore.h"
#include "core/spill.h"
#include "core/statistics.h"
#include "core/threads.h"

namespace nn
{

class Dataset
{
public:
	// See nn_dataset_new. The options must have been checked.
	Dataset(const nn_column *columns, int count, const nn_options &options, size_t budget);
	Dataset(const Dataset &) = delete;
	Dataset &operator=(const Dataset &) = delete;

	// See nn_dataset_add and nn_dataset_prepare.
	bool add(const nn_value *values) { return add(nullptr, nullptr, values); }
	bool add(const uint64_t *words, const bool *nulls, const nn_value *values)
	{
		store_.add(words, nulls, values);
		return may_spill_ && store_.full();
	}
	bool prepare();

	// See nn_dataset_spill, nn_dataset_block and nn_dataset_open.
	bool spill();
	bool take_block(nn_block &block);
	void open(int file, int descriptor);

	size_t budget() const { return store_.budget(); }
	size_t bytes_used() const { return spilled() ? 0 : store_.bytes_used(); }

	// Whether the rows are in temporary files, and how many bytes went there.
	bool spilled() const { return spill_ != nullptr || stored_training_.file != nullptr; }
	int64_t spilled_bytes() const { return spilled_bytes_; }
	const StoredRows &stored(bool held_out) const
	{
		return held_out ? stored_held_out_ : stored_training_;
	}
	size_t block_rows() const { return block_rows_; } // of encoded rows

	// Bytes that so many rows would take in training, and before that while they are read.
	size_t bytes_for(size_t rows) const { return store_.bytes_for(rows); }
	size_t bytes_for_reading(size_t rows) const { return rows * store_.bytes_of_row(); }
	const RowStore::Skipped &skipped() const { return store_.skipped(); }

	// What follows holds once prepare() has returned false.
	const Encoder &encoder() const { return *encoder_; }
	bool classification() const { return target().kind == NN_CATEGORY; }
	const std::string &target_name() const { return target().name; }
	const std::string &target_type() const { return target().type; }
	const std::vector<std::string> &classes() const { return classes_; } // in sort order

	// Rows read and not skipped.
	size_t rows() const { return spilled() ? total_ : store_.rows(); }

	// Whether rows have weights of their own.
	bool weighted() const { return store_.find(NN_WEIGHT) != nullptr; }

	// The weight of the training rows of each class; of all rows in a regression.
	const std::vector<double> &class_weights() const { return class_weights_; }

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

	size_t training_count() const { return spilled() ? stored_training_.rows : training_.size(); }
	size_t held_out_count() const { return spilled() ? stored_held_out_.rows : held_out_.size(); }

	// An encoded row, by its place in the store: what the following read.
	const unsigned char *row(uint32_t place) const { return store_.row(place); }

	// Asks for an encoded row that is soon to be read.
	void prefetch(const unsigned char *row) const;

	// How its rows' inputs are given: numbers, and codes of categories.
	const InputLayout &layout() const { return expander_.layout(); }

	// Expands n rows: X (n, numbers), codes (n, columns), Y (n, target_width), all row-major, and the
	// rows' weights.
	void gather(const unsigned char *const *rows, size_t n, float *X, uint32_t *codes, float *Y,
				float *weights) const;

	// The first training rows in canonical order, at most limit; of those in a file no more than 16 MB.
	struct Sample
	{
		std::unique_ptr<unsigned char[]> bytes; // of rows in a file
		std::vector<const unsigned char *> rows;
	};
	Sample sample(size_t limit) const;

	// Targets (of one number, standardised) and weights of such a sample.
	std::vector<std::pair<float, float>> targets(size_t limit) const;

	// In a row: a feature's numbers, standardised (NaN for NULL), or the code of its text; and the
	// target's numbers, or its class.
	const unsigned char *cells(size_t feature, const unsigned char *row) const
	{
		return row + encodings_[features_[feature]].offset();
	}
	const unsigned char *target_cells(const unsigned char *row) const
	{
		return row + target_offset_;
	}

	// Why a feature would be refused; empty where it would not.
	const std::string &refused(size_t feature) const
	{
		return store_.columns()[features_[feature]].refused;
	}

	// Whether all numbers of a feature are whole.
	bool whole(size_t feature) const { return store_.columns()[features_[feature]].fractions == 0; }

	// Whether a feature is the same in all training rows.
	bool constant(size_t feature) const;

	// A feature's value in a row as it was read, to float32's precision: for another encoder than
	// this one. Numbers live in elements.
	nn_value decoded(size_t feature, const unsigned char *row, Elements &elements) const;

private:
	const Column &target() const { return *store_.find(NN_TARGET); }
	void add_spill_phases();
	size_t next_spilled(size_t begin, size_t end);
	size_t encode_spilled(size_t begin, size_t end);
	bool holds_out(const unsigned char *row);
	double weight_of(const unsigned char *row) const;

	void check_roles(const nn_column *columns, int count, const nn_options &options);
	void check_features(const Predictor &model, bool all, const char *purpose) const;
	void check();
	void check_categories(size_t column);
	void check_target() const;
	void plan();
	void start_quota();
	size_t split(size_t begin, size_t end);
	void end_split();
	void describe(bool all);
	void learn_encoder(size_t begin, size_t end);
	void learn_target(Encoding &encoding, const Statistics::Of &statistics);
	void note_idle_inputs(const Encoding &encoding, const Statistics::Of &statistics);
	std::vector<double> shares(const Encoding &encoding, const Statistics::Of &statistics) const;
	size_t encode(size_t begin, size_t end);
	bool leaves_room() const;
	void begin_files(size_t block_rows);
	size_t encode_to_files(size_t begin, size_t end);
	void encode_chunks(size_t begin, size_t end);
	void finish();

	const double validation_;
	const Missing missing_;
	const bool logarithmic_; // the target's logarithm is predicted
	const bool dry_run_;
	bool needs_held_out_ = false;
	RowStore store_;

	// Taken over from the model to go on from.
	bool started_ = false;
	std::vector<Feature> start_features_;
	Feature start_target_;

	std::vector<Phase> phases_;
	size_t phase_ = 0, done_ = 0;
	std::unique_ptr<Threads> threads_; // that prepare the rows together
	std::unique_ptr<CanonicalOrder> order_;
	std::vector<int64_t> quota_; // of each class, rows still to be held out
	std::unique_ptr<Statistics> statistics_;
	std::vector<const unsigned char *> described_; // rows on their way there
	std::vector<double> weights_;                  // of these
	std::vector<bool> is_held_out_;                // of each row, by its place in the store
	std::vector<Encoding> encodings_;              // of each column
	std::vector<size_t> features_;                 // column of each feature, in the encoder's order
	std::unique_ptr<RowEncoder> row_encoder_;
	std::vector<std::vector<unsigned char>> encoded_; // a row of each thread

	// Rows in temporary files: first as they were read, then encoded; or only encoded.
	static constexpr int kTraining = Spill::kFiles, kHeldOut = kTraining + 1;
	const nn_options options_;
	const bool may_spill_;
	std::unique_ptr<Spill> spill_;
	bool spilling_ = false, merging_ = false;
	TemporaryFile encoded_files_[2];
	std::unique_ptr<Input> sorted_;
	std::unique_ptr<Output> outputs_[2];
	StoredRows stored_training_, stored_held_out_;
	size_t total_ = 0, block_rows_ = 0;
	int64_t spilled_bytes_ = 0;

	std::vector<uint32_t> training_, held_out_;
	std::unique_ptr<Encoder> encoder_;
	std::vector<double> target_mean_, target_scale_;
	std::vector<std::string> classes_;
	std::vector<double> class_weights_;
	std::vector<bool> idle_;
	Expander expander_;
	size_t encoded_stride_ = 0, target_offset_ = 0, weight_offset_ = 0;
};

} // namespace nn

#endif
