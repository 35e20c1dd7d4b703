"""Predictions as people make them without pgnn: rows out of PostgreSQL, through NumPy, through a library's network.

    inference.py sklearn|torch J1|J2|J3 THREADS     prints: seconds of the export, of the predictions, rows

The networks have the shapes of jobs.py and weights of no meaning. The rows come by COPY in binary form.
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
sizes, classes = JOBS[job]['sizes'], JOBS[job]['classes']


def export():
    columns = 'x' if job == 'J3' else ', '.join('x%d' % (i + 1) for i in range(sizes[0]))
    out = io.BytesIO()
    with psycopg2.connect('') as connection, connection.cursor() as cursor:
        cursor.copy_expert('COPY (SELECT %s FROM bench_%s) TO STDOUT (FORMAT binary)' % (columns, job.lower()), out)
    fields = [('count', '>i2')] + ([('array', '>i4', (6,))] if job == 'J3' else [])
    row = np.dtype(fields + [('x', [('length', '>i4'), ('value', '>f4')], (sizes[0],))])
    data = out.getbuffer()  # a header of 19 bytes, a trailer of 2
    rows = np.frombuffer(data, dtype=row, offset=19, count=(len(data) - 21) // row.itemsize)
    return rows['x']['value'].astype(np.float32)


def sklearn():
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    random = np.random.default_rng(1)
    X = random.standard_normal((1000, sizes[0]), dtype=np.float32)
    model = (MLPClassifier if classes else MLPRegressor)(sizes[1:-1], max_iter=1)
    model.fit(X, np.arange(1000) % sizes[-1] if classes else random.standard_normal(1000, dtype=np.float32))
    return model.predict


def torch():
    import torch
    torch.set_num_threads(int(threads))
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])

    def predict(X):
        with torch.no_grad():
            outputs = torch.cat([model(part) for part in torch.from_numpy(X).split(8192)]).numpy()
        return outputs.argmax(1) if classes else outputs.ravel()
    return predict


predict = (sklearn if tool == 'sklearn' else torch)()
predict(np.zeros((10, sizes[0]), dtype=np.float32))
start = time.perf_counter()
X = export()
exported = time.perf_counter()
predict(X)
print('%.4f %.4f %d' % (exported - start, time.perf_counter() - exported, len(X)))
