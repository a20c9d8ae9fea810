#!/usr/bin/env python3
"""What scripts depend on: the command's exit statuses, its one-line errors, and where its output goes.

Usage: cli_test.py PATH-OF-MQTTSPEC
"""

import json
import os
import pathlib
import pty
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

MQTTSPEC = ""
LIMIT = 60  # seconds that any one call may take, also in a sanitized build on a busy machine
ONE_CASE = "connect/*"  # patterns that select a few quick cases


def run(*words, **options):
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    environment.update(options.pop("environment", {}))
    return subprocess.run([MQTTSPEC, *words], capture_output=True, text=True, timeout=LIMIT, env=environment, **options)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)


class Usage(TemporaryFolder):
    def assert_misused(self, *words, says=""):
        result = run(*words)
        self.assertEqual(result.returncode, 2, (words, result.stderr))
        self.assertEqual(result.stdout, "", words)
        self.assertEqual(result.stderr.count("\n"), 1, (words, result.stderr))
        self.assertIn(says, result.stderr)

    def test_help_and_version_are_no_errors(self):
        self.assertEqual(run("--version").stdout, "mqttspec 0.1.0\n")
        for words in (["--help"], ["test", "--help"], ["selftest", "--help"], ["mock", "--help"], ["coverage", "--help"]):
            result = run(*words)
            self.assertEqual((result.returncode, result.stderr), (0, ""), words)
            self.assertIn("Usage: mqttspec", result.stdout)

    def test_what_cannot_be_understood_is_status_2_and_one_line(self):
        self.assert_misused()
        self.assert_misused("frobnicate")
        self.assert_misused("test", "--frobnicate", says="mqttspec test --help")
        self.assert_misused("test", "--mqtt", "3.1")
        self.assert_misused("test", "--jobs", "0")
        self.assert_misused("test", "--jobs", "many")
        self.assert_misused("test", "--timeout", "0")
        self.assert_misused("test", "--timeout", "nan")
        self.assert_misused("test", "--timeout", "-1")
        self.assert_misused("test", "--patience", "1e99")
        self.assert_misused("test", "--settle", "-5")
        self.assert_misused("test", "--seed", "-1")
        self.assert_misused("test", "--seed", "18446744073709551616")
        self.assert_misused("test", "--only")
        self.assert_misused("test", "--quiet", "--verbose")
        self.assert_misused("mock", says="--listen")
        self.assert_misused("coverage", "--json", "-", "--markdown", "-")
        self.assert_misused("selftest", "--jobs", "0")
        self.assert_misused("selftest", "--random-variants", "-1")
        self.assert_misused("selftest", "--quiet", "--verbose")

    def test_urls_that_cannot_be_tested_are_status_2(self):
        self.assert_misused("test", "http://localhost")
        self.assert_misused("test", "mqtt://localhost:99999")
        self.assert_misused("test", "mqtt://localhost:0", says="port")
        self.assert_misused("test", "mqtts://localhost/path", says="without a path")
        self.assert_misused("test", "mqtt://a", "mqtt://b", says="one URL at a time")
        self.assert_misused("mock", "--listen", "localhost 1883")
        self.assert_misused("mock", "--listen", "mqtt://127.0.0.1:0", "--user", "eva", says="NAME:PASSWORD")

    def test_options_that_do_not_go_together_are_status_2(self):
        self.assert_misused("test", "--update-baseline", says="--baseline FILE")
        self.assert_misused("test", "mqtt://localhost", "--defect", "x/y", says="embedded")
        self.assert_misused("test", "--password", "x", says="--username")
        self.assert_misused("test", "--profile", "p.toml", says="give its URL")
        self.assert_misused("test", "mqtt://localhost", "--insecure", says="--insecure is for mqtts:// and wss:// URLs")
        self.assert_misused("test", "mqtts://localhost", "--header", "A: b", says="--header is for ws:// and wss:// URLs")
        self.assert_misused("test", "ws://localhost", "--header", "no field", says="write 'Name: value'")
        self.assert_misused("test", "mqtts://localhost", "--cert", "x", says="--cert and --key belong together")
        self.assert_misused("test", "wss://localhost", "--cafile", "x", "--insecure", says="exclude each other")
        self.assert_misused("mock", "--listen", "wss://127.0.0.1:0", says="--cert FILE and --key FILE")
        self.assert_misused("mock", "--listen", "mqtt://127.0.0.1:0", "--key", "x", says="--key is for mqtts:// and wss:// URLs")

    def test_tls_files_that_cannot_be_used_are_status_2(self):
        self.assert_misused("test", "mqtts://192.0.2.1", "--cafile", "/nowhere/ca.pem", says="/nowhere/ca.pem: No such file")
        junk = self.folder / "junk.pem"
        junk.write_text("junk")
        self.assert_misused("mock", "--listen", "mqtts://127.0.0.1:0", "--cert", str(junk), "--key", str(junk), says="contains no PEM certificate")

    def test_profiles_that_cannot_be_used_are_status_2(self):
        self.assert_misused("test", "mqtt://192.0.2.1", "--profile", "/nowhere/p.toml", says="cannot read /nowhere/p.toml")
        profile = self.folder / "p.toml"
        profile.write_text('[credentials]\nusername = "eva"\npassword = "secret"\n')
        self.assert_misused("test", "mqtt://192.0.2.1", "--profile", str(profile), "--username", "eva", says="leave --username and --password away")
        profile.write_text("[users]\n")
        self.assert_misused("test", "mqtt://192.0.2.1", "--profile", str(profile), says="a profile has [credentials] and [forbidden]")

    def test_names_that_do_not_exist_are_named(self):
        self.assert_misused("test", "--only", "no-such/*", says="'no-such/*'")
        self.assert_misused("test", "--skip", "MQTT-9.9.9-*", says="'MQTT-9.9.9-*'")
        self.assert_misused("test", "--mqtt", "3.1.1", "--only", "v5/3.1", says="'v5/3.1'")
        self.assert_misused("test", "--skip", "*", says="leave no case")
        self.assert_misused("test", "--defect", "no/such", says="'no/such'")
        self.assert_misused("mock", "--listen", "mqtt://127.0.0.1:0", "--defect", "no/such", says="'no/such'")
        self.assert_misused("selftest", "--only", "no-such/*", says="'no-such/*'")

    def test_files_that_cannot_be_written_are_found_before_the_run(self):
        began = time.monotonic()
        self.assert_misused("test", "mqtt://192.0.2.1", "--json", "/nowhere/report.json", says="/nowhere/report.json: No such file")
        self.assert_misused("test", "mqtt://192.0.2.1", "--json", str(self.folder), says="Is a directory")
        self.assert_misused("coverage", "--markdown", "/nowhere/coverage.md", says="cannot write")
        self.assert_misused("selftest", "--json", "/nowhere/report.json", says="cannot write")
        self.assertLess(time.monotonic() - began, 20)

    def test_baselines_that_cannot_be_used_are_status_2(self):
        baseline = self.folder / "broker.toml"
        self.assert_misused("test", "--baseline", str(baseline), says="No such file")
        for text in ("[[known", '[[known]]\nmqtt = "5.0"\ncase = "no-such/case"\nverdict = "fail"\n'):
            baseline.write_text(text)
            self.assert_misused("test", "--baseline", str(baseline), says="broker.toml:")


