# SPDX-License-Identifier: MIT
"""File transfer (section 23 of PROTOCOL.md), both sides, over the messages of a session. Strict."""

import collections
import json
import os
import random
import struct

from springtail_crypto import SHA256, num, u8, u16, u32, u64
from springtail_net import Failure, say, violation

READY, OFFER, ACCEPT, DATA, SKIP, VERIFY, DONE, CANCEL, HASH, LAST = range(1, 11)
LIMIT = 1 << 62
GOOD, BAD_NAME, COMPARE = 0, 2, 14
LARGEST = 40_000

Entry = collections.namedtuple("Entry", "name data mode time")


class Transfer:
    def __init__(self, session):
        self.session = session
        self.done = False

    def send(self, kind, *parts):
        if not self.session.send_message(b"".join((u8(kind), *parts))):
            raise Failure(f"a message of type {kind} cannot be sent")

    def take(self, message):
        if self.done:
            return
        kind, body = message[0] if message else 0, message[1:]
        if kind == CANCEL:
            raise Failure(f"cancelled: {body.hex()}")
        handler = {DATA: "on_data", LAST: "on_data", OFFER: "on_offer", HASH: "on_hash", SKIP: "on_skip", READY: "on_ready", ACCEPT: "on_accept",
                   VERIFY: "on_verify", DONE: "on_done"}.get(kind)
        if not hasattr(self, handler or "?"):
            self.refuse(f"a message of type {kind}")
        getattr(self, handler)(body, kind)

    def refuse(self, text):
        violation("transfer: " + text)
        self.send(CANCEL, u8(12))
        raise Failure(text)

    def expect(self, holds, text):
        if not holds:
            self.refuse(text)


def read_folder(path):
    """What is in a folder. Every folder is an entry, after all that is in it."""
    out = []
    for top, _, files in os.walk(path, topdown=False):
        prefix = "" if top == path else os.path.relpath(top, path) + "/"
        for f in sorted(files):
            full = os.path.join(top, f)
            status = os.stat(full)
            with open(full, "rb") as stream:
                out.append(Entry(prefix + f, stream.read(), status.st_mode & 0o777, status.st_mtime_ns))
        if prefix:
            out.append(Entry(prefix, None, os.stat(top).st_mode & 0o777, None))
    return out


