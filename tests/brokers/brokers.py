"""Real brokers for tests: obtaining, starting (with default settings and anonymous clients) and stopping each."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "differential"), str(HERE.parent / "suite")]

from certificates import make_certificates  # noqa: E402
from peers import npm_ci  # noqa: E402

BUILD = HERE.parent.parent / "build/brokers"  # programs that are built or downloaded once
STOPPING_SECONDS = 5
LOG_LINES = 200
CONNECT = bytes.fromhex("10 12 0004 4d515454 04 02 0000 0006 737461727475")  # MQTT 3.1.1, Client Identifier "startu"
CONNACK = bytes.fromhex("20 02 00 00")


class Missing(Exception):
    """A program that the broker needs is not installed; the text says how to install it."""


class Unready(Exception):
    """The broker could not be built, or did not start."""


def say(text):
    print(f"with-broker: {text}", file=sys.stderr, flush=True)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find(program, package):
    """The path of a program. sbin may not be in PATH."""
    found = shutil.which(program, path=os.environ.get("PATH", os.defpath) + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Missing(f"{program} is not installed: {package}")
    return found


def build(command, **options):
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)
    if result.returncode != 0:
        raise Unready(f"{' '.join(map(str, command))} ended with {result.returncode}:\n{result.stdout}")


def is_current(product, sources):
    return product.exists() and all(source.stat().st_mtime <= product.stat().st_mtime for source in sources)


def die_with_parent():
    """In the child: the kernel kills it if this script is killed before it can clean up."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Broker:
    """A broker that runs in its own folder. Subclasses define command(), which starts it, and prepare(), which makes it available."""

    schemes = ("mqtt",)
    starting_seconds = 20

    @classmethod
    def prepare(cls):
        """Builds or downloads the broker unless that has been done. Raises Missing or Unready."""

    def __init__(self, folder, scheme):
        self.folder = folder
        self.scheme = scheme
        self.port = free_port()
        self.second_port = free_port()  # for the listener of another scheme
        self.cafile = str(folder / "ca.pem")
        with open(folder / "output", "wb") as output:
            self.process = subprocess.Popen(
                [str(word) for word in self.command()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                start_new_session=True,  # an interrupt on the terminal is for the command; the broker runs until the command has ended
                preexec_fn=die_with_parent,
            )

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port if self.scheme == 'mqtt' else self.second_port}"

    def is_alive(self):
        return self.process.poll() is None

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as client:
                client.sendall(CONNECT)
                return client.recv(len(CONNACK), socket.MSG_WAITALL) == CONNACK
        except OSError:
            return False

    def wait_until_it_answers(self):
        deadline = time.monotonic() + self.starting_seconds
        while self.is_alive() and time.monotonic() < deadline:
            if self.answers():
                return self.is_alive()
            time.sleep(0.02)
        return False

    def stop(self):
        if not self.is_alive():
            return
        self.process.terminate()
        try:
            self.process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def print_log(self):
        lines = (self.folder / "output").read_text(errors="backslashreplace").splitlines()
        if lines:
            say(f"the broker's log, {len(lines)} lines in all:")
            print("\n".join(lines[-LOG_LINES:]), file=sys.stderr, flush=True)


class Mosquitto(Broker):
    schemes = ("mqtt", "mqtts", "ws")

    @classmethod
    def prepare(cls):
        find("mosquitto", "ci/setup --tests installs it")

    def command(self):
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "persistence false", "log_dest stdout"]
        if os.geteuid() == 0:
            lines.append("user root")  # else it becomes the user mosquitto, who cannot write here
        if self.scheme == "mqtts":
            make_certificates(self.folder)
            server = self.folder / "server"
            lines += [f"listener {self.second_port} 127.0.0.1", f"certfile {server}.pem", f"keyfile {server}.key"]
        elif self.scheme == "ws":
            lines += [f"listener {self.second_port} 127.0.0.1", "protocol websockets"]
        settings = self.folder / "mosquitto.conf"
        settings.write_text("\n".join(lines) + "\n")
        return [find("mosquitto", ""), "-c", settings]


class Mochi(Broker):
    """mochi-mqtt, of the version that its go.mod names."""

    sources = HERE / "mochi"
    program = BUILD / "mochi"

    @classmethod
    def prepare(cls):
        go = find("go", "Go 1.21 or later")
        if not is_current(cls.program, cls.sources.iterdir()):
            build([go, "build", "-buildvcs=false", "-mod=readonly", "-o", cls.program, "."], cwd=cls.sources)

    def command(self):
        return [self.program, self.port]


class Aedes(Broker):
    """aedes, of the version that its package-lock.json names."""

    sources = HERE / "aedes"
    place = BUILD / "aedes"

    @classmethod
    def prepare(cls):
        find("node", "Node.js 20 or later")
        find("npm", "Node.js 20 or later with npm")
        try:
            npm_ci(cls.sources, cls.place)
        except SystemExit as failure:
            raise Unready(str(failure)) from None
        shutil.copy(cls.sources / "main.js", cls.place)

    def command(self):
        return [find("node", ""), self.place / "main.js", self.port]


class HiveMQ(Broker):
    """HiveMQ Community Edition, of the version that its pom.xml names."""

    starting_seconds = 90
    sources = HERE / "hivemq"
    place = BUILD / "hivemq"

    @classmethod
    def prepare(cls):
        maven = find("mvn", "Maven 3.8 or later")
        find("java", "Java 17 or later")
        if is_current(cls.place / "classes", [cls.sources / "pom.xml", *cls.sources.rglob("*.java")]):
            return
        cls.place.mkdir(parents=True, exist_ok=True)
        build([maven, "-q", "-B", "-f", cls.sources / "pom.xml", f"-Dplace={cls.place}", "package"])
        (cls.place / "classes").touch()

    def command(self):
        for name in ("conf", "data", "extensions", "log"):
            (self.folder / name).mkdir()
        (self.folder / "conf/config.xml").write_text(
            f"""<?xml version="1.0"?>
<hivemq>
  <listeners>
    <tcp-listener><port>{self.port}</port><bind-address>127.0.0.1</bind-address></tcp-listener>
  </listeners>
  <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
</hivemq>
"""
        )
        path = f"{self.place / 'classes'}:{self.place / 'lib'}/*"
        return [find("java", ""), "-Xmx1g", f"-Dhivemq.log.folder={self.folder / 'log'}", "-cp", path, "Broker", self.folder]


KINDS = {"mosquitto": Mosquitto, "mochi": Mochi, "aedes": Aedes, "hivemq": HiveMQ}


def start(kind, folder, scheme):
    """Another program may take the free port first: then another port is tried. Raises Missing or Unready."""
    KINDS[kind].prepare()
    for attempt in range(1, 4):
        place = folder / str(attempt)
        place.mkdir()
        broker = KINDS[kind](place, scheme)
        if broker.wait_until_it_answers():
            return broker
        broker.stop()
    broker.print_log()
    raise Unready(f"{kind} could not be started")
