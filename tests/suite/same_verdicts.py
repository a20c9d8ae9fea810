#!/usr/bin/python3 -B
"""Repeated runs on the same Mosquitto give the same verdicts, also on a busy machine.

    tests/suite/same_verdicts.py MQTTSPEC [--runs N] [--loaded N] [-- arguments of mqttspec test...]

--runs: runs on an otherwise idle machine; --loaded: further runs while a busy loop runs on each processor.
Exit: 77 (from with-broker) if Mosquitto is not installed.
"""

import argparse
import contextlib
import os
import subprocess
import sys
from pathlib import Path

import suite

WITH_BROKER = Path(__file__).resolve().parents[1] / "brokers" / "with-broker"
RUN_SECONDS = 300


@contextlib.contextmanager
def busy_processors():
    loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for load in loads:
            load.kill()
            load.wait()


def compare(first, found, words):
    return [
        f"{words}: {case[1]} (MQTT {case[0]}) is {found.get(case)}, in the first run it was {first.get(case)}"
        for case in sorted(first.keys() | found.keys())
        if first.get(case) != found.get(case)
    ]


def run_often(options):
    """Inside with-broker: all runs use the same broker, including anything that earlier runs left on it."""
    first, differences, times, left_behind = None, [], {"idle": [], "loaded": []}, []

    def run_once(kind, number):
        nonlocal first
        run = suite.run_test(options.mqttspec, *options.arguments, options.url, limit=RUN_SECONDS)
        if run.status not in (0, 1):
            suite.fail(f"{kind} run {number}: {run.told()}")
        found = suite.verdicts(run.report)
        first = first or found
        differences.extend(compare(first, found, f"{kind} run {number}"))
        left_behind.extend(f"{kind} run {number}: {one}" for one in run.report["left_behind"])
        times[kind].append(run.seconds)

    for number in range(1, options.runs + 1):
        run_once("idle", number)
    with busy_processors() if options.loaded else contextlib.nullcontext():
        for number in range(1, options.loaded + 1):
            run_once("loaded", number)
    for kind, seconds in times.items():
        if seconds:
            print(f"{len(seconds)} {kind} runs: {min(seconds):.1f} to {max(seconds):.1f} s, {sum(seconds) / len(seconds):.1f} s on average")
    if differences or left_behind or not first:
        suite.fail("\n".join([*differences, *left_behind]) or "no case was run")
    print(f"{options.runs + options.loaded} runs: the same {len(first)} verdicts, and nothing left on the broker")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mqttspec")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--loaded", type=int, default=0)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    words = sys.argv[1:]
    end = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:end])
    options.arguments = words[end + 1 :]
    if options.url:
        return run_often(options)
    own = [__file__, options.mqttspec, "--runs", str(options.runs), "--loaded", str(options.loaded), "--url", "{url}", "--", *options.arguments]
    return subprocess.run([WITH_BROKER, "mosquitto", *own], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
