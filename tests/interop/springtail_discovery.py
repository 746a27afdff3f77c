#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PSK discovery (section 15 of PROTOCOL.md), read a second time: both roles and both forms, over UDP.

As strict as springtail_peer.py: whatever the protocol does not allow is a VIOLATION and makes the exit code 2.
The initiator ends with 0 when it found a PSK, whose file name it prints, and with 3 when it found none.
"""

import argparse
import collections
import os
import random
import secrets
import signal
import sys

sys.dont_write_bytecode = True
from springtail_net import Clock, Failure, Net, note, say, violation, violations  # noqa: E402
from springtail_peer import drawn, read_psk  # noqa: E402
from springtail_protocol import (ACCEPT, CONFIRM, DISCOVERY, F_FROM_SERVER, MAX_PADDING, PROOFS, PROOFS_MATCH, PUBLIC_HANDSHAKE_KEY, REQUEST,  # noqa: E402
                                 RESPONSE, SHA256, blinded, bloom_bits, candidate, clear_packet, clear_tag_is_right, confirmation, filter_size,
                                 integrity_key, make_filter, mask, mask_key, num, pack_header, proof, read_packet, same, u8, u16, u32, u64)

MASK_KEY = mask_key(PUBLIC_HANDSHAKE_KEY)
OK, REJECTED = 0, 2


def make_packet(subtype, flags, discovery_id, fields):
    """Each copy with a sequence and padding of its own."""
    payload = fields + drawn()
    header = pack_header(DISCOVERY, subtype, flags, discovery_id, secrets.randbits(32), 0, 0, len(payload))
    return mask(clear_packet(header, payload, integrity_key(discovery_id)), MASK_KEY, True)


def fields_of(subtype, payload):
    """Without its padding; None when it is shorter than its fields."""
    def at(i, n=2): return num(payload[i:i + n])
    size = {REQUEST: 20 + at(14), RESPONSE: 48 + 32 * at(8), CONFIRM: 56, ACCEPT: 26, PROOFS: 41 + 16 * at(40, 1), PROOFS_MATCH: 56}[subtype]
    if len(payload) < size:
        return violation(f"subtype {subtype} with a payload of {len(payload)} bytes")
    if len(payload) > size + MAX_PADDING or any(payload[size:]):
        violation(f"subtype {subtype} with {len(payload) - size} bytes of padding, or such that are not zeros")
    return payload[:size]


sequences = set()


def open_packet(packet):
    """(header, fields), or None when it is no packet of discovery."""
    found = read_packet(packet, MASK_KEY, True)
    if not found or not clear_tag_is_right(found[1], integrity_key(found[0].session_id)):
        return None
    header, plain = found
    if header.type != DISCOVERY or not REQUEST <= header.subtype <= PROOFS_MATCH:
        violation(f"a packet under the tag of discovery that is none: {header}")
        return None
    if header.epoch or header.ack or header.timestamp:
        violation(f"discovery with a wrong header: {header}")
    if header.sequence in sequences:
        violation("discovery with a sequence that is not random")
    sequences.add(header.sequence)
    if header.flags != (F_FROM_SERVER if header.subtype in (RESPONSE, ACCEPT, PROOFS_MATCH) else 0):
        violation(f"discovery with wrong flags: {header}")
    fields = fields_of(header.subtype, plain[26:-16])
    if fields is None:
        return None
    if fields[:8] != u64(header.session_id):
        violation("a discovery_id in the payload that is not the header's")
    return header, fields


# ---------------------------------------------------------------- initiator

class Initiator:
    def __init__(self, options, keys):
        self.options = options
        self.names, self.psks = zip(*keys)
        self.net = Net(options.bind, options.loss, options.seed)
        self.local = self.net.open(0)
        self.elsewhere = self.net.open(0) if options.elsewhere else None
        self.clock = Clock()
        self.target = (options.host, options.port)
        self.id = secrets.randbits(64) or 1
        self.salt = secrets.randbits(32)
        self.answers = []

    def ask(self, subtype, payload, answer, take):
        """Three copies at 1 s; gives what `take` makes of an answer. It makes the same of further ones within half a second, and none repeats another."""
        seen = False
        result = None
        if self.elsewhere and subtype != CONFIRM:
            self.net.send(self.elsewhere, make_packet(subtype, 0, self.id, payload), self.target)
        for _ in range(3):
            self.net.send(self.local, make_packet(subtype, 0, self.id, payload), self.target)
            end = self.clock.now() + 1000 * random.uniform(0.8, 1)
            while self.clock.now() < end:
                for port, raw, source, at in self.net.poll(0.05):
                    found = open_packet(raw)
                    if not found or source != self.target:
                        continue
                    header, body = found
                    if port == self.elsewhere:
                        self.look_for_repeats(header.subtype, body)
                        continue
                    if header.session_id != self.id:
                        violation(f"an answer under another discovery_id: {header}")
                    elif header.subtype == answer:
                        self.look_for_repeats(header.subtype, body)
                        taken = take(body)
                        if seen and self.key_of(taken) != self.key_of(result):
                            violation("copies are answered with another result")
                        if not seen:
                            seen = True
                            result = taken
                            end = at + 500
                            if self.options.copies:
                                self.net.send(self.local, make_packet(subtype, 0, self.id, payload), self.target)
            if seen:
                return result
        raise Failure(f"no answer to subtype {subtype}")

    @staticmethod
    def key_of(taken):
        """The PSK, without the nonce that `on_response` gives with it."""
        return taken[0] if isinstance(taken, tuple) else taken

    def look_for_repeats(self, subtype, body):
        """Of a RESPONSE or PROOFS_MATCH nothing behind the discovery_id and the counts stands in another. A refusal has nothing there."""
        if subtype == ACCEPT or len(body) == 48:
            return
        fresh = body[16 if subtype == RESPONSE else 8:]
        for other in self.answers:
            if any(fresh[i:i + 8] in other for i in range(len(fresh) - 7)):
                violation("an answer repeats bytes of another")
        self.answers.append(fresh)

    def by_filter(self):
        count = len(self.psks) if self.options.claim is None else self.options.claim
        bits = b"\xff" * filter_size(count) if self.options.full else make_filter(self.psks, self.id, self.salt)
        body = u64(self.id) + u32(self.salt) + u16(count) + u16(len(bits)) + u16(0) + u16(0) + bits
        found = self.ask(REQUEST, body, RESPONSE, self.on_response)
        if found is None:
            return None
        if self.options.wrong_proof:
            found = found[0], secrets.token_bytes(32)
        psk, nonce = found
        body = u64(self.id) + confirmation(psk, self.id, self.salt) + proof(psk, SHA256(nonce + b"initiator"), self.id)
        return self.ask(CONFIRM, body, ACCEPT, lambda answer: self.on_accept(answer, psk, nonce))

    def on_response(self, body):
        count, status, features, zero = (num(body[i:i + 2]) for i in (8, 10, 12, 14))
        nonce, offered = body[16:48], [body[i:i + 32] for i in range(48, len(body), 32)]
        if features or zero:
            violation("RESPONSE with features")
        if status == REJECTED:
            if count or offered or nonce != bytes(32):
                violation("a refusal with candidates or a nonce")
            say("refused")
            return None
        if status != OK or count not in (4, 16):
            violation(f"RESPONSE of {len(body)} bytes, status {status}, with {count} candidates")
        if len(set(offered)) != len(offered):
            violation("a candidate stands in RESPONSE twice")
        say(f"candidates {count}")
        for psk in self.psks:
            if candidate(blinded(psk, self.id, self.salt), nonce) in offered:
                return psk, nonce
        return None

    def on_accept(self, body, psk, nonce):
        if num(body[8:10]) == REJECTED:
            say("rejected")
            return None
        if num(body[8:10]) != OK or not same(body[10:26], proof(psk, SHA256(nonce + b"responder"), self.id)):
            return violation("ACCEPT with a wrong status or proof")
        return psk

    def by_proofs(self):
        nonce = secrets.token_bytes(32)
        offers = b"".join(proof(psk, SHA256(nonce + b"offer"), self.id) for psk in self.psks)
        return self.ask(PROOFS, u64(self.id) + nonce + u8(len(self.psks)) + offers, PROOFS_MATCH, lambda body: self.on_match(body, nonce))

    def on_match(self, body, nonce):
        for psk in self.psks:
            if same(body[40:56], proof(psk, SHA256(nonce + body[8:40] + b"match"), self.id)):
                return psk
        return None

    def run(self):
        psk = self.by_proofs() if self.options.proofs else self.by_filter()
        if self.elsewhere and len(self.answers) < 2:
            violation("a copy from elsewhere, or what it is a copy of, is not answered")
        if psk is None:
            say("none")
            return 3
        say("found", self.names[self.psks.index(psk)])
        return 0


# ---------------------------------------------------------------- responder

class Responder:
    LIVES, PER_MINUTE, PER_ADDRESS, IN_ALL = 10_000, 5, 4, 16

    def __init__(self, options, keys):
        self.options = options
        self.keys = keys
        self.net = Net(options.bind, options.loss, options.seed)
        if not self.net.open(options.port):
            raise Failure("the discovery port is taken")
        self.clock = Clock()
        self.exchanges = {}
        self.asked = collections.defaultdict(list)

    def begin(self, header, source, body, now):
        """The state of an exchange, new or kept; None when there is none to be had. All requests of this host count as one address's."""
        self.exchanges = {k: e for k, e in self.exchanges.items() if now - e["at"] < self.LIVES}
        exchange = self.exchanges.get((header.session_id, source, body))
        if exchange:
            exchange["copies"] += 1
            if exchange["copies"] > 2:
                violation("more than two copies of a request")
            return exchange
        if any(k[:2] == (header.session_id, source) for k in self.exchanges):
            violation("a copy of a request with another payload")
        recent = [t for t in self.asked[source[0]] if now - t < 60_000]
        self.asked[source[0]] = recent
        if len(recent) >= self.PER_MINUTE or sum(now - t < 1000 for times in self.asked.values() for t in times) >= self.IN_ALL:
            say("limit")
            return None
        recent.append(now)
        own = [k for k in self.exchanges if k[1][0] == source[0]]
        if len(own) >= self.PER_ADDRESS or len(self.exchanges) >= self.IN_ALL:
            del self.exchanges[min(own if len(own) >= self.PER_ADDRESS else self.exchanges, key=lambda k: self.exchanges[k]["at"])]
        return self.exchanges.setdefault((header.session_id, source, body), {"at": now, "copies": 0, "nonces": []})

    def on_request(self, header, body, source, now):
        salt, count, size, features, zero = num(body[8:12]), num(body[12:14]), num(body[14:16]), num(body[16:18]), num(body[18:20])
        bits = body[20:20 + size]
        if features or zero or size != filter_size(count) or not 1 <= count <= 256:
            violation(f"REQUEST of {len(body)} bytes for {count} PSKs with a filter of {size}")
        if bin(num(bits)).count("1") > 3 * count:
            violation("REQUEST with more bits than its PSKs can set")
        exchange = self.begin(header, source, body, now)
        if not exchange:
            return None
        nonce = secrets.token_bytes(32)
        real = []
        for name, psk in self.keys:
            b = blinded(psk, header.session_id, salt)
            if all(bits[i // 8] & 0x80 >> i % 8 for i in bloom_bits(b, 8 * size)):
                real.append((candidate(b, nonce), name, psk))
        if "offered" not in exchange:
            exchange.update(salt=salt, offered=random.sample([(name, psk) for _, name, psk in real], min(16, len(real))))
        offered = [c for c, name, psk in real if (name, psk) in exchange["offered"]]
        offered += [secrets.token_bytes(32) for _ in range((4 if len(self.keys) <= 4 else 16) - len(offered))]
        random.shuffle(offered)
        exchange["nonces"].append(nonce)
        return RESPONSE, body[:8] + u16(len(offered)) + u16(OK) + u16(0) + u16(0) + nonce + b"".join(offered)

    def on_confirm(self, header, body, source, now):
        exchange = next((e for k, e in self.exchanges.items() if k[:2] == (header.session_id, source) and e["nonces"]), None)
        if not exchange:
            return violation("CONFIRM without a RESPONSE")
        for name, psk in exchange["offered"]:
            if same(body[8:40], confirmation(psk, header.session_id, exchange["salt"])):
                for nonce in exchange["nonces"]:
                    if same(body[40:56], proof(psk, SHA256(nonce + b"initiator"), header.session_id)):
                        say("confirmed", name)
                        right = proof(psk, SHA256(nonce + (b"initiator" if self.options.wrong_proof else b"responder")), header.session_id)
                        return ACCEPT, body[:8] + u16(OK) + right
                violation("CONFIRM with a wrong proof")
                break
        else:
            violation("CONFIRM of a PSK that was not offered")
        return ACCEPT, body[:8] + u16(REJECTED) + bytes(16)

    def on_proofs(self, header, body, source, now):
        if not 1 <= body[40] <= 8:
            return violation(f"PROOFS of {len(body)} bytes")
        exchange = self.begin(header, source, body, now)
        if not exchange:
            return None
        nonce, offers = body[8:40], [body[i:i + 16] for i in range(41, len(body), 16)]
        matched = [(offers.index(p), name, psk) for name, psk in self.keys for p in [proof(psk, SHA256(nonce + b"offer"), header.session_id)] if p in offers]
        fresh = secrets.token_bytes(32)
        if not matched:
            return PROOFS_MATCH, body[:8] + fresh + secrets.token_bytes(16)
        _, name, psk = min(matched)
        say("matched", name)
        return PROOFS_MATCH, body[:8] + fresh + proof(psk, SHA256(nonce + fresh + b"match"), header.session_id)

    def run(self):
        say("ready")
        handlers = {REQUEST: self.on_request, CONFIRM: self.on_confirm, PROOFS: self.on_proofs}
        dropped = 0
        while True:
            for port, raw, source, at in self.net.poll(0.5):
                found = open_packet(raw)
                if not found:
                    note("not a packet of discovery")
                    continue
                header, body = found
                if header.subtype not in handlers:
                    violation(f"an answer that nobody asked for: {header}")
                    continue
                if dropped < self.options.drop_first:
                    dropped += 1
                    continue
                answer = handlers[header.subtype](header, body, source, at)
                if answer:
                    self.net.send(port, make_packet(answer[0], F_FROM_SERVER, header.session_id, answer[1]), source)


# ---------------------------------------------------------------- command line

def read_keys(folder):
    return [(name, read_psk(os.path.join(folder, name))) for name in sorted(os.listdir(folder))]


def main(argv=None):
    parser = argparse.ArgumentParser(description="PSK discovery for interoperability tests.")
    roles = parser.add_subparsers(dest="role", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--psk-dir", required=True)
    common.add_argument("--port", type=int, default=1025)
    common.add_argument("--bind", default="127.0.0.1")
    common.add_argument("--loss", type=float, default=0)
    common.add_argument("--seed", type=int)
    common.add_argument("--wrong-proof", action="store_true", help="send a proof over something else")
    i = roles.add_parser("discover", parents=[common])
    i.add_argument("host")
    i.add_argument("--proofs", action="store_true")
    i.add_argument("--copies", action="store_true", help="send a copy of each packet after its answer, whose answer shall lead to the same and repeat nothing")
    i.add_argument("--elsewhere", action="store_true", help="send a copy of the first packet from another port before it, which takes nothing from it")
    i.add_argument("--claim", type=int, help="the psk_count to state")
    i.add_argument("--full", action="store_true", help="set all bits of the filter")
    r = roles.add_parser("respond", parents=[common])
    r.add_argument("--drop-first", type=int, default=0, metavar="N")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = 0
    try:
        code = (Initiator if options.role == "discover" else Responder)(options, read_keys(options.psk_dir)).run()
    except Failure as e:
        print("FAILED:", e, file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        pass
    return 2 if violations else code


if __name__ == "__main__":
    sys.exit(main())
