/*
 * api.cpp: the C boundary of the core, for training and prediction.
 */
#include "core/api.h"

#include <cstring>

#include "core/dataset.h"
#include "core/guarded.h"
#include "core/options.h"
#include "core/predictor.h"
#include "core/simd.h"
#include "core/threads.h"
#include "core/trainer.h"

struct nn_dataset
{
	nn::Dataset dataset;
};

struct nn_trainer
{
	nn::Trainer trainer;
};

namespace
{

constexpr const char *kKindNames[] = {"number", "boolean", "time", "category", "array"};

} // namespace

int32_t nn_processors(void)
{
	return nn::processors();
}

bool nn_use_simd(const char *name, bool test_only)
{
	nn::Simd simd;

	if (!nn::find_simd(name, simd) || !nn::simd_available(simd))
		return false;
	if (!test_only)
		nn::set_simd(simd);
	return true;
}

const char *nn_kind_name(nn_kind kind)
{
	return kKindNames[kind];
}

bool nn_kind_from_name(const char *name, nn_kind *kind)
{
	for (size_t k = 0; k < std::size(kKindNames); k++)
		if (strcmp(name, kKindNames[k]) == 0)
		{
			*kind = static_cast<nn_kind>(k);
			return true;
		}
	return false;
}

void nn_options_default(nn_options *options)
{
	*options = nn::default_options();
}

void nn_options_check(const nn_options *options, nn_status *status)
{
	nn::guarded(status, [&] { nn::check_options(*options); });
}

nn_kind nn_target_kind(const nn_options *options, const char *name, const char *type, nn_kind kind,
					   nn_status *status)
{
	nn_kind result = kind;

	nn::guarded(status, [&] { result = nn::target_kind(*options, name, type, kind); });
	return result;
}

nn_dataset *nn_dataset_new(const nn_column *columns, int32_t count, const nn_options *options,
						   size_t budget, nn_status *status)
{
	nn_dataset *dataset = nullptr;

	nn::guarded(status, [&] { dataset = new nn_dataset{{columns, count, *options, budget}}; });
	return dataset;
}

void nn_dataset_free(void *dataset)
{
	delete static_cast<nn_dataset *>(dataset);
}

bool nn_dataset_add(nn_dataset *dataset, const nn_value *values, nn_status *status)
{
	bool full = false;

	nn::guarded(status, [&] { full = dataset->dataset.add(values); });
	return full;
}

bool nn_dataset_add_row(nn_dataset *dataset, const uint64_t *words, const bool *nulls,
						const nn_value *values, nn_status *status)
{
	bool full = false;

	nn::guarded(status, [&] { full = dataset->dataset.add(words, nulls, values); });
	return full;
}

bool nn_dataset_spill(nn_dataset *dataset, nn_status *status)
{
	bool more = false;

	nn::guarded(status, [&] { more = dataset->dataset.spill(); });
	return more;
}

bool nn_dataset_block(nn_dataset *dataset, nn_block *block)
{
	return dataset->dataset.take_block(*block);
}

void nn_dataset_open(nn_dataset *dataset, int32_t file, int descriptor)
{
	dataset->dataset.open(file, descriptor);
}

bool nn_dataset_prepare(nn_dataset *dataset, nn_status *status)
{
	bool more = false;

	nn::guarded(status, [&] { more = dataset->dataset.prepare(); });
	return more;
}

nn_trainer *nn_trainer_new(const nn_dataset *dataset, const nn_options *options, nn_status *status)
{
	nn_trainer *trainer = nullptr;

	nn::guarded(status, [&] { trainer = new nn_trainer{{dataset->dataset, *options}}; });
	return trainer;
}

void nn_trainer_free(void *trainer)
{
	delete static_cast<nn_trainer *>(trainer);
}

bool nn_trainer_step(nn_trainer *trainer, nn_status *status)
{
	bool more = false;

	nn::guarded(status, [&] { more = trainer->trainer.step(); });
	return more;
}

void nn_trainer_progress(const nn_trainer *trainer, nn_progress *progress)
{
	trainer->trainer.progress(*progress);
}

void nn_trainer_result(const nn_trainer *trainer, nn_result *result, nn_status *status)
{
	nn::guarded(status, [&] { trainer->trainer.result(*result); });
}

void nn_trainer_estimate(nn_trainer *trainer, nn_estimate *estimate, nn_status *status)
{
	nn::guarded(status, [&] { trainer->trainer.estimate(*estimate); });
}

nn_floats *nn_floats_new(size_t count, nn_status *status)
{
	nn_floats *floats = nullptr;

	nn::guarded(status, [&] { floats = new nn_floats{nn::LargeFloats(count)}; });
	return floats;
}

void nn_floats_free(void *floats)
{
	delete static_cast<nn_floats *>(floats);
}

float *nn_floats_data(nn_floats *floats)
{
	return floats->floats.data();
}

nn_predictor *nn_predictor_new(const nn_model_data *model, nn_status *status)
{
	nn_predictor *predictor = nullptr;

	nn::guarded(status, [&] { predictor = new nn_predictor{nn::Predictor(*model)}; });
	return predictor;
}

void nn_predictor_free(void *predictor)
{
	delete static_cast<nn_predictor *>(predictor);
}

int32_t nn_predictor_outputs(const nn_predictor *predictor)
{
	return predictor->predictor.outputs();
}

bool nn_predictor_run(nn_predictor *predictor, const nn_value *values, nn_purpose purpose,
					  double *outputs, nn_status *status)
{
	bool predicted = false;

	nn::guarded(status, [&] { predicted = predictor->predictor.run(values, purpose, outputs); });
	return predicted;
}

bool nn_predictor_numeric(const nn_predictor *predictor)
{
	return predictor->predictor.numeric();
}

bool nn_predictor_run_numbers(nn_predictor *predictor, const double *numbers, const bool *nulls,
							  nn_purpose purpose, double *outputs, nn_status *status)
{
	bool predicted = false;

	nn::guarded(status, [&] {
		predicted = predictor->predictor.run_numbers(numbers, nulls, purpose, outputs);
	});
	return predicted;
}

bool nn_predictor_add(nn_predictor *predictor, const nn_value *values, nn_status *status)
{
	bool added = false;

	nn::guarded(status, [&] { added = predictor->predictor.add(values); });
	return added;
}

int32_t nn_predictor_flush(nn_predictor *predictor, double *outputs, nn_status *status)
{
	int32_t rows = 0;

	nn::guarded(status, [&] { rows = predictor->predictor.flush(outputs); });
	return rows;
}

nn_batch *nn_batch_new(nn_predictor *predictor, nn_status *status)
{
	nn_batch *batch = nullptr;

	nn::guarded(status, [&] { batch = new nn_batch{predictor->predictor, {}}; });
	return batch;
}

void nn_batch_free(void *batch)
{
	delete static_cast<nn_batch *>(batch);
}

bool nn_batch_add(nn_batch *batch, const nn_value *values, nn_status *status)
{
	bool added = false;

	nn::guarded(status, [&] { added = batch->predictor.add(batch->batch, values); });
	return added;
}

bool nn_batch_add_numbers(nn_batch *batch, const double *numbers, const bool *nulls,
						  nn_status *status)
{
	bool added = false;

	nn::guarded(status,
				[&] { added = batch->predictor.add_numbers(batch->batch, numbers, nulls); });
	return added;
}

int32_t nn_batch_flush(nn_batch *batch, double *outputs, nn_status *status)
{
	int32_t rows = 0;

	nn::guarded(status, [&] { rows = batch->predictor.flush(batch->batch, outputs); });
	return rows;
}
