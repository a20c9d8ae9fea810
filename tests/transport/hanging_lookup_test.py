#!/usr/bin/python3 -B
"""A name lookup that hangs delays neither the end of a run nor Ctrl-C.

    tests/transport/hanging_lookup_test.py MQTTSPEC COMPILER

The program runs with a getaddrinfo that never returns, in a shared library that is loaded before the C library.
"""

import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

MQTTSPEC, COMPILER = sys.argv[1:3]
LIBRARY = r"""
#include <unistd.h>
extern "C" int getaddrinfo(const char*, const char*, const struct addrinfo*, struct addrinfo**) {
  write(2, "looking up\n", 11);
  while (true) pause();
}
"""
LIMIT = 60  # seconds; the program takes one


class HangingLookup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        source = Path(cls.folder.name) / "hang.cpp"
        source.write_text(LIBRARY)
        cls.library = source.with_suffix(".so")
        subprocess.run([COMPILER, "-w", "-shared", "-fPIC", "-nostdlib++", "-o", cls.library, source], check=True)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def start(self, *arguments):
        environment = os.environ | {"LD_PRELOAD": str(self.library), "ASAN_OPTIONS": "verify_asan_link_order=0"}
        return subprocess.Popen([MQTTSPEC, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def status_of(self, program):
        with program:
            try:
                program.communicate(timeout=LIMIT)
            finally:
                program.kill()
        return program.returncode

    def test_a_run_ends_when_the_broker_is_not_found_in_time(self):
        program = self.start("test", "mqtt://broker.example", "--timeout", "0.1", "--patience", "0.2")
        self.assertEqual(self.status_of(program), 3)

    def test_an_interrupt_ends_the_run(self):
        program = self.start("test", "mqtt://broker.example", "--timeout", "1000", "--patience", "1000")
        self.assertEqual(program.stderr.readline(), "looking up\n")
        program.send_signal(signal.SIGINT)
        self.assertEqual(self.status_of(program), 3)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
