#!/usr/bin/python3 -B
"""Clients of others on the mock broker: what they do has to work, and what the broker's record says of them has to be expected.

    tests/clients/clients_test.py MQTTSPEC FOLDER [NAME...]

Each client goes through its scenarios in each version and over each scheme that it has, on a broker of its own. FOLDER is where what they need is
built and installed. Violations that are expected of a client stand in expected.toml; any other one is wrong, and so is one that is expected and
does not come. NAME limits it to some clients. A client that is not installed is a failure.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "differential"), str(HERE.parent / "suite")]

from certificates import make_certificates  # noqa: E402
from peers import npm_ci  # noqa: E402

LIMIT = 240  # seconds for anything, on a busy machine
AT_ONCE = 8  # clients wait most of the time
SCHEMES = ("mqtt", "mqtts", "ws", "wss")


class Failed(Exception):
    pass


def call(command, **options):
    """@return what it printed"""
    if shutil.which(command[0]) is None:
        raise Failed(f"{command[0]} is not installed; ci/setup --tests installs what is of Debian")
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False, **options)
    except subprocess.TimeoutExpired as late:
        said = (late.stdout or b"")
        raise Failed(f"{' '.join(map(str, command))} did not end in {LIMIT} s\n{said[-4000:]}") from late
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


class Mock:
    """`mqttspec mock` while the block lasts; then `record` holds the violations by clients."""

    def __init__(self, mqttspec, tls, listen):
        self.mqttspec, self.tls, self.listen = mqttspec, tls, listen

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = Path(self.folder.name) / "record.json"
        has_tls = any(url.startswith(("mqtts:", "wss:")) for url in self.listen)
        certificate = ["--cert", self.tls / "server.pem", "--key", self.tls / "server.key"] if has_tls else []
        command = [self.mqttspec, "mock", "--quiet", "--json", self.file, *certificate, *(word for url in self.listen for word in ("--listen", url))]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.urls = [self.process.stdout.readline().removeprefix("listening on ").strip() for _ in self.listen]
        if not all(self.urls):
            raise Failed(f"the mock broker does not listen: {self.process.communicate(timeout=LIMIT)[1]}")
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        errors = self.process.communicate(timeout=LIMIT)[1]
        if kind is None and self.process.returncode != 0:
            raise Failed(f"the mock broker ended with {self.process.returncode}: {errors}")
        self.record = json.loads(self.file.read_text()) if self.file.exists() else None
        self.folder.cleanup()


# ---- How each client is made; `folder` is its own

def debian_python(script):
    return lambda folder: [HERE / script]


def paho_c(folder):
    program = folder / "paho_c"
    call(["clang-19", "-std=c17", "-Wall", "-Wextra", "-Werror", "-O1", HERE / "paho_c.c", "-lpaho-mqtt3cs", "-o", program])
    return [program]


def mqtt_js(folder):
    npm_ci(HERE / "mqtt_js", folder)
    return ["node", HERE / "mqtt_js" / "client.mjs", folder]


def rumqttc(folder):
    call(["cargo", "build", "--locked", "--manifest-path", HERE / "rumqttc" / "Cargo.toml"], env=os.environ | {"CARGO_TARGET_DIR": str(folder)})
    return [folder / "debug" / "mqttspec-clients"]


def paho_go(folder):
    """The tests that Eclipse Paho's Go client has itself, out of its module: those that meet a broker, which they look for at port 1883."""
    program = folder / "paho_go.test"
    call(["go", "test", "-C", HERE / "paho_go", "-mod=readonly", "-c", "-o", program, "github.com/eclipse/paho.mqtt.golang"])
    return [program, "-test.run=^Test_", "-test.v"]


@dataclass(frozen=True)
class Client:
    name: str
    prepare: Callable  # makes of a folder the command; URL, version and certificate are added to it
    versions: tuple = ("3.1", "3.1.1", "5.0")
    schemes: tuple = SCHEMES
    lacks: frozenset = frozenset()  # pairs of version and scheme


