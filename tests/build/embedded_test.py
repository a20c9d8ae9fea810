#!/usr/bin/python3 -B
"""Configures a small project that includes mqttspec by add_subdirectory, builds a program of it, and checks what it gets.

    tests/build/embedded_test.py FOLDER COMPILER

FOLDER keeps the build from one run to the next.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

PROJECT = f"""cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES CXX)
enable_testing()
add_subdirectory("{ROOT}" mqttspec)
add_executable(outside main.cpp)
target_link_libraries(outside PRIVATE mqttspec::topic)
add_test(NAME outside COMMAND outside)
"""
PROGRAM = """#include "reference/topic/topic.hpp"
int main() { return mqttspec::topic::matches("sport/#", "sport/tennis") ? 0 : 1; }
"""


def write(file, text):
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stdout}")
    return result.stdout


def expect(what, wanted, got):
    if wanted != got:
        sys.exit(f"embedded_test: {what}: expected: {wanted}; got: {got}")


def main():
    folder, compiler = Path(sys.argv[1]), sys.argv[2]
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "CMakeLists.txt", PROJECT)
    write(folder / "main.cpp", PROGRAM)
    build = folder / "build"
    shutil.rmtree(build, ignore_errors=True)

    run("cmake", "-S", folder, "-B", build, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    run("cmake", "--build", build, "--target", "outside")
    listing = json.loads(run("ctest", "--test-dir", build, "--show-only=json-v1"))
    expect("tests", ["outside"], [test["name"] for test in listing["tests"]])
    run("ctest", "--test-dir", build)

    commands = {command["file"]: command["command"] for command in json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))}
    ours = commands[str(folder / "main.cpp")]
    expect("warning options of the outer project", [], [option for option in ours.split() if option.startswith("-W")])
    theirs = commands[str(ROOT / "reference/topic/topic.cpp")]
    expect("-Werror in mqttspec", False, "-Werror" in theirs.split())


if __name__ == "__main__":
    main()
