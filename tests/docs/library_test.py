#!/usr/bin/python3 -B
"""The program in docs/library.md is the one that is compiled and run as a test."""
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parents[2]
program = (root / "tests/docs/library_example_test.cpp").read_text()
shown = re.findall(r"```cpp\n(.*?)```", (root / "docs/library.md").read_text(), re.DOTALL)
if shown != [program]:
    sys.exit("docs/library.md does not show tests/docs/library_example_test.cpp")
