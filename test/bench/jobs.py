"""The tables of "make bench": three jobs with a real signal, made from fixed seeds.

    jobs.py J1|J2|J3 [share]     writes the table's rows as COPY text; share: of the rows, 1 unless told

J1: 500,000 rows of 54 numbers (10 of them 0 or 1) and one of 7 classes, 54-128-64-7, batches of 256, 3 epochs
J2: 1,000,000 rows of 10 numbers and a number, 10-64-32-1, batches of 256, 3 epochs
J3: 60,000 rows of an array of 784 numbers and one of 10 classes, 784-512-256-10, batches of 128, 2 epochs
All: relu, Adam with 0.001, nothing held out, no penalty.
"""
import sys

import numpy as np

JOBS = {
    'J1': {'rows': 500_000, 'sizes': [54, 128, 64, 7], 'batch': 256, 'epochs': 3, 'classes': True},
    'J2': {'rows': 1_000_000, 'sizes': [10, 64, 32, 1], 'batch': 256, 'epochs': 3, 'classes': False},
    'J3': {'rows': 60_000, 'sizes': [784, 512, 256, 10], 'batch': 128, 'epochs': 2, 'classes': True},
}


def make(job, rows):
    """The inputs (rows x columns, float32) and the targets: classes, or numbers of mean 0 and deviation 1."""
    random = np.random.default_rng(ord(job[1]))
    columns = JOBS[job]['sizes'][0]
    if job == 'J1':  # correlated columns; a teacher network with noise chooses the class
        X = random.standard_normal((rows, 20), dtype=np.float32) @ random.standard_normal((20, columns), dtype=np.float32)
        X = X / np.float32(20 ** .5) + random.standard_normal((rows, columns), dtype=np.float32) / 2
        X[:, 44:] = X[:, 44:] > .8
        hidden = np.tanh(X @ (random.standard_normal((columns, 32), dtype=np.float32) / 5))
        votes = hidden @ random.standard_normal((32, 7), dtype=np.float32) + .7 * random.gumbel(size=(rows, 7))
        return X, votes.argmax(1)
    if job == 'J2':  # products, squares and kinks, with noise
        X = random.standard_normal((rows, columns), dtype=np.float32)
        y = 3 * np.sin(X[:, 0] * X[:, 1]) + X[:, 2] ** 2 + 2 * X[:, 3] - X[:, 4] + np.abs(X[:, 5]) * X[:, 6]
        y = y + .3 * random.standard_normal(rows)
        return X, (y - y.mean()) / y.std()
    prototypes = random.random((30, columns)) < .2  # J3: blurred prototypes, every 20th label at random
    kind = random.integers(0, 30, rows)
    X = prototypes[kind] * random.random((rows, columns), dtype=np.float32)
    X = np.clip(X + .35 * random.standard_normal((rows, columns), dtype=np.float32), 0, 1)
    return X, np.where(random.random(rows) < .05, random.integers(0, 10, rows), kind % 10)


def main():
    job = sys.argv[1]
    X, y = make(job, int(JOBS[job]['rows'] * float(sys.argv[2] if len(sys.argv) > 2 else 1)))
    for label, row in zip(y, X):
        values = ['%.6g' % value for value in row]
        target = '%d' % label if JOBS[job]['classes'] else '%.6g' % label
        print(target, '{%s}' % ','.join(values) if job == 'J3' else '\t'.join(values), sep='\t')


if __name__ == '__main__':
    main()
