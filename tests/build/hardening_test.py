#!/usr/bin/python3 -B
"""Checks with readelf that an optimised program is hardened (cmake/Options.cmake).

    tests/build/hardening_test.py PROGRAM
"""

import re
import subprocess
import sys


def readelf(program, *options):
    return subprocess.run(["readelf", "--wide", *options, program], check=True, capture_output=True, text=True).stdout


def missing(program):
    """Names what the program was built without."""
    header = readelf(program, "--file-header")
    segments = readelf(program, "--program-headers")
    dynamic = readelf(program, "--dynamic")
    imported = set(re.findall(r"UND (\w+)", readelf(program, "--dyn-syms")))

    checks = {
        "a position-independent executable (-fPIE -pie)": "DYN (" in header and re.search(r"FLAGS_1.*\bPIE\b", dynamic),
        "a read-only relocation table (-z relro)": "GNU_RELRO" in segments,
        "binding at start-up, without which RELRO is partial (-z now)": re.search(r"FLAGS_1.*\bNOW\b", dynamic),
        "a stack that is not executable": re.search(r"GNU_STACK.* RW ", segments),
        "stack protectors (-fstack-protector-strong)": "__stack_chk_fail" in imported,
        "checked C library calls (_FORTIFY_SOURCE)": any(re.fullmatch(r"__\w+_chk", name) for name in imported),
        "assertions of the standard library (_GLIBCXX_ASSERTIONS)": any("__glibcxx_assert_fail" in name for name in imported),
    }
    return [what for what, found in checks.items() if not found]


def main():
    problems = missing(sys.argv[1])
    for problem in problems:
        print(f"{sys.argv[1]}: expected: {problem}; got: none", file=sys.stderr)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
