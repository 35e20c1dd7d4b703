#!/usr/bin/env python3
"""Computes the reference values of activations.cpp, optimizers.cpp and random.cpp.

Activations come from their definitions in 40-digit decimals. Gradients come from complex steps
(f(x + ih).imag / h, exact to the last bit or so), not from backpropagation. Needs Python alone; the
tests hold what it printed, so that it need not run with them.
"""
import cmath
from decimal import Decimal, getcontext

getcontext().prec = 40

POINTS = [-6.5, -2.0, -0.75, 0.25, 1.5, 5.0]


# ---- activations ----

def logistic(z):
    return 1 / (1 + (-z).exp())


def normal_cdf(z):
    """Phi by the power series of erf, which converges for every z."""
    x = z / Decimal(2).sqrt()
    term, total, n = x, x, 0
    while abs(term) > Decimal(10) ** -38:
        n += 1
        term = -term * x * x / n
        total += term / (2 * n + 1)
    pi = Decimal('3.141592653589793238462643383279502884197')
    return (1 + 2 / pi.sqrt() * total) / 2


ACTIVATIONS = {
    'relu': lambda z: max(z, Decimal(0)),
    'leaky_relu': lambda z: z if z > 0 else z / 100,
    'elu': lambda z: z if z > 0 else z.exp() - 1,
    'gelu': lambda z: z * normal_cdf(z),
    'silu': lambda z: z * logistic(z),
    'softplus': lambda z: (1 + z.exp()).ln(),
    'tanh': lambda z: (z.exp() - (-z).exp()) / (z.exp() + (-z).exp()),
    'sigmoid': logistic,
    'identity': lambda z: z,
}


def print_activations():
    for name, f in ACTIVATIONS.items():
        values = ', '.join(f'{f(Decimal(z)):.16g}' for z in POINTS)
        print('{"%s", {%s}},' % (name, values))


# ---- optimizers: a 2-2-1 tanh network, mse over all rows, ten steps ----

ROWS = [((0.5, -1.25), 0.75), ((-0.75, 0.25), -0.5), ((1.5, 1.0), 1.25), ((-0.25, -0.5), 0.125)]
# W1 row-major, b1, W2, b2
START = [0.5, -0.25, 0.125, 0.75, 0.0625, -0.125, 0.875, -0.625, 0.25]
WEIGHTS = [0, 1, 2, 3, 6, 7]  # the places of W1 and W2
STEPS = 10


def loss(p, l2=0.0):
    total = 0
    for (x1, x2), y in ROWS:
        a1 = cmath.tanh(p[0] * x1 + p[1] * x2 + p[4])
        a2 = cmath.tanh(p[2] * x1 + p[3] * x2 + p[5])
        total += (p[6] * a1 + p[7] * a2 + p[8] - y) ** 2
    return total / len(ROWS) + l2 / 2 * sum(p[i] ** 2 for i in WEIGHTS)


def gradient(p, l2=0.0):
    h = 1e-30
    result = []
    for i in range(len(p)):
        shifted = [complex(v, h if i == j else 0) for j, v in enumerate(p)]
        result.append(loss(shifted, l2).imag / h)
    return result


def gd(p, steps, rate):
    for _ in range(steps):
        p = [v - rate * g for v, g in zip(p, gradient(p))]
    return p


def sgd(p, steps, rate, momentum, nesterov=False):
    velocity = [0.0] * len(p)
    for _ in range(steps):
        g = gradient(p)
        velocity = [momentum * v - rate * d for v, d in zip(velocity, g)]
        if nesterov:
            p = [a + momentum * v - rate * d for a, v, d in zip(p, velocity, g)]
        else:
            p = [a + v for a, v in zip(p, velocity)]
    return p


def rmsprop(p, steps, rate):
    square = [0.0] * len(p)
    for _ in range(steps):
        g = gradient(p)
        square = [0.9 * v + 0.1 * d * d for v, d in zip(square, g)]
        p = [a - rate * d / (v ** 0.5 + 1e-8) for a, d, v in zip(p, g, square)]
    return p


def adam(p, steps, rate, decay=0.0):
    """With decay, AdamW: weights, not biases, shrink before the step."""
    m, v = [0.0] * len(p), [0.0] * len(p)
    for t in range(1, steps + 1):
        g = gradient(p)
        p = [a * (1 - rate * decay) if i in WEIGHTS else a for i, a in enumerate(p)]
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
        v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
        m_hat = [a / (1 - 0.9 ** t) for a in m]
        v_hat = [a / (1 - 0.999 ** t) for a in v]
        p = [a - rate * b / (c ** 0.5 + 1e-8) for a, b, c in zip(p, m_hat, v_hat)]
    return p


# ---- L-BFGS: the inverse Hessian as a matrix, the line search as loops, unlike lbfgs.cpp ----

