#!/usr/bin/env python3
"""Prints evaluation_reference.h: predictions, truths and weights, and what scikit-learn's metrics say of them.

    test/unit/reference_metrics.py >test/unit/evaluation_reference.h

Needs scikit-learn (1.2.1 was used) and numpy; the tests hold what it printed, so that they need neither.
"""
import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

random = np.random.default_rng(7)


def numbers(values):
    return '{' + ', '.join(repr(float(v)) for v in np.asarray(values).ravel()) + '}'


def case(name, outputs, truths, weights, expected):
    print(f'constexpr double k{name}Outputs[] = {numbers(outputs)};')
    print(f'constexpr double k{name}Truths[] = {numbers(truths)};')
    print(f'constexpr double k{name}Weights[] = {numbers(weights)};')
    for kind in ('', 'Weighted'):
        w = weights if kind else None
        print(f'constexpr Expected k{kind}{name}[] = {{')
        for metric, value in expected(w).items():
            print(f'\t{{"{metric}", {float(value)!r}}},')
        print('};')


def choices(truth, predicted, w, labels):
    result = {
        'accuracy': m.accuracy_score(truth, predicted, sample_weight=w),
        'balanced_accuracy': m.balanced_accuracy_score(truth, predicted, sample_weight=w),
        'mcc': m.matthews_corrcoef(truth, predicted, sample_weight=w),
    }
    for average in ('macro', 'weighted'):
        p, r, f, _ = m.precision_recall_fscore_support(truth, predicted, average=average, sample_weight=w,
                                                       zero_division=0)
        result |= {f'precision_{average}': p, f'recall_{average}': r, f'f1_{average}': f}
    if labels == 2:
        result |= {'precision': m.precision_score(truth, predicted, sample_weight=w),
                   'recall': m.recall_score(truth, predicted, sample_weight=w),
                   'f1': m.f1_score(truth, predicted, sample_weight=w)}
    return result


# ---- two classes, some probabilities the same ----
n = 60
truth = (random.uniform(size=n) < 0.4).astype(int)
p = np.round(np.clip(0.35 + 0.3 * truth + 0.25 * random.normal(size=n), 0.01, 0.99), 2)
p[p == 0.5] = 0.51
weight = np.round(random.uniform(0.1, 3, size=n), 3)
two = np.column_stack([1 - p, p])


def of_two(w):
    predicted = (two[:, 1] > two[:, 0]).astype(int)
    return choices(truth, predicted, w, 2) | {
        'log_loss': m.log_loss(truth, two, sample_weight=w),
        'brier': m.brier_score_loss(truth, p, sample_weight=w),
        'roc_auc': m.roc_auc_score(truth, p, sample_weight=w),
        'pr_auc': m.average_precision_score(truth, p, sample_weight=w)}


print('''/*
 * evaluation_reference.h: predictions, and the metrics of them by scikit-learn %s. Printed by
 * reference_metrics.py.
 */
#ifndef PGNN_EVALUATION_REFERENCE_H
#define PGNN_EVALUATION_REFERENCE_H

// clang-format off
namespace reference
{

struct Expected
{
	const char *metric;
	double value;
};
''' % sklearn.__version__)
case('Two', two, truth, weight, of_two)
fpr, tpr, thresholds = m.roc_curve(truth, p, sample_weight=weight, drop_intermediate=False)
print(f'constexpr double kRocFpr[] = {numbers(fpr[1:])};')
print(f'constexpr double kRocTpr[] = {numbers(tpr[1:])};')
print(f'constexpr double kRocThresholds[] = {numbers(thresholds[1:])};')
precision, recall, thresholds = m.precision_recall_curve(truth, p, sample_weight=weight)
print(f'constexpr double kPrecision[] = {numbers(precision[:-1][::-1])};')
print(f'constexpr double kRecall[] = {numbers(recall[:-1][::-1])};')
print(f'constexpr double kPrThresholds[] = {numbers(thresholds[::-1])};')
observed, predicted = calibration_curve(truth, p, n_bins=5)
print(f'constexpr double kCalibrationObserved[] = {numbers(observed)};')
print(f'constexpr double kCalibrationPredicted[] = {numbers(predicted)};')

# ---- four classes, one of which is never predicted ----
n, k = 80, 4
truth4 = random.integers(0, k, size=n)
logits = random.normal(size=(n, k)) + 1.2 * np.eye(k)[truth4] - [0, 0, 0, 9]
four = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
weight4 = np.round(random.uniform(0.1, 3, size=n), 3)


def of_four(w):
    truth_matrix = np.eye(k)[truth4]
    return choices(truth4, four.argmax(axis=1), w, k) | {
        'log_loss': m.log_loss(truth4, four, sample_weight=w),
        'brier': np.average(((four - truth_matrix) ** 2).sum(axis=1), weights=w),
        'roc_auc': m.roc_auc_score(truth_matrix, four, average='macro', sample_weight=w),
        'pr_auc': m.average_precision_score(truth_matrix, four, average='macro', sample_weight=w)}


case('Four', four, truth4, weight4, of_four)

# ---- two numbers ----
n = 51
y = random.normal(size=(n, 2)) * [1, 50] + [10, -400]
f = y + random.normal(size=(n, 2)) * [0.5, 20] + [0.1, 5]
weight_y = np.round(random.uniform(0.1, 3, size=n), 3)


def of_numbers(w):
    return {
        'rmse': m.mean_squared_error(y, f, sample_weight=w, squared=False),
        'mae': m.mean_absolute_error(y, f, sample_weight=w),
        'median_absolute_error': m.median_absolute_error(y, f, sample_weight=w),
        'r2': m.r2_score(y, f, sample_weight=w),
        'explained_variance': m.explained_variance_score(y, f, sample_weight=w),
        'mape': m.mean_absolute_percentage_error(y, f, sample_weight=w)}


case('Numbers', f, y, weight_y, of_numbers)

# ---- three quantiles, of an even number of rows ----
n = 40
y1 = random.gamma(2, 3, size=n)
q = np.column_stack([y1 * 0.4 + 1, y1 * 0.8 + 1.2, y1 + 3 + random.normal(size=n) * 3])
weight_q = np.round(random.uniform(0.1, 3, size=n), 3)
SHARES = [0.1, 0.5, 0.9]


def of_quantiles(w):
    inside = (y1 >= q[:, 0]) & (y1 <= q[:, 2])
    return {
        'pinball': np.mean([m.mean_pinball_loss(y1, q[:, i], alpha=a, sample_weight=w) for i, a in enumerate(SHARES)]),
        'coverage': np.average(inside, weights=w),
        'mae': m.mean_absolute_error(y1, q[:, 1], sample_weight=w),
        'median_absolute_error': m.median_absolute_error(y1, q[:, 1], sample_weight=w)}


case('Quantiles', q, y1, weight_q, of_quantiles)
print('''
} // namespace reference
// clang-format on

#endif''')
