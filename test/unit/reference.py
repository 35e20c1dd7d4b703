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


# ---- optimizers: a 2-2-1 tanh network, mse over all rows, five steps ----

ROWS = [((0.5, -1.25), 0.75), ((-0.75, 0.25), -0.5), ((1.5, 1.0), 1.25), ((-0.25, -0.5), 0.125)]
# W1 row-major, b1, W2, b2
START = [0.5, -0.25, 0.125, 0.75, 0.0625, -0.125, 0.875, -0.625, 0.25]


def loss(p):
    total = 0
    for (x1, x2), y in ROWS:
        a1 = cmath.tanh(p[0] * x1 + p[1] * x2 + p[4])
        a2 = cmath.tanh(p[2] * x1 + p[3] * x2 + p[5])
        total += (p[6] * a1 + p[7] * a2 + p[8] - y) ** 2
    return total / len(ROWS)


def gradient(p):
    h = 1e-30
    result = []
    for i in range(len(p)):
        shifted = [complex(v, h if i == j else 0) for j, v in enumerate(p)]
        result.append(loss(shifted).imag / h)
    return result


def gd(p, steps, rate):
    for _ in range(steps):
        p = [v - rate * g for v, g in zip(p, gradient(p))]
    return p


def sgd(p, steps, rate, momentum):
    velocity = [0.0] * len(p)
    for _ in range(steps):
        velocity = [momentum * v - rate * g for v, g in zip(velocity, gradient(p))]
        p = [a + v for a, v in zip(p, velocity)]
    return p


def adam(p, steps, rate):
    m, v = [0.0] * len(p), [0.0] * len(p)
    for t in range(1, steps + 1):
        g = gradient(p)
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
        v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
        m_hat = [a / (1 - 0.9 ** t) for a in m]
        v_hat = [a / (1 - 0.999 ** t) for a in v]
        p = [a - rate * b / (c ** 0.5 + 1e-8) for a, b, c in zip(p, m_hat, v_hat)]
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
    for title, p in [('gd', gd(START, 5, 0.1)),
                     ('sgd', sgd(START, 5, 0.05, 0.9)),
                     ('adam', adam(START, 5, 0.01))]:
        print('// %s, loss %r -> %r' % (title, loss(START).real, loss(p).real))
        print('{%s}' % ', '.join(repr(v) for v in p))
