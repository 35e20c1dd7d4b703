/*
 * leaks.cpp: the rows in order of the column's value. Those of one value, a group, are predicted from
 * each other, and a number that occurs once from the numbers next to it.
 */
#include "core/leaks.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>

#include "core/eigen.h"

namespace nn
{

namespace
{

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Row
{
	bool null; // of a number
	double value, target;
};

// The rows from begin to end, which have one value.
struct Group
{
	size_t begin, end;
	bool number; // which can have neighbours, unlike NULL and categories
	double value;
	double target = 0;           // the mean; or the commonest class, NaN where two are as common
	size_t most = 0, second = 0; // rows of the commonest class, and of the next

	size_t size() const { return end - begin; }
};

// The groups of the next smaller and the next greater number, or nullptr.
struct Neighbours
{
	const Group *before, *after;
};

// A row's target, and what it is compared with: its prediction, or the column's value.
struct Pair
{
	double given, target;
};

double element(const LeakSample &sample, size_t row)
{
	return sample.categories() ? static_cast<double>(sample.codes[row])
							   : static_cast<double>(sample.numbers[row]);
}

// By value, NULLs last, and then by target: so sums don't depend on the order rows come in.
std::vector<Row> sorted_rows(const LeakSample &column, const LeakSample &target)
{
	std::vector<Row> rows(target.rows());

	eigen_assert(column.rows() == target.rows());
	for (size_t i = 0; i < rows.size(); i++)
	{
		const double value = element(column, i);
		const bool null = std::isnan(value);
		rows[i] = {null, null ? 0 : value, element(target, i)};
		eigen_assert(std::isfinite(rows[i].target));
	}
	std::sort(rows.begin(), rows.end(), [](const Row &a, const Row &b) {
		return std::tie(a.null, a.value, a.target) < std::tie(b.null, b.value, b.target);
	});
	return rows;
}

std::vector<Group> find_groups(const std::vector<Row> &rows, bool categories)
{
	std::vector<Group> groups;

	for (size_t begin = 0, end = 1; end <= rows.size(); end++)
	{
		const Row &first = rows[begin];
		if (end < rows.size() && rows[end].null == first.null && rows[end].value == first.value)
			continue;
		groups.push_back({begin, end, !categories && !first.null, first.value});
		begin = end;
	}
	return groups;
}

Neighbours neighbours(const std::vector<Group> &groups, size_t g)
{
	const bool before = groups[g].number && g > 0;
	const bool after = groups[g].number && g + 1 < groups.size() && groups[g + 1].number;

	return {before ? &groups[g - 1] : nullptr, after ? &groups[g + 1] : nullptr};
}

// The group's rows are in order of their classes.
void count_classes(const std::vector<Row> &rows, Group &group)
{
	for (size_t begin = group.begin, end = begin + 1; end <= group.end; end++)
	{
		if (end < group.end && rows[end].target == rows[begin].target)
			continue;
		const size_t count = end - begin;
		if (count > group.most)
			group.target = rows[begin].target;
		group.second = std::max(group.second, std::min(count, group.most));
		group.most = std::max(group.most, count);
		begin = end;
	}
	if (group.most == group.second)
		group.target = kNone;
}

// Rows of the group whose class is the commonest one of the others, and commoner than the next.
size_t rightly_classified(const std::vector<Group> &groups, size_t g)
{
	const Group &group = groups[g];
	const auto [before, after] = neighbours(groups, g);

	if (group.size() > 1)
		return group.most - 1 > group.second ? group.most : 0;
	return (before != nullptr || after != nullptr) &&
		   (before == nullptr || before->target == group.target) &&
		   (after == nullptr || after->target == group.target);
}

bool gives_classes(std::vector<Row> &rows, std::vector<Group> &groups)
{
	Group all = {0, rows.size(), false, 0};
	size_t errors = rows.size();

	for (Group &group : groups)
		count_classes(rows, group);
	for (size_t g = 0; g < groups.size(); g++)
		errors -= rightly_classified(groups, g);

	std::sort(rows.begin(), rows.end(),
			  [](const Row &a, const Row &b) { return a.target < b.target; });
	count_classes(rows, all);
	const size_t baseline = all.size() - all.most;
	return baseline >= kLeakFew &&
		   static_cast<double>(errors) <= kLeakErrors * static_cast<double>(baseline);
}

double mean(const std::vector<Row> &rows, size_t begin, size_t end)
{
	double sum = 0;

	for (size_t i = begin; i < end; i++)
		sum += rows[i].target;
	return sum / static_cast<double>(end - begin);
}

// The prediction of a value that occurs once, NaN for none: a line beyond the neighbours could be far
// off. A category, or the only NULL, has the mean of all.
double interpolated(const std::vector<Group> &groups, size_t g, double mean_of_all)
{
	const Group &group = groups[g];
	const auto [before, after] = neighbours(groups, g);

	if (!group.number)
		return mean_of_all;
	if (before == nullptr || after == nullptr)
		return kNone;
	const double part = (group.value - before->value) / (after->value - before->value);
	return before->target + part * (after->target - before->target);
}

// Each row whose target can be predicted from the others.
std::vector<Pair> predictions(const std::vector<Row> &rows, std::vector<Group> &groups)
{
	const double mean_of_all = mean(rows, 0, rows.size());
	std::vector<Pair> pairs;

	for (Group &group : groups)
		group.target = mean(rows, group.begin, group.end);
	for (size_t g = 0; g < groups.size(); g++)
	{
		const Group &group = groups[g];
		const double others = static_cast<double>(group.size()) - 1;
		const double alone = others > 0 ? 0 : interpolated(groups, g, mean_of_all);
		for (size_t i = group.begin; i < group.end; i++)
		{
			// the mean without the row is as far beyond the mean as the row is before it
			const double y = rows[i].target;
			const double guess = others > 0 ? group.target + (group.target - y) / others : alone;
			if (!std::isnan(guess))
				pairs.push_back({guess, y});
		}
	}
	return pairs;
}

// Leaves out the pairs whose targets are farthest from their mean: a few outliers that happen to
// occur together, as in copies of a row, would otherwise be all that there is to explain.
void drop_outliers(std::vector<Pair> &pairs)
{
	std::vector<double> distances;
	double sum = 0;

	if (pairs.size() <= kLeakFew)
		return pairs.clear();
	for (const Pair &pair : pairs)
		sum += pair.target;
	const double middle = sum / static_cast<double>(pairs.size());
	distances.reserve(pairs.size());
	for (const Pair &pair : pairs)
		distances.push_back(std::abs(pair.target - middle));
	std::nth_element(distances.begin(), distances.begin() + kLeakFew, distances.end(),
					 std::greater<double>());
	const double limit = distances[kLeakFew];
	const auto beyond = [=](const Pair &p) { return std::abs(p.target - middle) > limit; };
	pairs.erase(std::remove_if(pairs.begin(), pairs.end(), beyond), pairs.end());
}

// Takes the mean away. Gives the sum of the squares of what is left; 0 where that is but rounding.
double centre(std::vector<Pair> &pairs, double Pair::*member)
{
	double sum = 0, before = 0, after = 0;

	for (const Pair &pair : pairs)
	{
		sum += pair.*member;
		before += pair.*member * pair.*member;
	}
	const double middle = sum / static_cast<double>(pairs.size());
	for (Pair &pair : pairs)
	{
		pair.*member -= middle;
		after += pair.*member * pair.*member;
	}
	return after > 1e-12 * before ? after : 0;
}

// Predictions have a 1 - R^2 of nearly 0.
bool explain(std::vector<Pair> pairs)
{
	double errors = 0;

	drop_outliers(pairs);
	for (const Pair &pair : pairs)
		errors += (pair.target - pair.given) * (pair.target - pair.given);
	const double targets = centre(pairs, &Pair::target);
	return targets > 0 && errors <= kLeakUnexplained * targets;
}

// The square of Pearson's correlation is nearly 1.
bool lie_on_a_line(std::vector<Pair> pairs)
{
	double products = 0;

	drop_outliers(pairs);
	const double values = centre(pairs, &Pair::given), targets = centre(pairs, &Pair::target);
	for (const Pair &pair : pairs)
		products += pair.given * pair.target;
	return values > 0 && targets > 0 && products * products >= kLeakCorrelation * values * targets;
}

bool gives_numbers(const std::vector<Row> &rows, std::vector<Group> &groups, bool categories)
{
	std::vector<Pair> known; // a column filled in only here and there may still be a copy there

	if (rows.size() < kLeakRows)
		return false;
	if (explain(predictions(rows, groups)))
		return true;
	for (const Row &row : rows)
		if (!categories && !row.null)
			known.push_back({row.value, row.target});
	return known.size() >= kLeakRows && lie_on_a_line(std::move(known));
}

} // namespace

bool gives_away(const LeakSample &column, const LeakSample &target)
{
	std::vector<Row> rows = sorted_rows(column, target);
	std::vector<Group> groups = find_groups(rows, column.categories());

	return target.categories() ? gives_classes(rows, groups)
							   : gives_numbers(rows, groups, column.categories());
}

} // namespace nn
