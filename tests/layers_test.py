#!/usr/bin/python3 -B
"""Holds the #include lines to the layers: a file includes its own layer and those that its layer USES, itself or through others.

The layers and their order are declared once, by mqttspec_layer() in the CMakeLists.txt files; CMake refuses a USES that points up. What CMake
cannot see is a header that is included without being linked to, since all of them are found from the root of the repository.

Also: Asio and Beast are included in reference/transport only, and OpenSSL there and in reference/scram; what others need of them, these offer.

    tests/layers_test.py [ROOT]
"""

import re
import sys
import tempfile
from pathlib import Path

PARTS = ("reference", "mock_broker", "conformance")
SUFFIXES = {".hpp", ".cpp", ".h", ".ipp"}
# One header of transport without Asio is a layer of its own, so that engines see time without seeing streams.
SINGLE_FILES = {"time": "reference/transport/time.hpp"}
# Headers of libraries, and the only layers that include them.
FENCES = (
    (re.compile(r"boost/(asio|beast)\b"), ("reference/transport",)),
    (re.compile(r"openssl\b"), ("reference/transport", "reference/scram")),
)

LAYER = re.compile(r"mqttspec_layer\(\s*NAME\s+(\w+)\s+HEIGHT\s+(\d+)([^)]*)\)")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
KEYWORDS = ("SOURCES", "USES", "LIBRARIES", "PRIVATE_LIBRARIES")


class Layer:
    def __init__(self, name, height, uses, place):
        self.name, self.height, self.uses, self.place = name, height, uses, place


def words_after(keyword, words):
    taken = []
    if keyword in words:
        for word in words[words.index(keyword) + 1 :]:
            if word in KEYWORDS:
                break
            taken.append(word)
    return taken


def read_layers(root):
    """Every layer by name, from the CMakeLists.txt files."""
    layers = {}
    for part in PARTS:
        for file in sorted((root / part).rglob("CMakeLists.txt")):
            folder = file.parent.relative_to(root).as_posix()
            text = re.sub(r"#.*", "", file.read_text())
            for name, height, rest in LAYER.findall(text):
                in_place = folder.rsplit("/", 1)[-1] == name
                place = SINGLE_FILES.get(name) or (folder if in_place else f"{folder}/{name}")
                layers[name] = Layer(name, int(height), words_after("USES", rest.split()), place)
    return layers


def may_include(layers, name):
    """Names of the layers that files of this one may include."""
    reached, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += [used for used in layers[one].uses if used in layers]
    return reached


def layer_of(layers, path):
    """The layer with the longest place that holds the path; None when there is none."""
    holding = [layer for layer in layers.values() if path == layer.place or path.startswith(layer.place + "/")]
    return max(holding, key=lambda layer: len(layer.place), default=None)


def violations_of(root, layers, path):
    own = layer_of(layers, path)
    if own is None:
        yield f"{path}: belongs to no layer that a CMakeLists.txt declares"
        return
    allowed = may_include(layers, own.name)
    for number, line in enumerate((root / path).read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, included = found.groups()
        where = f"{path}:{number}"
        for fenced, homes in FENCES:
            if fenced.match(included) and not path.startswith(tuple(home + "/" for home in homes)):
                yield f"{where}: {included} belongs behind {' and '.join(homes)}"
        if quote == "<":
            continue
        if not included.startswith(tuple(part + "/" for part in PARTS)) or not (root / included).is_file():
            yield f'{where}: there is no "{included}" seen from the root of the repository'
            continue
        other = layer_of(layers, included)
        if other is None:
            yield f"{where}: {included} belongs to no layer"
        elif other.name not in allowed:
            reason = "an arrow that points up" if other.height >= own.height else "a layer that it does not USE"
            yield f"{where}: {own.name} ({own.height}) includes {included} of {other.name} ({other.height}), {reason}"


def check(root):
    """All violations below root, and how many files were read."""
    layers = read_layers(root)
    files = [
        file.relative_to(root).as_posix() for part in PARTS for file in sorted((root / part).rglob("*")) if file.suffix in SUFFIXES
    ]
    return [violation for path in files for violation in violations_of(root, layers, path)], len(files)


def self_test():
    """Finds what is planted in a small tree, and nothing in a clean one."""
    tree = {
        "reference/CMakeLists.txt": "mqttspec_layer(NAME spec HEIGHT 0)\nmqttspec_layer(NAME time HEIGHT 0)\n"
        "mqttspec_layer(NAME wire HEIGHT 1 SOURCES wire/a.cpp USES spec)\n"
        "mqttspec_layer(NAME transport HEIGHT 2 USES time LIBRARIES Threads::Threads)\n",
        "mock_broker/CMakeLists.txt": "mqttspec_layer(NAME mock_broker HEIGHT 5\n  USES wire)  # and spec through it\n",
        "reference/spec/s.hpp": "#pragma once\n",
        "reference/wire/a.hpp": '#include "reference/spec/s.hpp"\n',
        "reference/wire/a.cpp": '#include "reference/wire/a.hpp"\n#include <vector>\n',
        "reference/transport/time.hpp": "#include <chrono>\n",
        "reference/transport/t.hpp": '#include "reference/transport/time.hpp"\n#include <boost/asio/awaitable.hpp>\n',
        "mock_broker/m.hpp": '#include "reference/wire/a.hpp"\n#include "reference/spec/s.hpp"\n',
    }
    planted = [
        ("reference/wire/a.hpp", '#include "mock_broker/m.hpp"', "points up"),
        ("reference/spec/s.hpp", '  #  include "reference/transport/time.hpp"', "points up"),
        ("mock_broker/m.hpp", '#include "reference/transport/t.hpp"', "does not USE"),
        ("mock_broker/m.hpp", "#include <boost/asio/post.hpp>", "belongs behind"),
        ("reference/wire/a.cpp", "#include <openssl/ssl.h>", "belongs behind"),
        ("reference/wire/a.cpp", '#include "a.hpp"', "there is no"),
        ("reference/stray/x.hpp", "#pragma once", "belongs to no layer"),
    ]
    for path, line, expected in [(None, None, None), *planted]:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name, text in tree.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            if path:
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                with open(root / path, "a") as file:
                    file.write(line + "\n")
            found, _ = check(root)
            as_expected = len(found) == 1 and expected in found[0] if path else not found
            if not as_expected:
                sys.exit(f"self-test: with {line!r} in {path} this was found: {found}")


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    self_test()
    violations, files = check(root)
    print("\n".join(violations), end="\n" if violations else "")
    if files == 0:
        sys.exit(f"no sources below {root}")
    print(f"{files} files, {len(violations)} violations")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
