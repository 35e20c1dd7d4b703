/*
 * api.cpp: the C boundary of the core, and the only place that catches.
 */
#include "core/api.h"

#include <cstring>
#include <new>

#include "core/dataset.h"
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

void fail(nn_status *status, nn_code code, const char *message, const char *hint = "")
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
	catch (const nn::Error &error)
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
	guarded(status, [&] { nn::check_options(*options); });
}

nn_kind nn_target_kind(const nn_options *options, const char *name, const char *type, nn_kind kind,
					   nn_status *status)
{
	nn_kind result = kind;

	guarded(status, [&] { result = nn::target_kind(*options, name, type, kind); });
	return result;
}

nn_dataset *nn_dataset_new(const nn_column *columns, int32_t count, const nn_options *options,
						   size_t budget, nn_status *status)
{
	nn_dataset *dataset = nullptr;

	guarded(status, [&] { dataset = new nn_dataset{{columns, count, *options, budget}}; });
	return dataset;
}

void nn_dataset_free(void *dataset)
{
	delete static_cast<nn_dataset *>(dataset);
}

void nn_dataset_add(nn_dataset *dataset, const nn_value *values, nn_status *status)
{
	guarded(status, [&] { dataset->dataset.add(values); });
}

bool nn_dataset_prepare(nn_dataset *dataset, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = dataset->dataset.prepare(); });
	return more;
}

nn_trainer *nn_trainer_new(const nn_dataset *dataset, const nn_options *options, nn_status *status)
{
	nn_trainer *trainer = nullptr;

	guarded(status, [&] { trainer = new nn_trainer{{dataset->dataset, *options}}; });
	return trainer;
}

void nn_trainer_free(void *trainer)
{
	delete static_cast<nn_trainer *>(trainer);
}

bool nn_trainer_step(nn_trainer *trainer, nn_status *status)
{
	bool more = false;

	guarded(status, [&] { more = trainer->trainer.step(); });
	return more;
}

void nn_trainer_progress(const nn_trainer *trainer, nn_progress *progress)
{
	trainer->trainer.progress(*progress);
}

void nn_trainer_result(const nn_trainer *trainer, nn_result *result, nn_status *status)
{
	guarded(status, [&] { trainer->trainer.result(*result); });
}

void nn_trainer_estimate(nn_trainer *trainer, nn_estimate *estimate, nn_status *status)
{
	guarded(status, [&] { trainer->trainer.estimate(*estimate); });
}

nn_predictor *nn_predictor_new(const nn_model_data *model, nn_status *status)
{
	nn_predictor *predictor = nullptr;

	guarded(status, [&] { predictor = new nn_predictor{nn::Predictor(*model)}; });
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

bool nn_predictor_run(nn_predictor *predictor, const nn_value *values, double *outputs,
					  nn_status *status)
{
	bool predicted = false;

	guarded(status, [&] { predicted = predictor->predictor.run(values, outputs); });
	return predicted;
}

bool nn_predictor_add(nn_predictor *predictor, const nn_value *values, nn_status *status)
{
	bool added = false;

	guarded(status, [&] { added = predictor->predictor.add(values); });
	return added;
}

int32_t nn_predictor_flush(nn_predictor *predictor, double *outputs, nn_status *status)
{
	int32_t rows = 0;

	guarded(status, [&] { rows = predictor->predictor.flush(outputs); });
	return rows;
}
