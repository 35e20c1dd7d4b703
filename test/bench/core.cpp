/*
 * core.cpp: the core alone, without a server: how fast it trains the jobs of jobs.py, on made-up rows
 * and through the C boundary. Run by "make bench-core".
 *
 *     core [J1|J2|J3|growth|peak]... [share=1] [repeats=3] [epochs=3] [threads=1,2] [simd=auto]
 *
 * A line for each job and number of threads: seconds of wall clock an epoch (the final score counts as
 * what it is, a pass forward), billions of operations a second, their share of what that many threads
 * could do at most; processor seconds an epoch; and how long reading and preparing a value took. With
 * "growth" the same for more rows, columns, and neurons; with "peak" that of one thread.
 */
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "core/api.h"
#include "peak.h"

namespace
{

struct Job
{
	const char *name;
	int rows;
	std::vector<int> sizes;
	int batch, epochs;
	bool array; // inputs come as one
};

const Job kJobs[] = {
	{"J1", 500000, {54, 128, 64, 7}, 256, 3, false},
	{"J2", 1000000, {10, 64, 32, 1}, 256, 3, false},
	{"J3", 60000, {784, 512, 256, 10}, 128, 2, true},
};

double share = 1;
int repeats = 3; // of which the best counts
int epochs = 0;  // those of the job
std::vector<int> threads = {1, 2};
nn::Simd simd = nn::best_simd();

double processor_seconds()
{
	timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double wall_seconds()
{
	const auto now = std::chrono::steady_clock::now().time_since_epoch();
	return std::chrono::duration<double>(now).count();
}

void check(const nn_status &status)
{
	if (status.code == NN_OK)
		return;
	fprintf(stderr, "%s\n", status.message);
	exit(1);
}

// Numbers from -1 to 1.
class Numbers
{
public:
	float next()
	{
		state_ = state_ * 6364136223846793005u + 1442695040888963407u;
		return static_cast<float>(static_cast<int32_t>(state_ >> 32)) / 2147483648.0f;
	}

private:
	uint64_t state_ = 1;
};

// One row: inputs, and a target that some of them decide.
class Rows
{
public:
	explicit Rows(const Job &job)
		: job_(job), x_(static_cast<size_t>(job.sizes[0])), values_(job.array ? 2 : x_.size() + 1)
	{}

	const nn_value *next()
	{
		float sum = 0;
		for (float &x : x_)
			x = numbers_.next();
		for (size_t i = 0; i + 1 < x_.size() && i < 10; i += 2)
			sum += std::abs(x_[i]) + x_[i] * x_[i + 1];
		if (job_.array)
			values_[0] = {NN_FLOAT4_VALUES, job_.sizes[0], 0, x_.data(), nullptr};
		for (size_t i = 0; !job_.array && i < x_.size(); i++)
			values_[i] = {NN_FLOAT8_VALUE, 0, static_cast<double>(x_[i]), nullptr, nullptr};
		const int classes = job_.sizes.back();
		if (classes == 1)
			values_.back() = {NN_FLOAT8_VALUE, 0, static_cast<double>(sum), nullptr, nullptr};
		else
		{
			snprintf(label_, sizeof(label_), "%d", static_cast<int>(sum * 10 + 100) % classes);
			values_.back() = {NN_TEXT_VALUE, static_cast<int32_t>(strlen(label_)), 0, label_,
							  nullptr};
		}
		return values_.data();
	}

private:
	const Job &job_;
	Numbers numbers_;
	std::vector<float> x_;
	std::vector<nn_value> values_;
	char label_[16];
};

using Dataset = std::unique_ptr<nn_dataset, void (*)(void *)>;

Dataset read(const Job &job, const nn_options &options, int rows)
{
	const bool classes = job.sizes.back() > 1;
	std::vector<std::string> names;
	std::vector<nn_column> columns;
	nn_status status;
	Rows source(job);

	for (int i = 0; i < (job.array ? 1 : job.sizes[0]); i++)
		names.push_back("x" + std::to_string(i));
	for (const std::string &name : names)
		columns.push_back({name.c_str(), "real", job.array ? NN_ARRAY : NN_NUMBER, NN_FEATURE,
						   false, NN_NO_WORD});
	columns.push_back(
		{"y", "real", classes ? NN_CATEGORY : NN_NUMBER, NN_TARGET, false, NN_NO_WORD});
	Dataset dataset(nn_dataset_new(columns.data(), static_cast<int32_t>(columns.size()), &options,
								   size_t(8) << 30, &status),
					nn_dataset_free);
	check(status);
	for (int i = 0; i < rows; i++)
	{
		nn_dataset_add(dataset.get(), source.next(), &status);
		check(status);
	}
	while (nn_dataset_prepare(dataset.get(), &status))
		check(status);
	check(status);
	return dataset;
}

// Multiplications and additions of a row in training, and in a pass forward.
void operations(const Job &job, double &training, double &forward)
{
	training = forward = 0;
	for (size_t l = 1; l < job.sizes.size(); l++)
	{
		const double weights = static_cast<double>(job.sizes[l - 1]) * job.sizes[l];
		training += (l == 1 ? 4 : 6) * weights; // nobody needs the gradient of the inputs
		forward += 2 * weights;
	}
}

// Gives the loss.
double train(const nn_dataset *dataset, const nn_options &options)
{
	nn_status status;
	nn_result result;
	const std::unique_ptr<nn_trainer, void (*)(void *)> trainer(
		nn_trainer_new(dataset, &options, &status), nn_trainer_free);

	check(status);
	while (nn_trainer_step(trainer.get(), &status))
		check(status);
	check(status);
	nn_trainer_result(trainer.get(), &result, &status);
	check(status);
	return result.loss;
}

void run(const Job &job)
{
	const int rows = static_cast<int>(job.rows * share);
	const std::vector<int32_t> hidden(job.sizes.begin() + 1, job.sizes.end() - 1);
	nn_options options;
	double training, forward;

	nn_options_default(&options);
	options.hidden = hidden.data();
	options.hidden_layers = static_cast<int32_t>(hidden.size());
	options.batch_size = job.batch;
	options.epochs = epochs > 0 ? epochs : job.epochs;
	options.l2 = options.validation = 0;
	const double start = processor_seconds();
	const Dataset dataset = read(job, options, rows);
	const double reading = processor_seconds() - start;
	operations(job, training, forward);
	for (int count : threads)
	{
		options.threads = count;
		const double peak = bench::highest_peak(simd) * count;
		double took = INFINITY, used = INFINITY, loss = 0;
		for (int i = 0; i < repeats; i++)
		{
			const double wall = wall_seconds(), processor = processor_seconds();
			loss = train(dataset.get(), options);
			took = std::min(took, wall_seconds() - wall);
			used = std::min(used, processor_seconds() - processor);
		}
		const double work = rows * (training * options.epochs + forward);
		const double passes = options.epochs + forward / training;
		printf("%-3s %8d rows %5d-", job.name, rows, job.sizes[0]);
		for (size_t l = 1; l < job.sizes.size(); l++)
			printf("%d%s", job.sizes[l], l + 1 < job.sizes.size() ? "-" : "");
		printf(
			"  threads %d  %7.4f s an epoch  %6.1f GF/s  %5.1f %%  cpu %7.4f s  reading %5.1f ns  "
			"loss %.6f\n",
			count, took / passes, work / took / 1e9, 100 * work / took / peak, used / passes,
			reading * 1e9 / rows / (job.sizes[0] + 1), loss);
		fflush(stdout);
	}
}

// J1 with other numbers of rows, columns and neurons.
void growth()
{
	Job job = kJobs[0];
	for (int rows : {62500, 125000, 250000, 500000})
		job.rows = rows, run(job);
	job.rows = 125000;
	for (int columns : {10, 100, 1000})
		job.sizes[0] = columns, run(job);
	job = kJobs[0];
	job.rows = 62500;
	for (int width : {64, 256, 1024})
		job.sizes[1] = job.sizes[2] = width, run(job);
}

} // namespace

int main(int argc, char **argv)
{
	std::vector<const char *> names;

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "share=", 6) == 0)
			share = atof(argv[i] + 6);
		else if (strncmp(argv[i], "epochs=", 7) == 0)
			epochs = atoi(argv[i] + 7);
		else if (strncmp(argv[i], "repeats=", 8) == 0)
			repeats = atoi(argv[i] + 8);
		else if (strncmp(argv[i], "threads=", 8) == 0)
		{
			threads.clear();
			for (const char *c = argv[i] + 7; c != nullptr; c = strchr(c + 1, ','))
				threads.push_back(atoi(c + 1));
		}
		else if (strncmp(argv[i], "simd=", 5) != 0)
			names.push_back(argv[i]);
		else if (!nn_use_simd(argv[i] + 5, false) || !nn::find_simd(argv[i] + 5, simd))
			return fprintf(stderr, "no such instructions\n"), 1;
	if (names.empty())
		names = {"J1", "J2", "J3"};
	for (const char *name : names)
	{
		if (strcmp(name, "peak") == 0)
			printf("%.1f\n", bench::highest_peak(simd) / 1e9);
		if (strcmp(name, "growth") == 0)
			growth();
		for (const Job &job : kJobs)
			if (strcmp(name, job.name) == 0)
				run(job);
	}
	return 0;
}
