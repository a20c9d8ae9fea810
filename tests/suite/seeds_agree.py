#!/usr/bin/python3 -B
"""The suite on the embedded broker with many seeds: the verdicts do not depend on how the bytes are segmented and delayed.

    tests/suite/seeds_agree.py MQTTSPEC [--seeds N]
"""

import argparse

import suite


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mqttspec")
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()

    first = None
    differences = []
    for seed in range(1, options.seeds + 1):
        found = suite.verdicts(suite.run_test(options.mqttspec, "--seed", str(seed)).report)
        first = first or found
        for case in sorted(first.keys() | found.keys()):
            if first.get(case) != found.get(case):
                differences.append(f"seed {seed}: {case[1]} (MQTT {case[0]}) is {found.get(case)}, with seed 1 {first.get(case)}")
    if differences or not first:
        suite.fail("\n".join(differences) or "no case was run")
    print(f"{options.seeds} seeds: the same {len(first)} verdicts")


if __name__ == "__main__":
    main()
