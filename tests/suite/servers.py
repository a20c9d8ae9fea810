"""Servers for tests of mqttspec: servers written in the test, and the mock broker."""

import asyncio
import contextlib
import subprocess
import threading


class Server:
    """Listens on a free loopback port in its own thread for the duration of a `with` block, which gets its URL. Subclasses define handle()."""

    def __init__(self):
        self.ready = threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)

    async def handle(self, reader, writer):
        raise NotImplementedError

    async def serve(self):
        self.loop, self.ended = asyncio.get_running_loop(), asyncio.Event()
        self.loop.set_exception_handler(lambda *_: None)  # clients may disconnect at any time
        self.server = await asyncio.start_server(self.handle, "127.0.0.1", 0, backlog=1024)
        self.port = self.server.sockets[0].getsockname()[1]
        self.ready.set()
        await self.ended.wait()
        self.server.close()

    def __enter__(self):
        self.thread.start()
        self.ready.wait()
        return f"mqtt://127.0.0.1:{self.port}"

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.join()


def speaks_5(connect):
    """Whether a CONNECT is of MQTT 5.0: the version follows the protocol name "MQTT"."""
    return connect[connect.find(b"MQTT") + 4 :][:1] == b"\x05"


@contextlib.contextmanager
def mock_broker(mqttspec, *words, schemes=("mqtt",)):
    """`mqttspec mock` on free ports, with its URL for each scheme. @param words further arguments"""
    listen = [word for scheme in schemes for word in ("--listen", f"{scheme}://127.0.0.1:0")]
    process = subprocess.Popen([mqttspec, "mock", "--quiet", *listen, *words], stdout=subprocess.PIPE, text=True)
    try:
        yield {scheme: process.stdout.readline().removeprefix("listening on ").strip() for scheme in schemes}
    finally:
        process.kill()
        process.communicate()
