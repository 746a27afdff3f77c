#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An independent Springtail peer: a second reading of PROTOCOL.md (version 2), made for interoperability tests.

It uses the standard library only, is slow and not constant-time, and judges its counterpart: whatever violates the
protocol is reported on stderr as "VIOLATION: ..." and makes the exit code 2. "NOTE: ..." marks what is odd but allowed.
Section numbers in comments are those of PROTOCOL.md. Suites 1 to 5 in both roles; no repair, ladder of recovery or emergency.
"""

import argparse
import collections
import random
import secrets
import signal
import socket
import sys

sys.dont_write_bytecode = True
import springtail_protocol as sp  # noqa: E402
from springtail_net import Clock, Copier, Failure, Net, drops, note, say, violation, violations  # noqa: E402
from springtail_pairing import Pairing  # noqa: E402
from springtail_protocol import (CLIENT_HOPS, DISCOVERY, DIVERSIFIED, F_ACK, F_FROM_SERVER, F_SYN, MAX_PADDING, PSK_SUITES, SHA256,  # noqa: E402
                                 SYN, SYN_ACK, TOKEN_SUITES, date, num, same, u64)
from springtail_session import Session  # noqa: E402
from springtail_transfer import Receiver, Sender  # noqa: E402

# ---------------------------------------------------------------- handshake, both sides (5)

FIRST_GAPS = (500, 750, 750)
SHIFTS = (0, 0, -1, 1, -2, 2)
ATTEMPT, PAIRING_ATTEMPT, BEGINS_UNTIL = 12_000, 30_000, 25_000


def syn_gap(copy, suite=2):
    """From this copy (the first is 0) to the next, at the longest."""
    return 450 if suite == 5 else FIRST_GAPS[copy] if copy < len(FIRST_GAPS) else 1000


def drawn(n=MAX_PADDING):
    return bytes(drawn.always if drawn.always is not None else random.randint(0, n))


drawn.always = None  # a test: so many, whatever the dice say


class Peer:
    def __init__(self, options, bind):
        self.options = options
        self.psk, self.token = options.psk, options.token
        self.clock = Clock(options.clock_offset)
        self.net = Net(bind, options.loss, options.seed, options.twice, options.reorder)
        self.installation_id = bytes.fromhex(options.installation) or secrets.token_bytes(16)

    def purpose(self, session):
        """What a session is for, if it is for one thing."""
        o = self.options
        return (Pairing(session, o.share) if o.share else Sender(session, o.offer) if o.offer
                else Receiver(session, o.receive, o.have, o.source) if o.receive else None)

    def rendezvous(self, r):
        o = self.options
        return o.rendezvous or sp.rendezvous_port(self.psk, r, o.port_min, o.port_count)


class Attempt:
    """A client's handshake with one key pair: SYN and its copies until a SYN_ACK is right."""

    def __init__(self, peer, old=None):
        o = peer.options
        self.peer, self.options, self.clock, self.net, self.old = peer, o, peer.clock, peer.net, old
        self.session_id = secrets.randbits(64) or 1
        self.key_exchange_id = secrets.randbits(16)
        self.private, self.public = sp.handshake_pair(o.suite, peer.token, False)
        if o.bad_point:
            self.public = sp.bad_public_key(o.suite, self.public)
        self.began = self.next = self.clock.now()
        self.start = self.clock.utc()
        self.offered = o.features if o.suite in sp.P256_SUITES else o.features & ~DIVERSIFIED
        dialled = sp.endpoint(peer.host, peer.rendezvous(self.start // 10_000))
        mark = sp.installation_mark(peer.installation_id, self.session_id)
        self.fields = sp.syn_fields(sp.Syn(self.key_exchange_id, o.suite, self.offered, o.window, o.keepalive, self.start, o.port_min, o.port_count,
                                           o.max_message, mark, dialled, self.public))
        day = date(self.start)
        self.key = sp.handshake_key(peer.psk, o.suite, day, self.session_id, self.key_exchange_id, o.name)
        self.mask = sp.handshake_mask_key(peer.psk, o.suite, day)
        self.copies = {}
        self.copy = 0
        self.header = None
        self.accepted = None

    def tick(self):
        if self.clock.now() >= self.next:
            self.send_syn()

    def send_syn(self):
        utc = self.clock.utc()
        payload = self.fields + drawn()
        self.header = sp.pack_header(SYN, 0, F_SYN, self.session_id, 0, 0, utc, len(payload))
        packet = sp.mask(sp.clear_packet(self.header, payload, self.key), self.mask, True)
        port = self.peer.rendezvous(utc // 10_000 + SHIFTS[self.copy % 6])
        self.copies[utc % sp.DAY_MS] = (self.clock.now(), port)
        self.net.send(self.peer.local_port, packet, (self.peer.host, port), self.options.flip)
        self.sent = packet, (self.peer.host, port)
        self.next = self.clock.now() + syn_gap(self.copy, self.options.suite) * random.uniform(0.8, 1)
        self.copy += 1

    def on_syn_ack(self, packet, source, at):
        """None when it is none of ours, otherwise a session or False."""
        found = sp.read_packet(packet, self.mask, True)
        if not found or found[0].session_id != self.session_id:
            return None
        header, plain = found
        if not sp.clear_tag_is_right(plain, self.key):
            drops["tag"] += 1
            return False
        if self.peer.syn_acks_to_drop > 0:
            self.peer.syn_acks_to_drop -= 1
            say("SYN_ACK dropped")
            return False
        o, payload = self.options, plain[26:-16]
        if header.type != SYN_ACK or header.flags != F_SYN | F_ACK | F_FROM_SERVER or header.subtype or header.epoch:
            violation(f"SYN_ACK with a wrong header: {header}")
            return False
        try:
            answer = sp.parse_syn_ack(payload)
        except ValueError as e:
            violation(str(e))
            return False
        fields, padding = sp.syn_ack_fields(answer), payload[len(sp.syn_ack_fields(answer)):]
        if len(padding) > MAX_PADDING or any(padding):
            violation(f"SYN_ACK with {len(padding)} bytes of padding, or such that are not zeros")
        if answer.key_exchange_id != self.key_exchange_id or answer.suite != o.suite:
            violation("SYN_ACK does not echo key_exchange_id and suite")
            return False
        if header.ack not in self.copies:
            violation(f"SYN_ACK acknowledges timestamp {header.ack}, which no copy had")
            return False
        sent, port = self.copies[header.ack]
        if source[1] != port:
            violation(f"SYN_ACK from port {source[1]}, the copy went to {port}")
        if self.accepted is not None:
            if fields != self.accepted:
                violation("SYN_ACK copies with different fields")
            return False
        if answer.mark == sp.installation_mark(self.peer.installation_id, self.session_id):
            violation("SYN_ACK with the mark of this installation")
            return False
        if (answer.port_min, answer.port_count) != (o.port_min, o.port_count):
            raise Failure(f"port ranges differ: {o.port_min} + {o.port_count} here, {answer.port_min} + {answer.port_count} there")
        if answer.features & ~self.offered:
            violation(f"SYN_ACK: features 0x{answer.features:02x} are not a subset of 0x{self.offered:02x}")
            return False
        if answer.keepalive != o.keepalive:
            violation(f"SYN_ACK: keepalive {answer.keepalive}, asked for {o.keepalive}")
        if not sp.endpoint_is_well_formed(answer.client):
            violation(f"SYN_ACK: malformed endpoint {answer.client.hex()}")
        elif answer.client != sp.endpoint(self.net.bind, self.peer.local_port) and not o.copy_syns and self.peer.host in ("127.0.0.1", "::1"):
            violation(f"SYN_ACK: client endpoint {answer.client.hex()} is not ours")
        rtt = int(at) - int(sent) - header.sequence
        server_utc = sp.near_day(header.timestamp, self.clock.utc(at))
        if rtt == -1:
            rtt = 0
        offset = server_utc + rtt / 2 - self.clock.utc(at)
        if rtt < 0 or rtt > 10_000 or abs(offset) > 31_000 + rtt:
            drops["SYN_ACK time"] += 1
            violation(f"SYN_ACK: rtt {rtt:.0f} ms, offset {offset:.0f} ms")
            return False
        try:
            if answer.public == self.public:
                raise ValueError("our own public key")
            secret = sp.handshake_secret(o.suite, self.peer.token, self.private, self.public, answer.public, False)
        except ValueError as e:
            drops["public key"] += 1
            violation(f"SYN_ACK: public key refused: {e}")
            if o.suite == 5:
                raise Failure("the first SYN_ACK of suite 5 leads nowhere, and there is no second") from e
            return False
        if not same(answer.hash, sp.secret_hash(o.suite, secret)):
            violation("SYN_ACK: wrong shared_secret_hash")
            return False
        self.accepted = fields
        transcript = sp.make_transcript(self.header, self.fields, plain[:26], fields)
        keys = sp.derive_keys(o.suite, answer.features, secret, self.public, answer.public, self.key_exchange_id, self.session_id, transcript,
                              self.key, self.peer.psk, self.peer.token, o.port_count)
        say(f"SYN_ACK offset {offset:.0f} ms, rtt {rtt:.0f} ms, features {answer.features}")
        return Session(net=self.net, clock=self.clock, server=False, options=o, suite=o.suite, features=answer.features,
                       session_id=self.session_id, keys=keys, transcript=transcript,
                       confirm=sp.handshake_confirm(keys.session_key, transcript), peer_window=answer.window,
                       peer_largest=answer.largest_message, keepalive=answer.keepalive, peer_address=(self.peer.host, source[1]),
                       local_port=self.peer.local_port, psk=self.peer.psk, offset=offset, rtt=rtt, held=header.sequence, old=self.old)


class Connector(Peer):
    """A client: one session at a time, and perhaps a handshake beside it (14.1)."""

    def __init__(self, options):
        info = socket.getaddrinfo(options.host, 9, type=socket.SOCK_DGRAM)[0]
        self.host = info[4][0]
        bind = options.bind
        if not bind:
            with socket.socket(info[0], socket.SOCK_DGRAM) as probe:
                probe.connect(info[4])
                bind = probe.getsockname()[0]
        super().__init__(options, bind)
        self.local_port = self.net.open(0)
        self.session = None      # the one that carries messages
        self.confirming = None   # one whose ACK is out
        self.attempt = None
        self.past = []           # what may still come for sessions that others follow is no news
        self.syn_acks_to_drop = options.drop_first_syn_ack
        self.reason = "no SYN_ACK"
        self.handshakes = self.abandoned = 0
        if options.copy_syns:
            self.net.copier = Copier(options.copy_syns, None)

    # -- the clock of a device that boots without one (11)

    def ask_clock(self, port):
        key = sp.clock_key(self.psk, self.options.name)
        for _ in range(4):
            nonce = secrets.randbits(64) or 1
            payload = u64(nonce) + drawn()
            header = sp.pack_header(DISCOVERY, sp.CLOCK_REQUEST, 0, nonce, secrets.randbits(32), 0, 0, len(payload))
            sent = self.clock.now()
            self.net.send(self.local_port, sp.mask(sp.clear_packet(header, payload, key), sp.mask_key(key), True), (self.host, port))
            while self.clock.now() - sent < 2000:
                for _, packet, source, at in self.net.poll(0.05):
                    found = sp.read_packet(packet, sp.mask_key(key), True)
                    if not found or not sp.clear_tag_is_right(found[1], key):
                        drops["clock"] += 1
                        continue
                    header, plain = found
                    payload = plain[26:-16]
                    if header.type != DISCOVERY or header.subtype != sp.CLOCK_RESPONSE or header.session_id != nonce:
                        violation("an answer to CLOCK_REQUEST that is none")
                        continue
                    if header.flags != F_FROM_SERVER or header.ack or header.timestamp or header.epoch:
                        violation(f"CLOCK_RESPONSE with a wrong header: {header}")
                    if not 16 <= len(payload) <= 16 + MAX_PADDING or num(payload[:8]) != nonce or any(payload[16:]):
                        violation("CLOCK_RESPONSE with a wrong payload")
                        continue
                    step = num(payload[8:16]) + (at - sent) / 2 - self.clock.utc(at)
                    self.clock.base += step
                    say(f"clock {step:.0f} ms")
                    return
        raise Failure("no CLOCK_RESPONSE")

    # -- handshakes

    def begin(self, old=None):
        self.attempt = Attempt(self, old)

    def on_session(self, session):
        if self.abandoned < self.options.abandon:
            self.abandoned += 1
            say("abandoned")
            self.begin()
            return
        self.confirming, self.attempt = session, None
        self.handshakes += 1
        self.ack_copies = 0
        self.first_ack = self.next_ack = self.clock.now()
        self.reason = "no packet after the ACK"
        if self.session:
            self.session.broken = True  # given up once the ACK is sent
        self.keep_ports()

    def send_confirm(self):
        self.ack_copies += 1
        self.confirming.send_confirm()
        # The third copy also goes two windows off, later ones five (11).
        if self.ack_copies >= 3:
            far = 2 if self.ack_copies == 3 else 5
            self.confirming.send_confirm(-far)
            self.confirming.send_confirm(far)
        self.next_ack = self.clock.now() + min(4000, 250 * 2 ** self.ack_copies) * random.uniform(0.8, 1)

    def tick_handshake(self, first):
        now, o = self.clock.now(), self.options
        if self.confirming:
            c = self.confirming
            if c.established and not c.awaits_verdict:
                if self.session:
                    self.past.append(self.session)
                self.session, self.confirming = c, None
                if c.suite in TOKEN_SUITES or o.time_sync or self.ack_copies >= 3:
                    c.ask_time()
            elif now - self.first_ack > (2000 if o.deaf and c.old and self.handshakes == 2 else c.confirm_time):
                if c.suite == 5 or not self.session and now - first >= BEGINS_UNTIL:
                    raise Failure(f"no packet within {c.confirm_time / 1000:.1f} s after the ACK: other token, or session ports that do not pass")
                self.confirming = None
                self.begin(c.old)
            elif now >= self.next_ack:
                self.send_confirm()
            return
        if self.attempt is None:
            why = self.session.wants_handshake(now)
            if why:
                say("handshake beside the session:", why)
                self.begin(self.session)
                self.why = why
            return
        if self.session and self.session.wants_handshake(now) is None and not self.session.broken:
            say("handshake given up")
            self.attempt = None
            return
        if now - self.attempt.began >= (PAIRING_ATTEMPT if o.suite == 5 else ATTEMPT):
            if o.suite == 5 or not self.session and now - first >= BEGINS_UNTIL:
                raise Failure("no SYN_ACK: other PSK, ports, clock, suite, name, or no server")
            self.begin(self.attempt.old)
        self.attempt.tick()

    def keep_ports(self):
        wanted = {self.local_port}
        for session in (self.session, self.confirming):
            if session and not session.broken:
                wanted |= session.wanted_ports()
        self.net.keep(wanted)

    def dispatch(self, local, packet, source, at):
        if source[0] != self.host:
            drops["address"] += 1
            return
        deaf = self.options.deaf and self.handshakes == 2 and self.confirming
        for session in (self.session, self.confirming, *self.past):
            if deaf and session is deaf:
                continue
            if session and session.receive(packet, local, source, at):
                return
        if self.attempt:
            result = self.attempt.on_syn_ack(packet, source, at)
            if result is not None:
                if result:
                    self.last_attempt = self.attempt
                    self.on_session(result)
                return
        elif hasattr(self, "last_attempt") and self.last_attempt.on_syn_ack(packet, source, at) is not None:
            return
        drops["not ours"] += 1

    # -- the run

    def run(self):
        o = self.options
        if o.ask_clock:
            self.ask_clock(o.ask_clock)
        first = self.clock.now()
        self.begin()
        self.messages = self.make_messages()
        app = None
        ends = first + o.timeout * 1000
        while True:
            for datagram in self.net.poll(0.008):
                self.dispatch(*datagram)
            now = self.clock.now()
            if now > ends:
                raise Failure(f"not done after {o.timeout} s: {self.reason}")
            self.tick_handshake(first)
            self.keep_ports()
            if self.session is None:
                continue
            if app is None:
                app = self.application()
            if next(app, "done") == "done" and self.session.over:
                return
            if not self.session.broken:
                self.session.tick()
            if o.rst and self.session.gone:
                return
            if o.expect_expiry and (self.session.gone or "").startswith("keys expired"):
                say("expired")
                return
            if self.session.gone and not self.confirming:
                raise Failure(self.session.gone)

    def make_messages(self):
        o = self.options
        out = [(t.encode(), True) for t in o.send]
        sizes = (0, 1, 1141, 1142, 1143, 1144, 1145, 1146, 2289, 2290, 2291) if o.edges else (18, 600, 1145, 1146, 3000)
        count = o.count if o.count is not None else (len(out) or 6)
        while len(out) < count:
            i = len(out)
            size = sizes[i % len(sizes)]
            out.append((f"message {i} ".encode().ljust(size, b".")[:size], True))
        if o.big:
            out.append((random.Random(1).randbytes(o.big), True))
        out += [(f"fire {i} ".encode().ljust(18 if i % 2 else 2500, b"-"), False) for i in range(o.fire)]
        out.sort(key=lambda m: len(m[0]) > 5000)
        return out

    def happen(self, at, ms):
        """Whether a thing that is to happen once after so many milliseconds is due."""
        if not ms or at in self.happened or self.clock.now() - self.app_began < ms:
            return False
        self.happened.add(at)
        return True

    def application(self):
        """Runs beside the session: every turn of the loop takes one step."""
        o = self.options
        say("established")
        self.happened = set()
        start = self.app_began = self.clock.now()
        messages = self.messages
        if o.challenge:
            challenge = secrets.token_bytes(32)
            self.session.send_message(challenge)
            while not self.session.messages.delivered:
                self.reason = "no answer to the challenge"
                yield
            if not same(self.session.messages.delivered.popleft()[0], SHA256(challenge + self.token)):
                raise Failure("the answer to the challenge is wrong")
            say("challenge answered")
        purpose = self.purpose(self.session)
        if purpose:
            self.reason = "it does not come to its end"
            while not purpose.done:
                while self.session.messages.delivered:
                    purpose.take(self.session.messages.delivered.popleft()[0])
                yield
            messages = []
        if o.copy_syns:
            say("copies answered", self.net.copier.passed)
            self.net.copier = None
        if o.replay_syn:
            yield from self.replay()
        if o.copy_from:
            self.net.copier = Copier(o.copy_from, self.local_port)
        wait_reliable = collections.deque(m for m, r in messages if r)
        wait_fire = [m for m, r in messages if not r]
        gap = o.seconds * 1000 / max(1, len(messages) - 1)
        sent = echoed = fire = slept = 0
        refused = asked = rekeys = 0
        while True:
            now = self.clock.now()
            session = self.session
            if self.happen("break", o.break_after * 1000):
                say("broken")
                session.broken = True
                session.send_message(b"lost at first")
                wait_reliable.insert(sum(r for _, r in messages[:sent]) - echoed, b"lost at first")
                messages.insert(sent, (b"lost at first", True))
                sent += 1
            if self.happen("move", o.move_after * 1000):
                say("moved")
                self.move(session)
            if o.unknown and self.happen("unknown", 1):
                session.send_unknown()
            if self.happen("rst", o.rst * 1000):
                session.send_rst(0x3D)
                return
            while sent < len(messages) and now - start >= sent * gap and not session.broken:
                session.send_message(*messages[sent])
                sent += 1
            if asked < o.rekey and not session.broken and (
                    not asked and o.rekey_at_once or now - start >= (asked + 0.5) * o.seconds * 1000 / (o.rekey + 1)):
                asked += session.ask_rekey()
            m = session.messages
            quiet = not (m.kept or m.queue or session.ack_due or session.request or session.epoch_beats)
            if slept < o.sleep and sent > slept and quiet and echoed == sum(r for _, r in messages[:sent]):
                yield from self.sleep(session)
                slept += 1
                continue
            while m.delivered:
                data, reliable = m.delivered.popleft()
                if reliable:
                    if not wait_reliable or data != wait_reliable[0]:
                        raise Failure(f"echo {echoed} is not what was sent: {len(data)} bytes {data[:40]!r}")
                    wait_reliable.popleft()
                    echoed += 1
                    say("echo", data.decode() if len(data) < 100 else f"of {len(data)} bytes")
                else:
                    if data not in wait_fire:
                        raise Failure(f"fire-and-forget echo is not what was sent: {data[:40]!r}")
                    wait_fire.remove(data)
                    fire += 1
            self.reason = f"{echoed} echoes, {len(wait_reliable)} missing"
            if o.oversize and session.too_large and len(wait_reliable) == 1 and not refused:
                wait_reliable.popleft()
                refused = 1
            if session.peer_fin is not None and wait_reliable:
                raise Failure(f"the other side closes with {len(wait_reliable)} echoes missing")
            rekeys = max(rekeys, session.rekeys)
            if (not wait_reliable and sent >= len(messages) and now - start >= o.seconds * 1000 and rekeys >= max(o.rekey, o.rekeys)
                    and session.resumes >= o.sleep and self.handshakes > o.handshakes and not session.broken and not self.confirming):
                break
            yield
        if o.fire:
            until = self.clock.now() + 300
            while wait_fire and self.clock.now() < until:
                while session.messages.delivered:
                    data, _ = session.messages.delivered.popleft()
                    if data in wait_fire:
                        wait_fire.remove(data)
                        fire += 1
                yield
            say(f"fire {fire} of {o.fire}")
        if o.oversize and not refused:
            raise Failure("no ERROR 0x3A came")
        if o.copy_from:
            say("let through", self.net.copier.passed)
            # Two challenges for each candidate, and a candidate a second.
            if not self.session.challenged:
                raise Failure("copies from another address, and no PATH_CHALLENGE")
            if self.net.copier.passed > 2 * ((self.clock.now() - start) / 1000 + 2):
                violation(f"{self.net.copier.passed} packets went to who copies packets from another address")
        if o.move_after and not self.session.challenged:
            violation("the client moved, and no PATH_CHALLENGE came")
        say("windows", len(session.windows_used))
        if rekeys:
            say("rekeys", rekeys)
        session.close_wanted = True
        self.reason = "no orderly end"
        while session.closed_at is None:
            yield
        say("closed")
        self.reason = "lingering"

    def move(self, session):
        self.net.move(self.options.move_to or self.net.bind)
        self.local_port = session.local_port = self.net.open(0)
        self.keep_ports()

    def replay(self):
        """What somebody makes of a recorded SYN: from six addresses, twice from each. Each gets one answer."""
        sockets = [socket.socket(self.net.family, socket.SOCK_DGRAM) for _ in range(6)]
        for s in sockets:
            s.bind((self.net.bind, 0))
            s.setblocking(False)
            for _ in range(2):
                s.sendto(*self.last_attempt.sent)
        until = self.clock.now() + 500
        while self.clock.now() < until:
            yield
        answers = []
        for s in sockets:
            answers.append(0)
            while True:
                try:
                    s.recv(2048)
                except OSError:
                    break
                answers[-1] += 1
            s.close()
        say("a recorded SYN gets", sum(answers))
        if max(answers) > 1:
            violation(f"a recorded SYN gets {answers} answers from six addresses, besides its own")

    def sleep(self, session):
        """Announces a sleep, is silent, and goes on under new keys."""
        session.announce_sleep(60)
        self.reason = "a sleep is not answered"
        while not session.sleep_answered:
            yield
        session.asleep = True
        if self.options.move_asleep:
            self.move(session)
        wakes = self.clock.now() + 1200
        while self.clock.now() < wakes:
            yield
        session.wake()


class Listener(Peer):
    def __init__(self, options):
        super().__init__(options, options.bind or "127.0.0.1")
        self.started = self.clock.utc()
        self.sessions = options.sessions = {}
        self.memory = {}  # SYN memory (20): (session_id, key_exchange_id) -> what was answered
        self.own_keys = set()
        self.syns_to_ignore = options.ignore_first_syn
        self.ignored = []
        self.syn_acks_to_drop = options.drop_first_syn_acks
        self.clock_nonces = collections.OrderedDict()  # nonce -> when first, addresses
        self.clock_answered = -1e9
        self.thought_over = []  # SYN_ACKs that wait for their keys
        self.guesses = 0  # SYNs of suite 5 that were answered (17)
        self.announced = set()
        self.received = 0

    # -- ports (4, 8)

    def rendezvous_ports(self):
        r = self.clock.utc() // 10_000
        return {self.rendezvous(v) for v in (r - 1, r, r + 1)}

    def keep_ports(self):
        wanted = self.rendezvous_ports()
        if self.options.clock_port:
            wanted.add(self.options.clock_port)
        for session in self.sessions.values():
            wanted |= session.wanted_ports()
        self.net.keep(wanted)
        return wanted

    # -- SYN

    def on_syn(self, packet, local, source, at):
        now = self.clock.utc(at)
        suites = TOKEN_SUITES if self.token else PSK_SUITES
        for day in {date(now - 55_000), date(now + 30_000)}:
            found = sp.read_packet(packet, sp.handshake_mask_key(self.psk, suites[0], day), True)
            if not found or found[0].type != SYN or found[0].length < sp.SYN_FIELDS + 32:
                continue
            header, plain = found
            payload = plain[26:-16]
            key = sp.handshake_key(self.psk, suites[0], day, header.session_id, num(payload[:2]), self.options.name)
            if not sp.clear_tag_is_right(plain, key):
                drops["tag"] += 1
                note("SYN with a wrong tag: dropped")
                continue
            if self.syns_to_ignore > 0:
                self.syns_to_ignore -= 1
                self.ignored.append(header.timestamp)
                say("SYN ignored")
                return True
            if self.ignored:
                self.check_rhythm([*self.ignored, header.timestamp])
                self.ignored = []
            try:
                syn = sp.parse_syn(payload)
            except ValueError as e:
                violation(str(e))
                return True
            self.check_syn(header, plain, payload, syn, day, key, local, source, at)
            return True
        return False

    def check_rhythm(self, times):
        """Of all copies from the first on, none lost: each gap is shortened by up to a fifth, at random."""
        gaps = [sp.signed_difference(b, a) for a, b in zip(times, times[1:])]
        say("SYN copies after", *gaps)
        for i, gap in enumerate(gaps):
            if not 0.8 * syn_gap(i) - 20 <= gap <= syn_gap(i) + 1500:
                violation(f"SYN copy {i + 1} comes {gap} ms after the one before, {syn_gap(i)} at the longest")
        if len(gaps) >= 3 and all(abs(gap - syn_gap(i)) < 10 for i, gap in enumerate(gaps)):
            violation(f"SYN copies at fixed times: {gaps}")

    def check_syn(self, header, plain, payload, syn, day, key, local, source, at):
        o = self.options
        now = self.clock.utc(at)
        fields = sp.syn_fields(syn)
        padding = payload[len(fields):]
        if header.flags != F_SYN or header.sequence or header.ack or header.subtype or header.epoch:
            violation(f"SYN with a wrong header: {header}")
        if len(padding) > MAX_PADDING or any(padding):
            violation(f"SYN with {len(padding)} bytes of padding, or such that are not zeros")
        if syn.features & ~(DIVERSIFIED | CLIENT_HOPS):
            violation(f"SYN with features 0x{syn.features:02x}")
        if syn.features & DIVERSIFIED and syn.suite not in sp.P256_SUITES:
            violation(f"SYN offers DIVERSIFIED with suite {syn.suite}")
        if not sp.endpoint_is_well_formed(syn.server):
            violation(f"SYN: malformed endpoint {syn.server.hex()}")
        if not syn.port_min or not syn.port_count or syn.port_min + syn.port_count > 65_536:
            violation(f"SYN: {syn.port_count} ports from {syn.port_min}")
        if header.timestamp >= sp.DAY_MS:
            violation(f"SYN with timestamp {header.timestamp}")
        sent = sp.near_day(header.timestamp % sp.DAY_MS, now)
        if date(syn.start_utc_ms) != day or not -1 <= sent - syn.start_utc_ms <= (PAIRING_ATTEMPT if syn.suite == 5 else ATTEMPT):
            violation(f"SYN: start_utc_ms {syn.start_utc_ms}, sent {sent - syn.start_utc_ms} ms later")
        if not o.rendezvous:
            right = {self.rendezvous(sent // 10_000 + shift) for shift in SHIFTS}
            if local not in right:
                violation(f"SYN at port {local} instead of one of {sorted(right)}")

        if not -40_000 <= sent - now <= 30_000 or sent < self.started:
            drops["SYN timestamp"] += 1
            note(f"SYN {sent - now} ms off our clock, {sent - self.started} ms after our start: dropped")
            return
        if syn.mark == sp.installation_mark(self.installation_id, header.session_id) or syn.public in self.own_keys:
            drops["mirror"] += 1
            return
        known = self.memory.get((header.session_id, syn.key_exchange_id))
        if known:
            if known["fields"] != fields:
                violation("SYN copies with different fields")
                return
            self.on_syn_copy(known, header, plain, sent, local, source, at)
            return
        if header.session_id in self.sessions:
            drops["session_id in use"] += 1
            return
        if syn.suite not in ((o.suite or 5,) if self.token else PSK_SUITES) or o.suite and syn.suite != o.suite:
            drops["suite"] += 1
            note(f"SYN with suite {syn.suite}: dropped")
            return
        if syn.suite == 5 and self.guesses >= 3:
            drops["token is dead"] += 1
            say("the token is dead")
            return
        try:
            private, own_public = sp.handshake_pair(syn.suite, self.token, True)
            secret = sp.handshake_secret(syn.suite, self.token, private, own_public, syn.public, True)
        except ValueError as e:
            drops["public key"] += 1
            violation(f"SYN: public key refused: {e}")
            return
        if syn.suite == 5:
            self.guesses += 1
        half_open = [s for s in self.sessions.values() if not s.established]
        if len(half_open) >= 2:
            del self.sessions[min(half_open, key=lambda s: s.created).session_id]
        if o.bad_point:
            own_public = sp.bad_public_key(syn.suite, own_public)
        self.own_keys.add(own_public)
        features = syn.features & o.features & (3 if syn.suite in sp.P256_SUITES else CLIENT_HOPS)
        answer = sp.syn_ack_fields(sp.SynAck(
            syn.key_exchange_id, syn.suite, features, o.window, syn.keepalive, o.port_min, o.port_count, o.max_message,
            sp.installation_mark(self.installation_id, header.session_id), sp.endpoint(*source), sp.secret_hash(syn.suite, secret), own_public))
        entry = {"fields": fields, "answer": answer, "key": key, "day": day, "suite": syn.suite, "session_id": header.session_id, "time": at,
                 "sent": set(), "tags": collections.defaultdict(list)}
        self.memory[header.session_id, syn.key_exchange_id] = entry
        if (syn.port_min, syn.port_count) != (o.port_min, o.port_count):
            note(f"SYN: port ranges differ: {o.port_min} + {o.port_count} here, {syn.port_min} + {syn.port_count} there")
        else:
            syn_ack_header = sp.pack_header(SYN_ACK, 0, F_SYN | F_ACK | F_FROM_SERVER, header.session_id, 0, 0, 0, len(answer))
            transcript = sp.make_transcript(plain[:26], fields, syn_ack_header, answer)
            keys = sp.derive_keys(syn.suite, features, secret, syn.public, own_public, syn.key_exchange_id, header.session_id, transcript, key,
                                  self.psk, self.token, o.port_count)
            self.sessions[header.session_id] = Session(
                net=self.net, clock=self.clock, server=True, options=o, suite=syn.suite, features=features,
                session_id=header.session_id, keys=keys, transcript=transcript, confirm=sp.handshake_confirm(keys.session_key, transcript),
                peer_window=syn.window, peer_largest=syn.largest_message, keepalive=syn.keepalive, peer_address=source, local_port=local,
                psk=self.psk)
            self.keep_ports()
        entry["answer_at"] = self.clock.now() + 1000 * o.think
        self.on_syn_copy(entry, header, plain, sent, local, source, at)

    def on_syn_copy(self, entry, header, plain, sent, local, source, at):
        """Answers a SYN, or a copy of it, and looks at its rhythm by the client's own clock."""
        tag = plain[-16:]
        if tag not in entry["tags"]:
            near = [t for t in entry["sent"] if abs(t - sent) < 0.8 * syn_gap(0, entry["suite"]) - 10]
            if near and not self.options.allow_duplicates:
                violation(f"SYN copies {min(abs(t - sent) for t in near)} ms apart")
            entry["sent"].add(sent)
        elif not self.options.allow_duplicates:
            violation("a SYN copy with the tag of another")
        answered = entry["tags"][tag]
        if source not in answered[-4:]:
            answered.append(source)
            if self.clock.now() < entry["answer_at"]:
                self.thought_over.append((entry, header.timestamp, local, source, at))
            else:
                self.send_syn_ack(entry, header.timestamp, local, source, at)

    def send_syn_ack(self, entry, syn_timestamp, local, source, at):
        if self.syn_acks_to_drop > 0:
            self.syn_acks_to_drop -= 1
            say("SYN_ACK not sent")
            return
        session = self.sessions.get(entry["session_id"])
        if session and session.answered_at is None:
            session.answered_at = self.clock.now()
        payload = entry["answer"] + drawn()
        header = sp.pack_header(SYN_ACK, 0, F_SYN | F_ACK | F_FROM_SERVER, entry["session_id"], int(self.clock.now() - at),
                                syn_timestamp, self.clock.utc(), len(payload))
        packet = sp.clear_packet(header, payload, entry["key"])
        key = sp.handshake_mask_key(self.psk, entry["suite"], entry["day"])
        self.net.send(local, sp.mask(packet, key, True), source)

    # -- CLOCK_REQUEST (11)

    def on_clock_request(self, packet, local, source):
        key = sp.clock_key(self.psk, self.options.name)
        found = sp.read_packet(packet, sp.mask_key(key), True)
        if not found or not sp.clear_tag_is_right(found[1], key):
            return False
        header, plain = found
        payload = plain[26:-16]
        if header.type != DISCOVERY or header.subtype != sp.CLOCK_REQUEST:
            return False
        if header.flags or header.ack or header.timestamp or header.epoch:
            violation(f"CLOCK_REQUEST with a wrong header: {header}")
        if not 8 <= len(payload) <= 8 + MAX_PADDING or num(payload[:8]) != header.session_id or any(payload[8:]):
            violation("CLOCK_REQUEST with a wrong payload")
            return True
        now = self.clock.now()
        first, addresses = self.clock_nonces.setdefault(header.session_id, (now, []))
        if source in addresses[-4:] or now - first > 2000 or not addresses and now - self.clock_answered < 1000:
            drops["clock rate"] += 1
            return True
        addresses.append(source)
        self.clock_answered = now
        answer = payload[:8] + u64(self.clock.utc()) + drawn()
        header = sp.pack_header(DISCOVERY, sp.CLOCK_RESPONSE, F_FROM_SERVER, header.session_id, secrets.randbits(32), 0, 0, len(answer))
        self.net.send(local, sp.mask(sp.clear_packet(header, answer, key), sp.mask_key(key), True), source)
        say("clock answered")
        return True

    # -- the run

    def dispatch(self, local, packet, source, at):
        if local == self.options.clock_port and self.psk and self.on_clock_request(packet, local, source):
            return
        for session in list(self.sessions.values()):
            if session.receive(packet, local, source, at):
                if session.established and session.session_id not in self.announced:
                    if self.options.no_room and self.announced:
                        violation("a handshake beside a session whose ACKs say that there is no room")
                    self.announced.add(session.session_id)
                    say("established")
                    for other in list(self.sessions.values()):
                        if other is not session and other.established:
                            say("replaced" if not other.gone else "followed")
                            del self.sessions[other.session_id]
                return
        if local in self.rendezvous_ports() and self.on_syn(packet, local, source, at):
            return
        drops["not ours"] += 1

    def serve(self, session):
        o = self.options
        age = self.clock.now() - session.created
        if session.established and not session.broken:
            if session.rekeys_asked < o.rekey and age > 500 * (session.rekeys_asked + (0 if o.rekey_at_once else 1)):
                session.ask_rekey()
            if o.unknown and not getattr(session, "unknown_sent", False):
                session.unknown_sent = True
                session.send_unknown()
            if o.rst and age > 1000 * o.rst:
                session.send_rst(0x3D)
            if o.forget_after and age > 1000 * o.forget_after and len(self.announced) == 1:
                say("forgotten")
                del self.sessions[session.session_id]
                return
        if session.established and not hasattr(session, "purpose"):
            session.purpose = self.purpose(session)
        while session.messages.delivered:
            data, reliable = session.messages.delivered.popleft()
            if session.purpose:
                session.purpose.take(data)
                continue
            if o.challenge and not getattr(session, "challenged_by_peer", False):
                session.challenged_by_peer = True
                session.send_message(SHA256(data + self.token))
                continue
            say("message", data.decode(errors="replace") if len(data) < 100 else f"of {len(data)} bytes")
            self.received += 1
            if self.received == o.break_at:
                say("broken")
                session.broken = True
            if o.echo:
                session.send_message(data, reliable)
            if self.received == o.close_after:
                session.close_wanted = True
        if not session.broken:
            session.tick()
        if session.closed_at is not None and not getattr(session, "reported", False):
            session.reported = True
            say("windows", len(session.windows_used))
            if session.purpose and not session.purpose.done:
                raise Failure("closed before it came to its end")
            if session.rekeys < max(o.rekey, o.rekeys):
                raise Failure(f"{session.rekeys} rekeys")
            if session.path.moves:
                say("path moves", session.path.moves)
            say("closed")

    def run(self):
        o = self.options
        wanted = self.keep_ports()
        if not wanted & set(self.net.sockets):
            raise Failure(f"cannot bind any of {sorted(wanted)}")
        say("ready")
        ends = self.clock.now() + o.timeout * 1000 if o.timeout else None
        while True:
            for datagram in self.net.poll(0.008):
                self.dispatch(*datagram)
            now = self.clock.now()
            for answer in [a for a in self.thought_over if now >= a[0]["answer_at"]]:
                self.thought_over.remove(answer)
                self.send_syn_ack(*answer)
            for session in list(self.sessions.values()):
                self.serve(session)
                if not session.established and now - session.created > 60_000:
                    self.sessions.pop(session.session_id, None)
                elif session.gone:
                    self.sessions.pop(session.session_id, None)
                    if o.once and o.rst:
                        return
                    if o.once:
                        raise Failure(session.gone)
                    say("gone:", session.gone)
                elif session.over:
                    self.sessions.pop(session.session_id, None)
                    if o.once:
                        return
            for k in [k for k, e in self.memory.items() if now - e["time"] > 75_000]:
                del self.memory[k]
            self.keep_ports()
            if ends and now > ends:
                raise Failure(f"not done after {o.timeout} s")


# ---------------------------------------------------------------- command line

def read_psk(path):
    with open(path, "rb") as f:
        raw = f.read()
    try:
        decoded = bytes.fromhex(raw.decode("ascii").strip())
        if 16 <= len(decoded) <= 64:
            return decoded
    except ValueError:
        pass
    if not 16 <= len(raw) <= 64:
        raise Failure("a PSK is 16 to 64 bytes, raw or as one line of hex")
    return raw


class Parser(argparse.ArgumentParser):
    def error(self, message):  # 2 is for violations
        self.print_usage(sys.stderr)
        self.exit(1, f"{self.prog}: {message}\n")


def parse(argv):
    parser = Parser(prog="springtail_peer.py", description="A strict Springtail peer for interoperability tests.")
    roles = parser.add_subparsers(dest="role", required=True)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--psk-file")
    common.add_argument("--name", default="", help="the listener's")
    common.add_argument("--installation", default="", metavar="HEX", help="the installation_id")
    common.add_argument("--token", help="two words, for suites 5 and 4")
    common.add_argument("--ports", default="24576-25599", metavar="A-B")
    common.add_argument("--rendezvous", type=int, default=0, metavar="PORT", help="one fixed rendezvous port")
    common.add_argument("--bind", help="local address")
    common.add_argument("--window", type=int, default=64, help="receive_window")
    common.add_argument("--max-message", type=int, default=255 * sp.FRAGMENT_SIZE, help="largest_message")
    common.add_argument("--clock-offset", type=float, default=0, metavar="MS")
    common.add_argument("--loss", type=float, default=0, metavar="P", help="share of own packets that is not sent")
    common.add_argument("--seed", type=int)
    common.add_argument("--bad-point", action="store_true", help="send an invalid public key under a right tag")
    common.add_argument("--flip", action="store_true", help="send a damaged copy before each packet")
    common.add_argument("--twice", action="store_true", help="the network delivers each packet twice")
    common.add_argument("--reorder", action="store_true", help="the network delivers a quarter of the packets 10 to 60 ms late")
    common.add_argument("--padding", type=int, metavar="N", help="so many bytes in each packet")
    common.add_argument("--unknown", action="store_true", help="send packets of unknown types and subtypes, too")
    common.add_argument("--rekey-at-once", action="store_true", help="the first of --rekey goes out right after the handshake")
    common.add_argument("--rst", type=float, default=0, metavar="S", help="end the session with RST after so long")
    common.add_argument("--padded", action="store_true", help="pad DATA and its ACKs")
    common.add_argument("--oversize", action="store_true", help="the big message is too large for the listener, which shall say so")
    common.add_argument("--challenge", action="store_true", help="suite 4: the client's challenge of section 17")
    common.add_argument("--allow-duplicates", action="store_true", help="the network may copy packets")
    common.add_argument("--allow-move", action="store_true", help="the client's address may change, or others send copies")
    common.add_argument("--rekey", type=int, default=0, metavar="N", help="ask for new keys N times")
    common.add_argument("--rekeys", type=int, default=0, metavar="N", help="at least N rekeys must take place, whichever side asked")
    common.add_argument("--refuse-rekey", action="store_true", help="answer no REKEY_REQUEST")
    common.add_argument("--key-minutes", type=float, default=15, help="of a client under one key; a server waits 17/15 of it")
    common.add_argument("--by-hand", type=float, default=0, metavar="S", help="messages are acknowledged by hand, so late")
    common.add_argument("--no-room", type=float, default=0, metavar="S", help="a session has no room for DATA for so long")
    common.add_argument("--share", metavar="FILE", help="make a key of the session, as section 24 has it, store it there, and close")
    common.add_argument("--offer", metavar="DIR", help="send the files there, as section 23 has it, and close")
    common.add_argument("--receive", metavar="DIR", help="receive files into it, and close")
    common.add_argument("--have", type=int, default=0, metavar="BYTES", help="pretend to have so many first bytes of each file, whose contents are in --source")
    common.add_argument("--source", metavar="DIR")
    common.add_argument("--linger", type=float, metavar="S",
                        help="how long copies are answered after the end: 10 by the letter and with --loss, otherwise 1 to be quick; "
                             "set 10 where the other side or the network loses packets")
    common.add_argument("--strict", action=argparse.BooleanOptionalAction, default=True)

    c = roles.add_parser("connect", parents=[common])
    c.add_argument("host")
    c.add_argument("--suite", type=int, choices=(1, 2, 3, 4, 5), default=None)
    c.add_argument("--features", type=int, choices=range(4), default=0, help="1 DIVERSIFIED, 2 CLIENT_HOPS")
    c.add_argument("--keepalive", type=int, default=30)
    c.add_argument("--send", action="append", default=[], metavar="TEXT")
    c.add_argument("--count", type=int, help="reliable messages in all")
    c.add_argument("--big", type=int, default=0, metavar="BYTES", help="one more message of this size")
    c.add_argument("--fire", type=int, default=0, metavar="N", help="fire-and-forget messages")
    c.add_argument("--seconds", type=float, default=3, help="over which the messages are spread")
    c.add_argument("--edges", action="store_true", help="messages of 0 bytes, and of about as many as fragments hold")
    c.add_argument("--time-sync", action="store_true", help="ask TIME_SYNC at once")
    c.add_argument("--ask-clock", type=int, default=0, metavar="PORT")
    c.add_argument("--drop-first-syn-ack", type=int, default=0, metavar="N")
    c.add_argument("--abandon", type=int, default=0, metavar="N", help="handshakes that are not confirmed come first")
    c.add_argument("--sleep", type=int, default=0, metavar="N", help="sleep N times between messages, and resume")
    c.add_argument("--handshakes", type=int, default=0, metavar="N", help="at least N beside a session must take place")
    c.add_argument("--break-after", type=float, default=0, metavar="S", help="nothing comes or goes in the session from then on")
    c.add_argument("--deaf", action="store_true", help="the first session that continues another hears nothing")
    c.add_argument("--copy-from", metavar="ADDRESS", help="copies of all packets come from there first, once the session is established")
    c.add_argument("--copy-syns", metavar="ADDRESS", help="copies of all packets come from there first, until the session is established")
    c.add_argument("--replay-syn", action="store_true", help="the SYN is sent again from other addresses, once the session is established")
    c.add_argument("--expect-expiry", action="store_true", help="the session's end shall be that its keys expire")
    c.add_argument("--move-after", type=float, default=0, metavar="S", help="send from another port from then on")
    c.add_argument("--move-to", metavar="ADDRESS", help="what moves does so to this address")
    c.add_argument("--move-asleep", action="store_true", help="wake up at another port")
    c.add_argument("--timeout", type=float, default=90)

    s = roles.add_parser("listen", parents=[common])
    s.add_argument("--suite", type=int, choices=(1, 2, 3, 4, 5), default=None, help="the only one to accept")
    s.add_argument("--accept", dest="features", type=int, choices=range(4), default=3, help="those to accept")
    s.add_argument("--echo", action="store_true")
    s.add_argument("--ignore-first-syn", type=int, default=0, metavar="N")
    s.add_argument("--drop-first-syn-acks", type=int, default=0, metavar="N")
    s.add_argument("--break-at", type=int, default=0, metavar="N", help="nothing comes or goes in a session from the Nth message on")
    s.add_argument("--forget-after", type=float, default=0, metavar="S", help="forget the first session then, as after a restart")
    s.add_argument("--think", type=float, default=0, metavar="S", help="how long the keys of a handshake take")
    s.add_argument("--challenge-each", type=float, default=0, metavar="S", help="a PATH_CHALLENGE goes out so often")
    s.add_argument("--close-after", type=int, default=0, metavar="N", help="close the session after N messages")
    s.add_argument("--clock-port", type=int, default=0)
    s.add_argument("--once", action="store_true", help="exit after one orderly session")
    s.add_argument("--timeout", type=float, default=0)

    o = parser.parse_args(argv)
    first, last = (int(x) for x in o.ports.split("-"))
    if not 1 <= first <= last <= 65535:
        parser.error("--ports A-B")
    o.port_min, o.port_count = first, last - first + 1
    if o.role == "connect":
        o.suite = o.suite or (5 if o.token else 2)
    if o.suite and bool(o.token) != (o.suite in TOKEN_SUITES):
        parser.error("suites 4 and 5 and --token go together")
    if not o.token and not o.psk_file:
        parser.error("--psk-file is needed")
    o.psk = read_psk(o.psk_file) if o.psk_file else b""
    o.token = o.token.encode("ascii") if o.token else b""
    drawn.always = o.padding
    o.challenge_each = getattr(o, "challenge_each", 0)
    if o.linger is None:
        o.linger = 10 if o.loss else 1
    if o.token:
        o.rendezvous = o.rendezvous or 1026
    return o


def main(argv=None):
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does, with the report
    code = 0
    try:
        options = parse(argv)
        (Connector if options.role == "connect" else Listener)(options).run()
    except Failure as e:
        print("FAILED:", e, file=sys.stderr, flush=True)
        code = 1
    except KeyboardInterrupt:
        pass
    if drops:
        print("drops:", ", ".join(f"{k} {v}" for k, v in sorted(drops.items())), file=sys.stderr, flush=True)
    if violations and options.strict:
        code = 2
    return code


if __name__ == "__main__":
    sys.exit(main())
