"""A job of jobs.py as people do it without pgnn: rows out of PostgreSQL, through NumPy, into a library.

    peers.py sklearn|torch J1|J2|J3 THREADS     prints: seconds of the export, of the training, loss or score

The rows come by COPY in binary form, the fastest common way out. Needs psycopg2, NumPy and the library.
"""
import io
import os
import sys
import time

tool, job, threads = sys.argv[1], sys.argv[2], sys.argv[3]
for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'):
    os.environ[name] = threads

import warnings  # noqa: E402  the libraries read the environment when they are loaded

import numpy as np  # noqa: E402
import psycopg2  # noqa: E402

from jobs import JOBS  # noqa: E402

warnings.filterwarnings('ignore')
sizes, batch, epochs, classes = (JOBS[job][key] for key in ('sizes', 'batch', 'epochs', 'classes'))


def export():
    columns = 'x' if job == 'J3' else ', '.join('x%d' % (i + 1) for i in range(sizes[0]))
    query = 'SELECT %s, %s FROM bench_%s' % ('y::int' if classes else 'y', columns, job.lower())
    out = io.BytesIO()
    with psycopg2.connect('') as connection, connection.cursor() as cursor:
        cursor.copy_expert('COPY (%s) TO STDOUT (FORMAT binary)' % query, out)
    fields = [('count', '>i2'), ('length', '>i4'), ('y', '>i4' if classes else '>f4')]
    if job == 'J3':
        fields += [('array', '>i4', (6,))]
    row = np.dtype(fields + [('x', [('length', '>i4'), ('value', '>f4')], (sizes[0],))])
    data = out.getbuffer()  # a header of 19 bytes, a trailer of 2
    rows = np.frombuffer(data, dtype=row, offset=19, count=(len(data) - 21) // row.itemsize)
    return rows['x']['value'].astype(np.float32), rows['y'].astype(np.int64 if classes else np.float32)


def train_sklearn(X, y):
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    kind = MLPClassifier if classes else MLPRegressor
    model = kind(sizes[1:-1], solver='adam', alpha=0, batch_size=batch, max_iter=epochs, tol=0,
                 n_iter_no_change=epochs + 1, random_state=1)
    model.fit(X, y)
    return model.predict


def train_torch(X, y):
    import torch
    torch.set_num_threads(int(threads))
    torch.manual_seed(1)
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    criterion = torch.nn.CrossEntropyLoss() if classes else torch.nn.MSELoss()
    adam = torch.optim.Adam(model.parameters())
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    y = y if classes else y.reshape(-1, 1)
    for _ in range(epochs):
        order = torch.randperm(len(X))
        for start in range(0, len(X), batch):
            rows = order[start:start + batch]
            adam.zero_grad()
            criterion(model(X[rows]), y[rows]).backward()
            adam.step()

    def predict(X):
        with torch.no_grad():
            outputs = torch.cat([model(part) for part in torch.from_numpy(X).split(10_000)]).numpy()
        return outputs.argmax(1) if classes else outputs.ravel()
    return predict


start = time.perf_counter()
X, y = export()
exported = time.perf_counter()
predict = (train_sklearn if tool == 'sklearn' else train_torch)(X, y)
trained = time.perf_counter()
p = predict(X)
score = (p == y).mean() if classes else 1 - ((p - y) ** 2).mean() / y.var()
print('%.3f %.3f %.4f' % (exported - start, trained - exported, score))
