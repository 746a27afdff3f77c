# SPDX-License-Identifier: MIT
"""What the peers of these tests stand on: verdicts, a clock, sockets."""

import collections
import random
import select
import socket
import struct
import sys
import time

violations = []
drops = collections.Counter()


def violation(text):
    """The other side did what PROTOCOL.md does not allow."""
    violations.append(text)
    print("VIOLATION:", text, file=sys.stderr, flush=True)


def note(text):
    print("NOTE:", text, file=sys.stderr, flush=True)


def say(*words):
    print(*words, flush=True)


class Failure(Exception):
    pass


class Clock:
    """UTC once, then monotonic: it never steps with the system's clock (8)."""

    def __init__(self, shift_ms=0):
        self.base = time.time() * 1000 + shift_ms - time.monotonic() * 1000

    def now(self):
        return time.monotonic() * 1000

    def utc(self, now=None):
        return int(self.base + (self.now() if now is None else now))


TIMESTAMPS = getattr(socket, "SO_TIMESTAMPNS", 35) if sys.platform == "linux" else None
TIMESTAMP = struct.Struct("@qq")


def receive(s):
    """A datagram, its source, and when it came: by the kernel where it says so, since this program may have stood still."""
    if TIMESTAMPS is None:
        packet, source = s.recvfrom(2048)
        return packet, source[:2], time.monotonic() * 1000
    packet, extra, _, source = s.recvmsg(2048, 64)
    now, waited = time.monotonic() * 1000, 0.0
    for level, kind, data in extra:
        if (level, kind, len(data)) == (socket.SOL_SOCKET, TIMESTAMPS, TIMESTAMP.size):
            seconds, rest = TIMESTAMP.unpack(data)
            waited = time.time() * 1000 - seconds * 1000 - rest / 1e6
    return packet, source[:2], now - max(0.0, min(waited, 60_000.0))


class Net:
    """UDP sockets by local port."""

    def __init__(self, bind, loss=0.0, seed=None, twice=False, reorder=False):
        self.bind = bind
        self.family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        self.sockets = {}
        self.loss = loss
        self.twice = twice
        self.reorder = reorder
        self.held = []
        self.rng = random.Random(seed)
        self.copier = None

    def open(self, port):
        """Returns the port, or None when it cannot be bound."""
        if port and port in self.sockets:
            return port
        s = socket.socket(self.family, socket.SOCK_DGRAM)
        try:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            if TIMESTAMPS is not None:
                s.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
            s.bind((self.bind, port))
        except OSError:
            s.close()
            return None
        s.setblocking(False)
        port = s.getsockname()[1]
        self.sockets[port] = s
        return port

    def keep(self, ports):
        for port in list(self.sockets):
            if port not in ports:
                self.sockets.pop(port).close()
        for port in ports:
            self.open(port)

    def move(self, bind):
        """The host's address is another from now on: nothing goes out from the old one, and nothing comes in there."""
        self.bind = bind
        self.keep(())

    def send(self, port, packet, address, flip=False):
        """False when nothing went out, so an acknowledgment of it would be a lie."""
        s = self.sockets.get(port)
        if s is None:
            drops["own port not bound"] += 1
            return False
        if self.loss and self.rng.random() < self.loss:
            return False
        if self.reorder and self.rng.random() < 0.25:
            self.held.append((time.monotonic() + self.rng.uniform(0.01, 0.06), s, packet, address))
            return True
        try:
            if flip:
                bit = self.rng.randrange(8 * len(packet))
                damaged = bytearray(packet)
                damaged[bit // 8] ^= 1 << bit % 8
                s.sendto(bytes(damaged), address)
            if self.copier:
                self.copier.send(packet, address)
            s.sendto(packet, address)
            if self.twice:
                s.sendto(packet, address)
        except OSError:
            return False
        return True

    def send_held(self):
        now = time.monotonic()
        for h in [h for h in self.held if h[0] <= now]:
            self.held.remove(h)
            try:
                h[1].sendto(h[2], h[3])
            except OSError:
                pass  # its socket is closed by now: the network has lost it

    def poll(self, seconds):
        """(local port, packet, where it came from, when) of what has come."""
        self.send_held()
        by_fd = {s.fileno(): (port, s) for port, s in self.sockets.items()}
        if self.copier:
            by_fd[self.copier.socket.fileno()] = (None, self.copier.socket)
        poller = select.poll()
        for fd in by_fd:
            poller.register(fd, select.POLLIN)
        out = []
        for fd, _ in poller.poll(seconds * 1000):
            port, s = by_fd[fd]
            for _ in range(16):
                try:
                    packet, source, at = receive(s)
                except OSError:
                    break
                if port is None and self.copier.passes_to is None:
                    self.copier.passed += 1
                elif port is None:
                    # Quicker than the server's own packets.
                    out.insert(0, (self.copier.passes_to, packet, source, at))
                    self.copier.passed += 1
                else:
                    out.append((port, packet, source, at))
        return out


class Copier:
    """Stands beside the path of a client and is quick: sends a copy of each of its packets from an address of its own, and lets
    through to the client what is answered there, unless passes_to is None."""

    def __init__(self, bind, passes_to):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((bind, 0))
        self.socket.setblocking(False)
        self.passes_to = passes_to
        self.passed = 0

    def send(self, packet, address):
        self.socket.sendto(packet, address)