class Listing(unittest.TestCase):
    def test_lists_each_case_with_its_version_and_runs_nothing(self):
        everything = run("test", "mqtt://192.0.2.1", "--list").stdout.splitlines()
        only_5 = run("test", "--list", "--mqtt", "5.0").stdout.splitlines()
        self.assertTrue(everything)
        self.assertTrue(all(line.split()[0] in ("3.1.1", "5.0") for line in everything))
        self.assertEqual([line for line in everything if line.startswith("5.0")], only_5)

    def test_lists_what_is_selected(self):
        selected = run("test", "--list", "--only", ONE_CASE).stdout.splitlines()
        self.assertTrue(selected)
        self.assertTrue(all(line.split()[1].startswith("connect/") for line in selected))
        left = run("test", "--list", "--skip", ONE_CASE).stdout.splitlines()
        self.assertFalse([line for line in left if line.split()[1].startswith("connect/")])


class EmbeddedBroker(TemporaryFolder):
    def test_conforms(self):
        result = run("test", "--seed", "1")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("embedded mock broker", result.stdout)
        self.assertNotIn("\x1b", result.stdout + result.stderr)
        self.assertEqual(result.stderr, "")

    def test_the_same_seed_gives_the_same_report(self):
        def report():
            found = json.loads(run("test", "--seed", "7", "--json", "-").stdout)
            return {name: value for name, value in found.items() if name not in ("started", "seconds")}

        self.assertEqual(report(), report())

    def test_json_goes_to_a_file_and_the_other_report_to_standard_output(self):
        file = self.folder / "report.json"
        result = run("test", "--seed", "1", "--only", ONE_CASE, "--json", str(file))
        report = json.loads(file.read_text())
        self.assertEqual(report["seed"], 1)
        self.assertEqual(sum(report["summary"].values()), len(report["cases"]))
        self.assertIn("seed 1", result.stdout)

    def test_json_on_standard_output_stands_there_alone(self):
        result = run("test", "--seed", "1", "--only", ONE_CASE, "--json", "-")
        self.assertEqual(json.loads(result.stdout)["target"], "embedded mock broker")
        self.assertIn("seed 1", result.stderr)

    def test_packets_go_to_a_capture(self):
        file = self.folder / "run.pcapng"
        result = run("test", "--seed", "1", "--only", ONE_CASE, "--pcap", str(file))
        capture = file.read_bytes()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(capture[:4], bytes.fromhex("0a0d0d0a"))
        self.assertIn(b"MQTT 5.0, pass): CONNECT", capture)
        self.assertIn("seed 1", result.stdout)
        self.assertEqual(run("test", "--json", "-", "--pcap", "-").returncode, 2)
        self.assertEqual(run("test", "--pcap", "/nowhere/run.pcapng").returncode, 2)

    def test_a_defect_is_found(self):
        listed = run("mock", "--list-defects").stdout.splitlines()
        self.assertTrue(listed)
        defect = listed[0].split()[0]
        result = run("test", "--seed", "1", "--defect", defect, "--json", str(self.folder / "report.json"))
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn("Evidence", result.stdout)

    def test_quiet_says_little_and_verbose_much(self):
        lengths = [len(run("test", "--seed", "1", *more).stdout) for more in (["--quiet"], [], ["--verbose"])]
        self.assertEqual(lengths, sorted(lengths))
        self.assertEqual(run("test", "--seed", "1", "--only", ONE_CASE, "--quiet").stdout.count("\n"), 1)

    def test_a_run_in_which_no_case_came_to_its_point_is_status_3(self):
        result = run("test", "--seed", "1", "--defect", "connack/missing", "--only", "ping/*")
        self.assertIn("4 inconclusive", result.stdout)
        self.assertEqual(result.returncode, 3)
        self.assertIn("no case came to its point", result.stderr)

    def test_a_baseline_that_is_updated_matches_until_it_is_changed(self):
        defect = run("mock", "--list-defects").stdout.split()[0]
        file = self.folder / "broker.toml"
        words = ["test", "--seed", "1", "--defect", defect, "--baseline", str(file)]
        self.assertEqual(run(*words, "--update-baseline").returncode, 0)
        written = file.read_text()
        self.assertIn("[[known]]", written)
        self.assertEqual(run(*words).returncode, 0)
        self.assertEqual(run(*words, "--update-baseline").returncode, 0)
        self.assertEqual(file.read_text(), written)
        self.assertEqual(run("test", "--seed", "1", "--baseline", str(file)).returncode, 1, "what passes must be taken off the list")
        file.write_text("# nothing is known\n")
        result = run(*words)
        self.assertEqual(result.returncode, 1)
        self.assertIn("against the baseline", result.stdout)

    def test_a_reader_that_goes_away_does_not_end_the_run(self):
        file = self.folder / "report.json"
        command = [MQTTSPEC, "test", "--seed", "1", "--json", str(file)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process.stdout.close()
        self.assertEqual(process.wait(LIMIT), 0)
        process.stderr.close()
        self.assertTrue(json.loads(file.read_text())["cases"])


class Terminal(unittest.TestCase):
    def seen_on_terminal(self, *words, environment=None):
        master, slave = pty.openpty()
        variables = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"} | (environment or {})
        process = subprocess.Popen([MQTTSPEC, *words], stdout=slave, stderr=slave, stdin=subprocess.DEVNULL, env=variables)
        os.close(slave)
        seen = b""
        try:
            while chunk := os.read(master, 65536):
                seen += chunk
        except OSError:
            pass  # Linux says EIO when the other side has gone
        os.close(master)
        process.wait(LIMIT)
        return seen.decode()

    def test_has_colours_and_progress(self):
        seen = self.seen_on_terminal("test", "--seed", "1", "--only", ONE_CASE)
        self.assertIn("\x1b[32m", seen)
        self.assertIn("\r\x1b[2K", seen)

    def test_has_neither_when_they_are_not_wanted(self):
        bare = self.seen_on_terminal("test", "--seed", "1", "--only", ONE_CASE, "--no-color", "--no-progress")
        self.assertNotIn("\x1b", bare)
        quiet = self.seen_on_terminal("test", "--seed", "1", "--only", ONE_CASE, "--quiet", environment={"NO_COLOR": "1"})
        self.assertNotIn("\x1b", quiet)


class NoBroker(TemporaryFolder):
    def test_nobody_listening_is_status_3_and_one_line_within_the_limit(self):
        url = f"mqtt://127.0.0.1:{free_port()}"
        file = self.folder / "report.json"
        began = time.monotonic()
        result = run("test", url, "--timeout", "2", "--json", str(file))
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual((result.returncode, result.stdout), (3, ""))
        self.assertEqual(result.stderr.count("\n"), 1)
        self.assertIn(url, result.stderr)
        self.assertIn("broken_off", json.loads(file.read_text()))

    def test_a_host_that_does_not_exist_is_status_3(self):
        result = run("test", "mqtt://no-such-host.invalid")
        self.assertEqual((result.returncode, result.stderr.count("\n")), (3, 1), result.stderr)


class SilentServer:
    """Accepts connections and never says anything."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.connections = []
        threading.Thread(target=self.accept, daemon=True).start()
        return f"mqtt://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        try:
            while True:
                self.connections.append(self.listener.accept()[0])
        except OSError:
            pass

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()
        self.listener.close()


class Interrupt(TemporaryFolder):
    def test_ends_a_run_with_its_report_and_status_3(self):
        file = self.folder / "report.json"
        with SilentServer() as url:
            process = subprocess.Popen([MQTTSPEC, "test", url, "--patience", "3600", "--json", str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(1)  # anywhere in the run will do
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=LIMIT)
        self.assertEqual(process.returncode, 3)
        self.assertEqual(json.loads(file.read_text())["broken_off"], "interrupted")


class Mock(unittest.TestCase):
    def serve(self, *words):
        process = subprocess.Popen([MQTTSPEC, "mock", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        urls = [process.stdout.readline().removeprefix("listening on ").strip() for word in words if word == "--listen"]
        return process, urls

    def test_says_where_it_listens_and_ends_at_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            process, urls = self.serve("--listen", "mqtt://127.0.0.1:0", "--listen", "mqtt://127.0.0.1:0")
            self.assertEqual(len(set(urls)), 2)
            process.send_signal(number)
            self.assertEqual(process.wait(LIMIT), 0)

    def test_is_a_broker_that_conforms_over_tcp(self):
        _, urls = self.serve("--listen", "mqtt://127.0.0.1:0")
        result = run("test", urls[0], "--only", ONE_CASE)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn(urls[0], result.stdout)

    def test_prints_what_a_client_does_wrong(self):
        connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a"
        for options, lines in (((), 1), (("--quiet",), 0)):
            process, urls = self.serve("--listen", "mqtt://127.0.0.1:0", *options)
            with socket.create_connection(("127.0.0.1", int(urls[0].rpartition(":")[2])), LIMIT) as client:
                client.sendall(connect)
                self.assertEqual(client.recv(4), b"\x20\x02\x00\x00")
                client.sendall(connect)
                self.assertEqual(client.recv(1), b"")
            process.send_signal(signal.SIGTERM)
            output = process.communicate(timeout=LIMIT)[0]
            self.assertEqual(output.count('[MQTT-3.1.0-2] client "a"'), lines, output)

    def test_ends_with_the_record_as_json_and_a_strict_status(self):
        connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01a"
        for connects, rules, status in ((1, [], 0), (2, ["client/second-connect"], 1)):
            with tempfile.TemporaryDirectory() as folder:
                file = pathlib.Path(folder) / "record.json"
                process, urls = self.serve("--listen", "mqtt://127.0.0.1:0", "--json", str(file), "--strict", "--quiet")
                with socket.create_connection(("127.0.0.1", int(urls[0].rpartition(":")[2])), LIMIT) as client:
                    client.sendall(connect)
                    self.assertEqual(client.recv(4), b"\x20\x02\x00\x00")
                    client.sendall(connect * (connects - 1) or b"\xe0\x00")
                    self.assertEqual(client.recv(1), b"")
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(LIMIT), status)
                record = json.loads(file.read_text())
            self.assertEqual([one["rule"] for one in record["violations"]], rules)
            self.assertIs(record["complete"], True)

    def test_the_record_on_standard_output_is_alone_there(self):
        process = subprocess.Popen([MQTTSPEC, "mock", "--listen", "mqtt://127.0.0.1:0", "--json", "-"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.communicate()))
        self.assertIn("listening on", process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(json.loads(process.communicate(timeout=LIMIT)[0])["violations"], [])

    def test_lets_only_its_users_in(self):
        _, urls = self.serve("--listen", "mqtt://127.0.0.1:0", "--user", "eva:se:cret")
        for words, status in ((("--username", "eva", "--password", "se:cret"), 0), (("--username", "eva", "--password", "se"), 3)):
            self.assertEqual(run("test", urls[0], "--only", ONE_CASE, *words).returncode, status)

    def test_tells_clients_of_mqtt_5_that_it_stops(self):
        process, urls = self.serve("--listen", "mqtt://127.0.0.1:0")
        with socket.create_connection(("127.0.0.1", int(urls[0].rpartition(":")[2])), LIMIT) as client:
            client.sendall(b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x01a")
            self.assertEqual(client.recv(1), b"\x20")
            process.send_signal(signal.SIGTERM)
            received = b""
            while chunk := client.recv(100):
                received += chunk
        self.assertTrue(received.endswith(b"\xe0\x01\x8b"), received)
        self.assertEqual(process.wait(LIMIT), 0)

    def test_a_port_that_is_taken_is_status_3(self):
        _, urls = self.serve("--listen", "mqtt://127.0.0.1:0")
        result = run("mock", "--listen", urls[0])
        self.assertEqual((result.returncode, result.stderr.count("\n")), (3, 1))
        self.assertIn("cannot listen", result.stderr)


class Selftest(TemporaryFolder):
    KILLED = "qos2/delivers-resent-publish-again"  # in both versions, by a case of its statement
    TOLERATED = "overlap/copy-per-subscription"

    def tried(self, *words, status=0):
        result = run("selftest", "--json", "-", *words)
        self.assertEqual(result.returncode, status, result.stderr)
        return json.loads(result.stdout), result.stderr

    def test_names_what_kills_a_defect_and_what_a_variant_is_blamed_for(self):
        report, told = self.tried("--only", self.KILLED, "--only", self.TOLERATED)
        self.assertEqual([(one["id"], one["mqtt"]) for one in report["defects"]], [(self.KILLED, "3.1.1"), (self.KILLED, "5.0")])
        self.assertTrue(all(one["killed_by"] and one["killed_by_own_case"] for one in report["defects"]))
        self.assertEqual([(one["id"], one["failures"]) for one in report["variants"]], [(self.TOLERATED, [])])
        self.assertTrue(report["summary"]["holds"])
        self.assertIn("The suite holds", told)

    def test_selects_by_statement_and_section(self):
        report, _ = self.tried("--only", "MQTT-3.12.4-1", "--only", "v5/3.12")
        self.assertTrue(report["defects"])
        self.assertEqual({one["statement"] for one in report["defects"]}, {"MQTT-3.12.4-1", "3.12.1"})

    def test_neither_the_number_of_jobs_nor_chance_changes_what_comes_out(self):
        def without_clock(value):
            if isinstance(value, dict):
                return {name: without_clock(part) for name, part in value.items() if name != "seconds"}
            return [without_clock(part) for part in value] if isinstance(value, list) else value

        words = ["--only", "qos2/*", "--only", "combination/1", "--random-variants", "1"]
        alone, together = (run("selftest", "--json", "-", "--jobs", jobs, *words) for jobs in ("1", "4"))
        self.assertEqual(alone.returncode, together.returncode)
        self.assertEqual(without_clock(json.loads(alone.stdout)), without_clock(json.loads(together.stdout)))

    def test_draws_other_combinations_for_another_seed(self):
        def drawn(seed):
            report = json.loads(run("selftest", "--json", "-", "--only", "combination/1", "--seed", seed).stdout)
            return report["variants"][0]["summary"]

        self.assertEqual(drawn("1"), drawn("1"))
        self.assertNotEqual(drawn("1"), drawn("2"))


class Coverage(TemporaryFolder):
    def test_lists_every_statement(self):
        file = self.folder / "coverage.md"
        result = run("coverage", "--json", "-", "--markdown", str(file))
        statements = json.loads(result.stdout)["statements"]
        self.assertEqual(result.returncode, 0)
        self.assertEqual([sum(one["mqtt"] == version for one in statements) for version in ("3.1.1", "5.0")], [140, 251])
        self.assertTrue(any(one["cases"] for one in statements))
        self.assertTrue(any(one["rules"] for one in statements))
        self.assertTrue(any(one["defects"] for one in statements))
        self.assertEqual(file.read_text().count("\n| MQTT-"), 140 + 251)

    def test_tells_people_what_is_missing(self):
        self.assertIn("MQTT 5.0: ", run("coverage").stdout)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    MQTTSPEC = os.path.abspath(sys.argv.pop(1))
    unittest.main()
