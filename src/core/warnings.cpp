#include "core/warnings.h"

#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <unordered_set>

#include "core/leaks.h"

namespace nn
{

namespace
{

constexpr size_t kSampleRows = 2000;
constexpr size_t kIdRows = 100;         // fewer may well differ by chance
constexpr double kStillFalling = 0.01;  // of the loss, in the last tenth of the epochs
constexpr double kWorthFalling = 0.001; // of the loss of the first epoch

double mean(const double *numbers, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += numbers[i];
	return sum / static_cast<double>(n);
}

void add_cell(const unsigned char *cell, bool code, LeakSample &sample)
{
	if (code)
		sample.codes.push_back(Column::read<uint32_t>(cell));
	else
		sample.numbers.push_back(Column::read<float>(cell));
}

// Whole numbers that all differ, to float32's precision, in a sample of the training rows.
bool looks_like_id(const Dataset &dataset, size_t f)
{
	const Dataset::Sample sample = dataset.sample(kSampleRows);
	Elements elements;
	std::unordered_set<double> seen;

	if (dataset.encoder().features()[f].kind != NN_NUMBER || !dataset.whole(f) ||
		sample.rows.size() < kIdRows)
		return false;
	for (const unsigned char *row : sample.rows)
	{
		const nn_value value = dataset.decoded(f, row, elements);
		if (value.type != NN_FLOAT8_VALUE || !seen.insert(value.number).second)
			return false;
	}
	return true;
}

} // namespace

void warn(Warnings &warnings, const char *hint, const char *format, ...)
{
	nn_status status = {};
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(status.message, sizeof(status.message), format, arguments);
	va_end(arguments);
	snprintf(status.hint, sizeof(status.hint), "%s", hint);
	warnings.push_back(status);
}

void warn_of_unknown(const Dataset &dataset, Warnings &warnings)
{
	for (const Feature &feature : dataset.encoder().features())
		if (feature.unknown > 0)
			warn(warnings, "Train without warm_start to learn them.",
				 "column \"%s\" has values in %lld rows that the version gone on from doesn't know",
				 feature.name.c_str(), static_cast<long long>(feature.unknown));
}

void warn_of_leak(const Dataset &dataset, size_t f, Warnings &warnings)
{
	const Feature &feature = dataset.encoder().features()[f];
	LeakSample column, target;

	if (feature.kind == NN_ARRAY || dataset.target_width() != 1 || dataset.constant(f))
		return;
	const Dataset::Sample sample = dataset.sample(kSampleRows);
	for (const unsigned char *row : sample.rows)
	{
		add_cell(dataset.cells(f, row), feature.kind == NN_CATEGORY, column);
		add_cell(dataset.target_cells(row), dataset.classification(), target);
	}
	if (gives_away(column, target))
		warn(warnings,
			 "If it is known only once the target is, or is the target in another form, leave it "
			 "out "
			 "of the query.",
			 "column \"%s\" gives the target away by itself", feature.name.c_str());
}

void warn_of_columns(const Dataset &dataset, Warnings &warnings)
{
	for (size_t f = 0; f < dataset.encoder().features().size(); f++)
	{
		const char *name = dataset.encoder().features()[f].name.c_str();

		if (!dataset.refused(f).empty())
			warn(warnings, "nn_train would refuse it: leave the column out of the query.", "%s",
				 dataset.refused(f).c_str());
		else if (dataset.constant(f))
			warn(warnings, "Nothing can be learnt from it: leave the column out of the query.",
				 "column \"%s\" is the same in all rows read", name);
		else if (looks_like_id(dataset, f))
			warn(warnings, "If it is an id, leave the column out of the query.",
				 "column \"%s\" has a different whole number in every row read", name);
	}
}

void warn_of_end(const std::vector<double> &curve, Warnings &warnings)
{
	const size_t last = std::max<size_t>(curve.size() / 10, 1);

	if (curve.size() < 2 * last)
		return;
	const double now = mean(curve.data() + curve.size() - last, last);
	const double before = mean(curve.data() + curve.size() - 2 * last, last);
	if (now < (1 - kStillFalling) * before && before - now > kWorthFalling * curve[0])
		warn(warnings, "Train with more epochs, or go on from here with warm_start.",
			 "the loss still fell when the %zu epochs were over: by %.1f %% in the last %zu",
			 curve.size(), 100 * (1 - now / before), last);
}

void warn_of_score(bool classes, double score, double baseline, Warnings &warnings)
{
	if (std::isnan(score) || std::isnan(baseline) || score > baseline || score >= 1)
		return;
	warn(warnings,
		 "Look at nn_history: the loss may not have fallen (other learning_rate, more epochs), or "
		 "the "
		 "columns may say nothing about the target.",
		 "the model predicts no better than %s: its score is %.3g, the baseline %.3g",
		 classes ? "the commonest class" : "the mean", score, baseline);
}

} // namespace nn
