#!/usr/bin/env python3
"""Which share of requests a cache in front of a fleet answers, simulated: files are asked for as Zipf's law says, the cache drops what was used least recently.

Usage: bench/fleet/zipf.py [FILES [REQUESTS]]: 100,000 files of one size and 1,000,000 requests unless told. The first half only fills the cache and is not counted.
The same arguments give the same table on every machine.
"""
import itertools
import random
import sys
from collections import OrderedDict

EXPONENTS = (0.6, 0.8, 1.0)  # Breslau et al., INFOCOM 1999, found 0.64 to 0.83 at web proxies.
SHARES = (0.001, 0.01, 0.05, 0.1, 0.2)


def hit_rate(requests, room):
    cache, hits = OrderedDict(), 0
    for number, file in enumerate(requests):
        if file in cache:
            cache.move_to_end(file)
            hits += number >= len(requests) // 2
        else:
            cache[file] = True
            if len(cache) > room:
                cache.popitem(last=False)
    return hits / (len(requests) - len(requests) // 2)


def main():
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    if files < 1000 or count < 2:
        sys.exit("zipf.py: at least 1000 files and 2 requests are needed")
    print("| the cache holds | " + " | ".join(f"exponent {exponent}" for exponent in EXPONENTS) + " |")
    print("|---|" + "---|" * len(EXPONENTS))
    rates = []
    for exponent in EXPONENTS:
        weights = list(itertools.accumulate((rank + 1) ** -exponent for rank in range(files)))
        requests = random.Random(1).choices(range(files), cum_weights=weights, k=count)
        rates.append([hit_rate(requests, int(files * share)) for share in SHARES])
    for share, row in zip(SHARES, zip(*rates)):
        print(f"| {100 * share:g} % of the bytes | " + " | ".join(f"{100 * rate:.0f} %" for rate in row) + " |")


main()
