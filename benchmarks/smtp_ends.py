"""A bare SMTP sink and a bare SMTP client, so that what is measured is what lies between them.

`python -m benchmarks.smtp_ends sink PORT` takes every mail and keeps none.
"""

import asyncio
import sys
import time

ANSWERS = {b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}
END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """Says yes to everything."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.WriteTransport)
        self.transport = transport
        self.held = b""
        self.is_mail = False
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every line that has come."""
        self.held += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self.is_mail:
            end = self.held.find(END)
            if end < 0:
                return False
            self.held, self.is_mail = self.held[end + len(END) :], False
            self.transport.write(b"250 taken\r\n")
            return True
        line, newline, rest = self.held.partition(b"\r\n")
        if not newline:
            return False
        self.held = rest
        verb = line[:4].upper()
        self.is_mail = verb == b"DATA"
        self.transport.write(ANSWERS.get(verb, b"250 fine\r\n"))
        return True


async def send_all(port: int, mails: list[bytes], connections: int) -> list[float]:
    """Send the mails over that many sessions; the seconds of each from DATA to its answer."""
    waiting, seconds = list(mails), list[float]()

    async def session() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        await _say(reader, writer, b"EHLO client.test")
        while waiting:
            mail = waiting.pop()
            started = time.perf_counter()
            await _say(reader, writer, b"MAIL FROM:<rep@bench.test>")
            await _say(reader, writer, b"RCPT TO:<reader@bench.test>")
            await _say(reader, writer, b"DATA")
            answer = await _say(reader, writer, mail + b".")
            if not answer.startswith(b"250"):
                raise RuntimeError(answer.decode())
            seconds.append(time.perf_counter() - started)
        writer.close()

    await asyncio.gather(*(session() for _ in range(connections)))
    return seconds


async def _say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: bytes) -> bytes:
    writer.write(line + b"\r\n")
    while True:
        answer = await reader.readline()
        if answer[3:4] != b"-":
            return answer


async def sink(port: int) -> None:
    """Take mail until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(sink(int(sys.argv[2])))
