/*
 * model.cpp: a stored model of which nothing is believed, as anyone may have written it into a model
 * table: it is refused, or it predicts.
 */
#include <cstdlib>

#include "stored_model.h"

namespace
{

using fuzz::Bytes;
using fuzz::Model;

void
predict(Bytes &bytes, const Model &model, nn_predictor *predictor)
{
	const size_t outputs = static_cast<size_t>(nn_predictor_outputs(predictor));
	std::vector<double> one(outputs), many(outputs * NN_BATCH_ROWS);
	nn_status status;

	for (int row = bytes.below(5); row >= 0; row--)
	{
		const std::vector<nn_value> v = values(bytes, model);
		nn_predictor_run(predictor, v.data(), NN_OUTPUTS, one.data(), &status);
		if (status.code != NN_OK)
			continue;
		for (double output : one)
			if (!std::isfinite(output) &&
				nn_predictor_run(predictor, v.data(), NN_OUTPUTS, one.data(), &status))
				abort(); // what is not finite is an error
		nn_predictor_add(predictor, v.data(), &status);
	}
	nn_predictor_flush(predictor, many.data(), &status);
}

} // namespace

extern "C" int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Bytes bytes(data, size);
	const Model model(bytes);
	nn_status status;
	nn_predictor *predictor = nn_predictor_new(&model.data, &status);

	if (status.code == NN_BUG || (status.code != NN_OK && status.message[0] == '\0'))
		abort();
	if (predictor != nullptr)
		predict(bytes, model, predictor);
	nn_predictor_free(predictor);
	return 0;
}