class Sender(Transfer):
    def __init__(self, session, path, per_offer=3):
        super().__init__(session)
        self.entries, self.per_offer = read_folder(path), per_offer
        self.largest = None
        self.first = self.count = 0
        self.results = None
        self.unverified = set()

    def on_ready(self, body, _):
        self.expect(self.largest is None and len(body) == 10, "a READY that may not come, or is not of 11 bytes")
        version, flags, self.largest, self.most = struct.unpack(">BBII", body)
        self.expect(version == 2 and not flags & ~1 and self.largest >= 2298, f"READY: version {version}, flags {flags}, {self.largest} bytes")
        self.keeps = flags & 1
        self.offer()

    def described(self, e):
        """Members in any order, any white space, any escapes."""
        members = [("name", e.name)]
        if e.data is not None:
            members.append(("size", len(e.data)))
        if self.keeps:
            members += [(k, v) for k, v in (("mode", e.mode), ("time", e.time)) if v is not None]
        random.shuffle(members)
        return dict(members)

    def offer(self):
        self.first += self.count
        entries = self.entries[self.first:self.first + self.per_offer]
        self.count, self.results = len(entries), None
        if not entries:
            return self.send(DONE, u32(len(self.entries)), u32(0))
        members = [("first", self.first), ("entries", len(self.entries)), ("bytes", sum(len(e.data or b"") for e in self.entries)),
                   ("offer", [self.described(e) for e in entries])]
        random.shuffle(members)
        return self.send(OFFER, json.dumps(dict(members), ensure_ascii=random.random() < 0.5, indent=random.choice((None, 1))).encode())

    def on_accept(self, body, _):
        self.expect(self.count and not self.unverified and len(body) == 6 + 9 * self.count, "an ACCEPT that may not come, or of another length")
        self.expect((num(body[:4]), num(body[4:6])) == (self.first, self.count), "ACCEPT of other entries than were offered")
        results = [(body[i], num(body[i + 1:i + 9])) for i in range(6, len(body), 9)]
        again, self.results = self.results, results
        for i, (result, offset) in enumerate(results):
            before = again[i] if again else None
            self.expect(result <= 13 or result == COMPARE and offset and not again, f"ACCEPT: result {result}, offset {offset}")
            if before and before[0] != COMPARE:
                self.expect((result, offset) == before, "a second ACCEPT says something else")
            elif before:
                self.expect(offset in (0, before[1]), f"ACCEPT: offset {offset}, asked for {before[1]}")
        if any(result == COMPARE for result, _ in results):
            for i, (result, offset) in enumerate(results):
                data = self.entries[self.first + i].data
                if result == COMPARE:
                    self.send(HASH, u32(self.first + i), SHA256(data[:offset]) if offset <= len(data) else bytes(32))
            return
        for i, (result, offset) in enumerate(results):
            if result == GOOD:
                self.unverified.add(self.first + i)
                if self.entries[self.first + i].data is not None:
                    self.send_file(self.first + i, offset)
            else:
                say("not wanted:", self.entries[self.first + i].name, result)
        if not self.unverified:
            self.offer()

    def send_file(self, entry, at):
        data, most = self.entries[entry].data, self.largest - 45
        self.expect(at <= len(data), f"ACCEPT: {at} bytes of {len(data)} are there")
        while len(data) - at > most or at < len(data) and random.random() < 0.5:
            part = data[at:at + random.randint(1, most)]
            self.send(DATA, u32(entry), u64(at), part)
            at += len(part)
        self.send(LAST, u32(entry), u64(at), data[at:], SHA256(data))

    def on_verify(self, body, _):
        self.expect(len(body) == 37 and num(body[:4]) in self.unverified, "a VERIFY that may not come, or is not of 38 bytes")
        entry = num(body[:4])
        self.unverified.discard(entry)
        data = self.entries[entry].data
        self.expect(body[4] == GOOD, f"VERIFY: result {body[4]}")
        self.expect(data is None or body[5:] == SHA256(data), "VERIFY: another hash")
        if not self.unverified:
            self.offer()

    def on_done(self, body, _):
        self.expect(not self.count and len(body) == 8 and num(body[:4]) + num(body[4:]) == len(self.entries), f"DONE: {body.hex()}")
        say("sent", num(body[:4]), "not", num(body[4:]))
        self.done = True


