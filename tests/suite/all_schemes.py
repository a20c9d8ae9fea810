#!/usr/bin/python3 -B
"""The suite and the mock broker over TCP, TLS, WebSocket and secure WebSocket, and with the clients and the broker of Mosquitto.

    tests/suite/all_schemes.py MQTTSPEC

Certificates are made by the openssl command in a temporary folder.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

from certificates import make_certificates
from servers import mock_broker

MQTTSPEC = ""
LIMIT = 120  # seconds for one call, on a busy machine
WHOLE_SUITE_LIMIT = 900
FEW_CASES = "connect/*"


def run(*words):
    return subprocess.run([MQTTSPEC, *words], capture_output=True, text=True, timeout=LIMIT)


class AllSchemes(unittest.TestCase):
    """The mock broker over TLS and WebSocket, with mqttspec itself and the clients of Mosquitto."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        make_certificates(cls.folder)

    def file(self, name):
        return str(self.folder / name)

    def serve(self, *words):
        """Starts a mock broker, and returns its URL for each scheme."""
        certificate = ("--cert", self.file("server.pem"), "--key", self.file("server.key"))
        return self.enterContext(mock_broker(MQTTSPEC, *certificate, *words, schemes=("mqtt", "mqtts", "ws", "wss")))

    def test_conforms_over_each_scheme(self):
        urls = self.serve()
        trust = ["--cafile", self.file("ca.pem")]
        # Run concurrently, since most of a run is waiting.
        runs = {"ws": [], "mqtts": trust, "wss": [*trust, "--only", FEW_CASES]}
        begun = [subprocess.Popen([MQTTSPEC, "test", urls[scheme], "--jobs", "8", *words], stdout=subprocess.PIPE, text=True) for scheme, words in runs.items()]
        for process in begun:
            said = process.communicate(timeout=WHOLE_SUITE_LIMIT)[0]
            self.assertEqual(process.returncode, 0, said)

    def test_a_certificate_that_cannot_be_verified_is_status_3_and_says_why(self):
        url = self.serve()["mqtts"]
        result = run("test", url, "--only", FEW_CASES)
        self.assertEqual((result.returncode, result.stderr.count("\n")), (3, 1), result.stderr)
        self.assertIn("cannot verify the server's certificate", result.stderr)
        self.assertEqual(run("test", url, "--only", FEW_CASES, "--insecure").returncode, 0)

    def test_clients_show_certificates_where_they_must(self):
        url = self.serve("--cafile", self.file("ca.pem"))["wss"]
        trust = ["--only", FEW_CASES, "--cafile", self.file("ca.pem")]
        shown = run("test", url, *trust, "--cert", self.file("client.pem"), "--key", self.file("client.key"))
        self.assertEqual(shown.returncode, 0, shown.stdout + shown.stderr)
        self.assertEqual(run("test", url, *trust, "--patience", "2").returncode, 3)

    def test_serves_the_clients_of_mosquitto_over_tls(self):
        if shutil.which("mosquitto_pub") is None:
            self.assertFalse(os.environ.get("CI"), "mosquitto-clients is not installed; ci/setup --tests installs it")
            self.skipTest("mosquitto-clients is not installed")
        port = self.serve()["mqtts"].rsplit(":", 1)[1]
        broker = ["-V", "5", "--cafile", self.file("ca.pem"), "-h", "127.0.0.1", "-p", port, "-t", "greeting", "-q", "2"]
        subprocess.run(["mosquitto_pub", *broker, "-m", "hello", "-r"], check=True, timeout=LIMIT)
        heard = subprocess.run(["mosquitto_sub", *broker, "-C", "1"], check=True, timeout=LIMIT, capture_output=True, text=True)
        self.assertEqual(heard.stdout, "hello\n")

    def test_survives_peers_that_speak_something_else(self):
        urls = self.serve()
        for scheme in ("mqtts", "ws", "wss"):
            for garbage in (b"\x10\x0c\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" * 20_000, b"\x00"):
                with socket.create_connection(("127.0.0.1", int(urls[scheme].split(":")[2].split("/")[0]))) as peer:
                    with contextlib.suppress(OSError):
                        peer.sendall(garbage)
                        peer.shutdown(socket.SHUT_WR)
                        while peer.recv(4096):
                            pass
        self.assertEqual(run("test", urls["ws"], "--only", FEW_CASES).returncode, 0)


class RealBroker(unittest.TestCase):
    """Debian's Mosquitto with a TLS listener and a WebSocket listener."""

    def test_mosquitto_is_reached_over_tls_and_web_socket(self):
        broker = pathlib.Path(__file__).parent.parent / "brokers" / "with-broker"
        for scheme, words in (("mqtts", ["--cafile", "{cafile}"]), ("ws", ["--only", "websocket/*", "--skip", "websocket/closed-on-text-frame"])):
            command = [broker, "mosquitto", f"--scheme={scheme}", MQTTSPEC, "test", "{url}", *words, "--only", "ping/*", "--only", "qos2/*"]
            result = subprocess.run(command, capture_output=True, text=True, timeout=2 * LIMIT)
            if result.returncode == 77:
                self.skipTest("mosquitto is not installed")
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    MQTTSPEC = os.path.abspath(sys.argv.pop(1))
    unittest.main()