CLIENTS = (
    Client("rumqttc", rumqttc, versions=("3.1.1", "5.0"), schemes=("mqtt", "mqtts", "ws")),  # first: it takes longest to build
    Client("paho_go", paho_go, versions=("3.1.1",), schemes=("mqtt",)),
    Client("paho_python", debian_python("paho_python.py")),
    Client("mosquitto", debian_python("mosquitto_clients.py"), schemes=("mqtt", "mqtts")),
    # Of several WebSocket frames in one piece of TCP it sees the first and waits for the rest: Debian's 1.3.12 hangs so with Mosquitto, too.
    Client("paho_c", paho_c, schemes=("mqtt", "mqtts")),
    # For 3.1 it offers the WebSocket subprotocol mqttv3.1 and not mqtt, which the standard asks for [MQTT-6.0.0-3].
    Client("mqtt_js", mqtt_js, lacks=frozenset({("3.1", "ws"), ("3.1", "wss")})),
)


def run_client(mqttspec, tls, client, command, version, scheme):
    """@return the violations"""
    if client.name == "paho_go":
        host = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(1, 254)}"
        with Mock(mqttspec, tls, [f"mqtt://{host}:1883"]) as mock:
            said = call(command, env=os.environ | {"TEST_FVT_ADDR": host}, cwd=command[0].parent)
        if said.count("--- PASS") < 40 or "--- SKIP" in said:
            raise Failed(f"it has run too few tests:\n{said}")
    else:
        with Mock(mqttspec, tls, [f"{scheme}://127.0.0.1:0"]) as mock:
            call([*command, mock.urls[0], version, tls / "ca.pem"])
    if not mock.record["complete"]:
        raise Failed("there were more violations than the broker keeps")
    return mock.record["violations"]


class Expected:
    """What stands in expected.toml about some clients."""

    def __init__(self, clients):
        with open(HERE / "expected.toml", "rb") as opened:
            self.entries = [entry for entry in tomllib.load(opened).get("expected", []) if entry["client"] in clients]
        self.missed = [entry for entry in self.entries if not entry.get("sometimes")]

    def explains(self, client, violation):
        found = [entry for entry in self.entries if (entry["client"], entry["rule"]) == (client, violation["rule"])]
        self.missed = [entry for entry in self.missed if entry not in found]
        return bool(found)


def main():
    mqttspec, folder, *names = sys.argv[1:]
    clients = [client for client in CLIENTS if not names or client.name in names]
    expected = Expected([client.name for client in clients])
    wrong = 0
    with tempfile.TemporaryDirectory() as certificates, ThreadPoolExecutor(len(clients)) as makers, ThreadPoolExecutor(AT_ONCE) as runners:
        tls = Path(certificates)
        make_certificates(tls)

        def make(client):
            own = Path(folder).resolve() / client.name
            own.mkdir(parents=True, exist_ok=True)
            command = client.prepare(own)
            return [(f"{client.name}, MQTT {version}, {scheme}", runners.submit(run_client, os.path.abspath(mqttspec), tls, client, command, version, scheme))
                    for version in client.versions for scheme in client.schemes if (version, scheme) not in client.lacks]

        runs = 0
        for client, made in [(client, makers.submit(make, client)) for client in clients]:
            try:
                for name, run in made.result():
                    runs += 1
                    try:
                        unexpected = [violation for violation in run.result() if not expected.explains(client.name, violation)]
                    except Failed as failure:
                        wrong += 1
                        print(f"FAILED {name}: {failure}")
                        continue
                    for violation in unexpected:
                        wrong += 1
                        print(f"NOT EXPECTED {name}: {violation['rule']} [{violation['statement']}] {violation['explanation']}")
            except Failed as failure:
                wrong += 1
                print(f"FAILED {client.name}: {failure}")
    for entry in expected.missed:
        wrong += 1
        print(f"EXPECTED in expected.toml, but not found any more: {entry['client']} {entry['rule']}")
    print(f"{len(clients)} clients, {runs} runs, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main() if len(sys.argv) > 2 else __doc__)