class Receiver(Transfer):
    """It knows what comes, if have is not 0: then it says that it has so many bytes of what is larger, of every second file the right ones."""

    def __init__(self, session, path, have=0, source=None):
        super().__init__(session)
        self.path, self.have = path, have
        self.known = {e.name: e.data for e in read_folder(source)} if have else {}
        self.total = self.offered = None
        self.entries, self.first = [], 0
        self.got = self.others = self.compared = self.bytes = 0
        self.pending = collections.deque()
        self.parts = {}
        self.send(READY, u8(2), u8(1), u32(LARGEST), u32(1000))

    def on_offer(self, body, _):
        self.expect(not self.pending and self.offered is None, "an OFFER while files of the one before are under way")
        self.expect(len(body) < LARGEST, "an OFFER that is too long")

        def once(pairs):
            self.expect(len({k for k, _ in pairs}) == len(pairs), "OFFER: a member comes twice")
            return dict(pairs)

        try:
            offer = json.loads(body.decode(), object_pairs_hook=once)
        except ValueError as e:
            self.refuse(f"OFFER: {e}")
        self.expect(set(offer) == {"first", "entries", "bytes", "offer"}, f"OFFER: members {sorted(offer)}")
        entries = offer["offer"]
        self.first += len(self.entries)
        self.expect(offer["first"] == self.first and 1 <= len(entries) <= LARGEST // 256, f"OFFER: {len(entries)} entries from {offer['first']}")
        totals = offer["entries"], offer["bytes"]
        self.expect(self.total in (None, totals) and self.first + len(entries) <= totals[0], f"OFFER: totals {totals}")
        self.total = totals
        for e in entries:
            folder = e["name"].endswith("/")
            self.expect(set(e) <= {"name", "size", "mode", "time"} and not (folder and "size" in e), f"OFFER: members {sorted(e)}")
            for member, most in (("size", LIMIT), ("mode", 511), ("time", LIMIT)):
                self.expect(type(e.get(member, 0)) is int and 0 <= e.get(member, 0) <= most, f"OFFER: {member} {e.get(member)}")
            self.expect(all(p not in ("", ".", "..") and len(p.encode()) <= 255 for p in e["name"].rstrip("/").split("/")), f"OFFER: name {e['name']}")
            self.bytes += e.get("size", 0)
        self.expect(self.bytes <= totals[1], f"OFFER: {self.bytes} bytes, said {totals[1]}")
        self.entries = entries
        self.offered = [(COMPARE if self.have and self.have <= e.get("size", 0) else GOOD, self.have if self.have and self.have <= e.get("size", 0) else 0)
                        for e in entries]
        self.hashes = {}
        self.accept()

    def accept(self):
        self.send(ACCEPT, u32(self.first), u16(len(self.offered)), *(u8(result) + u64(offset) for result, offset in self.offered))
        if any(result == COMPARE for result, _ in self.offered):
            return
        for i, (_, offset) in enumerate(self.offered):
            data = self.known.get(self.entries[i]["name"]) or b""
            self.pending.append(self.first + i)
            self.parts[self.first + i] = bytearray(data[:offset])
        self.offered = None
        self.fold()

    def on_hash(self, body, _):
        asked = [self.first + i for i, (result, _) in enumerate(self.offered or ()) if result == COMPARE]
        self.expect(len(body) == 36 and len(self.hashes) < len(asked) and num(body[:4]) == asked[len(self.hashes)], "a HASH that may not come")
        entry = num(body[:4])
        prefix = self.known[self.entries[entry - self.first]["name"]][:self.have]
        self.expect(body[4:] == SHA256(prefix), "HASH: not of the first bytes")
        self.hashes[entry] = self.have if len(self.hashes) % 2 == 0 else 0
        if len(self.hashes) == len(asked):
            self.compared += len(asked)
            self.offered = [(GOOD, self.hashes.get(self.first + i, 0)) for i in range(len(self.offered))]
            self.accept()

    def on_data(self, body, kind):
        self.expect(len(body) >= 12 + (32 if kind == LAST else 1) and len(body) < LARGEST, f"DATA or LAST of {len(body) + 1} bytes")
        entry, offset = num(body[:4]), num(body[4:12])
        self.expect(self.pending and entry == self.pending[0] and offset == len(self.parts[entry]), f"DATA of entry {entry} at {offset}")
        content, described = self.parts[entry], self.entries[entry - self.first]
        content += body[12:-32] if kind == LAST else body[12:]
        self.expect(len(content) <= described.get("size", LIMIT), f"{len(content)} bytes of {described}")
        if kind == LAST:
            self.expect(body[-32:] == SHA256(bytes(content)), "LAST: another hash")
            path = os.path.join(self.path, described["name"])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(content)
            self.end(entry, SHA256(bytes(content)))
            self.fold()

    def on_skip(self, body, _):
        self.expect(len(body) == 5 and self.pending and num(body[:4]) == self.pending[0], "a SKIP that may not come")
        say("skipped:", self.entries[self.pending.popleft() - self.first]["name"], body[4])
        self.others += 1
        self.fold()

    def fold(self):
        """Folders whose turn it is are there."""
        while self.pending and self.entries[self.pending[0] - self.first]["name"].endswith("/"):
            os.makedirs(os.path.join(self.path, self.entries[self.pending[0] - self.first]["name"]), exist_ok=True)
            self.end(self.pending[0], bytes(32))

    def end(self, entry, digest):
        self.pending.popleft()
        del self.parts[entry]
        self.got += 1
        self.send(VERIFY, u32(entry), u8(GOOD), digest)

    def on_done(self, body, _):
        self.expect(len(body) == 8 and not self.pending and self.offered is None, "a DONE that may not come")
        self.expect(num(body[:4]) == self.first + len(self.entries) and num(body[:4]) + num(body[4:]) == self.total[0], f"DONE: {body.hex()}")
        self.send(DONE, u32(self.got), u32(self.others + num(body[4:])))
        if self.have and not self.compared:
            raise Failure("nothing was compared")
        say("received", self.got, "not", self.others)
        self.done = True