def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def inverse_hessian(pairs, n):
    """Nocedal and Wright's (7.20), then (6.17) for each pair, oldest first."""
    s, y = pairs[-1]
    scale = dot(s, y) / dot(y, y)
    h = [[scale * (i == j) for j in range(n)] for i in range(n)]
    for s, y in pairs:
        rho = 1 / dot(s, y)
        v = [[(i == j) - rho * s[i] * y[j] for j in range(n)] for i in range(n)]
        hv = [[dot(row, other) for other in v] for row in h]  # H V', V the matrix I - rho s y'
        h = [[dot(v[i], [r[j] for r in hv]) + rho * s[i] * s[j] for j in range(n)]
             for i in range(n)]
    return h


def cubic_minimum(a, b):
    """Of the cubic with values and slopes as at a and b: its place, 0 at a and 1 at b, or None."""
    width = b[0] - a[0]
    slope, rise = a[2] * width, b[1] - a[1]
    third = slope + b[2] * width - 2 * rise
    second = rise - slope - third
    root = second * second - 3 * third * slope
    if root < 0 or second + root ** 0.5 == 0:
        return None
    return -slope / (second + root ** 0.5)


def line_search(phi, step):
    """Algorithms 3.5 and 3.6; phi(step) is (step, value, slope). Returns the step, and the trials."""
    zero = phi(0.0)
    trials = 0

    def descends(point):
        return point[1] <= zero[1] + 1e-4 * point[0] * zero[2]

    def flat(point):
        return abs(point[2]) <= -0.9 * zero[2]

    before = zero
    while True:  # 3.5
        point = phi(step)
        trials += 1
        if not descends(point) or point[1] >= before[1]:
            low, high = before, point
            break
        if flat(point):
            return step, trials
        if point[2] >= 0:
            low, high = point, before
            break
        before, step = point, 4 * step
    while True:  # 3.6
        share = cubic_minimum(low, high)
        if share is None or trials % 3 == 0:
            share = 0.5
        step = low[0] + (high[0] - low[0]) * min(max(share, 0.1), 0.9)
        point = phi(step)
        trials += 1
        if not descends(point) or point[1] >= low[1]:
            high = point
        else:
            if flat(point):
                return step, trials
            if point[2] * (high[0] - low[0]) >= 0:
                high = low
            low = point


def lbfgs(p, steps, rate, l2=0.0):
    pairs, g, counts = [], gradient(p, l2), []
    for _ in range(steps):
        if pairs:
            direction = [-dot(row, g) for row in inverse_hessian(pairs[-10:], len(p))]
            step = 1.0
        else:
            direction = [-a for a in g]
            step = rate * min(1.0, 1 / sum(abs(a) for a in g))

        def along(step):
            return [a + step * d for a, d in zip(p, direction)]

        def phi(step):
            point = along(step)
            return step, loss(point, l2).real, dot(gradient(point, l2), direction)

        step, trials = line_search(phi, step)
        counts.append(trials)
        new, new_g = along(step), gradient(along(step), l2)
        pairs.append(([a - b for a, b in zip(new, p)], [a - b for a, b in zip(new_g, g)]))
        p, g = new, new_g
    print('// trials of the line searches of lbfgs:', counts)
    return p


# ---- random numbers and hashes ----

GOLDEN, MASK = 0x9e3779b97f4a7c15, 2 ** 64 - 1


def mix(x):
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9 & MASK
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb & MASK
    return x ^ (x >> 31)


def draws(seed, stream, count):
    state = mix(mix((seed + GOLDEN) & MASK) + stream * GOLDEN & MASK)
    return [mix(state + k * GOLDEN & MASK) for k in range(1, count + 1)]


def hash_bytes(data):
    result = mix(len(data) + 1)
    for start in range(0, len(data), 8):
        word = int.from_bytes(data[start:start + 8], 'big')
        result = mix(result ^ mix(word + GOLDEN & MASK))
    return result


def print_random():
    print('// draws', draws(42, 0, 2), draws(42, 1, 1), draws(0, 0, 1), draws(MASK, 0, 1))
    for data in [b'', b'a', b'abcdefgh', b'abcdefghi', b'\xff\x80\x00\x7f']:
        print('// hash', data, hash_bytes(data))


if __name__ == '__main__':
    assert mix(1234567 + GOLDEN) == 6457827717110365317  # the first of SplitMix64's own test
    print_activations()
    print_random()
    for title, p in [('gd', gd(START, STEPS, 0.1)),
                     ('sgd', sgd(START, STEPS, 0.05, 0.9)),
                     ('sgd, nesterov', sgd(START, STEPS, 0.05, 0.9, nesterov=True)),
                     ('rmsprop', rmsprop(START, STEPS, 0.01)),
                     ('adam', adam(START, STEPS, 0.01)),
                     ('adamw', adam(START, STEPS, 0.01, decay=0.5)),
                     ('lbfgs, l2 1.25', lbfgs(START, STEPS, 1.0, 1.25)),
                     ('lbfgs, l2 1.25, first step too short', lbfgs(START, STEPS, 0.01, 1.25)),
                     ('lbfgs, l2 1.25, first step too long', lbfgs(START, STEPS, 100.0, 1.25)),
                     ('lbfgs, l2 0', lbfgs(START, STEPS, 1.0))]:
        print('// %s, mse %r -> %r' % (title, loss(START).real, loss(p).real))
        print('{%s}' % ', '.join(repr(v) for v in p))
