# SPDX-License-Identifier: MIT
"""An established session, either side, as PROTOCOL.md has it (sections 3.1, 3.3, 8 to 12, 14.2, 16). Strict: whatever the other side
does that it may not is a violation. There is no sequence repair, ladder of recovery or emergency."""

import collections
import dataclasses
import random
import secrets
import struct

import springtail_protocol as sp
from springtail_net import drops, note, say, violation
from springtail_protocol import (ACK, CONTROL, DATA, DAY_MS, ERROR, F_ACK, F_FIN, F_FRAGMENT, F_FROM_SERVER, F_PSH, F_RST, F_SACK, FIN,
                                 FRAGMENT_SIZE, HEARTBEAT, MANAGEMENT, MAX_PADDING, NAMES, PADDED, RST, num, same, signed_difference, u8, u32, u64)

WINDOW = 2048
KEY_MINUTES = 15, 17  # client, server


class Content:
    """What is sent until it is acknowledged, under one number or several."""

    def __init__(self, kind, flags=0, fields=b"", reliable=True, message_id=None, index=0, count=1, part=b""):
        self.kind, self.flags, self.fields, self.reliable = kind, flags, fields, reliable
        self.message_id, self.index, self.count, self.part = message_id, index, count, part
        self.acked = False
        self.sends = 0


@dataclasses.dataclass
class Flight:
    content: Content
    sent: float
    ask_index: int
    repeated: bool


class Messages:
    """The messages of both directions. They outlive a session when another continues it (14.2)."""

    def __init__(self, largest, hand_time=0):
        self.largest = largest       # that this side takes
        self.hand_time = hand_time
        self.next_id = {0: 0, 1: 0}  # by delivery
        self.kept = {}               # reliable ones until the other's done is above them
        self.queue = collections.deque()
        self.peer_done = 0
        self.incoming = {0: {}, 1: {}}
        self.done = 0                # the first reliable message that is not complete here
        # When complete messages are acknowledged by the application, if it does so by hand.
        self.by_hand = collections.deque() if hand_time else None
        self.done_fire = collections.deque(maxlen=256)
        self.delivered = collections.deque()
        self.refused = []            # message_ids that were too large

    def compose(self, data, reliable):
        delivery = int(reliable)
        message_id = self.next_id[delivery]
        self.next_id[delivery] += 1
        parts = [data[i:i + FRAGMENT_SIZE] for i in range(0, len(data), FRAGMENT_SIZE)] or [b""]
        if len(parts) > 255:
            raise ValueError("message too large")
        contents = [Content(DATA, (F_PSH if i == len(parts) - 1 else 0) | (F_FRAGMENT if len(parts) > 1 else 0), reliable=reliable,
                            message_id=message_id, index=i, count=len(parts), part=part) for i, part in enumerate(parts)]
        if reliable:
            self.kept[message_id] = contents
        self.queue.extend(contents)

    def on_done(self, done):
        for message_id in [m for m in self.kept if m < done]:
            del self.kept[message_id]
        self.peer_done = max(self.peer_done, done)

    def go_on(self, done=None):
        """In a session that continues the old one: what the other has not said to be complete is sent again."""
        if done is not None:
            self.on_done(done)
        unsent = [c for c in self.queue if not c.reliable and not c.sends]
        for contents in self.kept.values():
            for c in contents:
                c.acked = False
        self.queue = collections.deque([c for m in sorted(self.kept) for c in self.kept[m]] + unsent)

    def begin_anew(self):
        """In a session that continues none: the same in order, with message_ids from 0."""
        unsent, seen = [], set()
        for c in self.queue:
            if not c.reliable and not c.sends and c.message_id not in seen:
                seen.add(c.message_id)
                unsent.append(c.message_id)
        fire = [b"".join(c.part for c in self.queue if not c.reliable and c.message_id == m) for m in unsent]
        reliable = [b"".join(c.part for c in self.kept[m]) for m in sorted(self.kept)]
        delivered = self.delivered
        self.__init__(self.largest, self.hand_time)
        self.delivered = delivered
        for data in reliable:
            self.compose(data, True)
        for data in fire:
            self.compose(data, False)
        return len(reliable)

    @property
    def told(self):
        """What goes out as `done`."""
        return self.done - len(self.by_hand or ())

    def acknowledge_by_hand(self, now):
        while self.by_hand and self.by_hand[0] <= now:
            self.by_hand.popleft()

    def is_new(self, message_id, delivery):
        return message_id >= self.done if delivery else message_id not in self.done_fire

    def take(self, message_id, index, count, delivery, part, now):
        if not self.is_new(message_id, delivery):
            return None
        table = self.incoming[delivery]
        entry = table.setdefault(message_id, {"count": count, "parts": {}, "since": now})
        if entry["count"] != count:
            return violation(f"DATA: message {message_id} with {entry['count']} and with {count} fragments")
        if entry["parts"].setdefault(index, part) != part:
            return violation(f"DATA: fragment {index} of message {message_id} differs from its copy")
        if delivery and (count - 1) * FRAGMENT_SIZE > self.largest:
            entry["skipped"] = True
        if len(entry["parts"]) < count and not entry.get("skipped"):
            return None
        if not delivery:
            del table[message_id]
            self.done_fire.append(message_id)
            self.deliver(message_id, entry, False)
            return None
        while self.done in table and (table[self.done].get("skipped") or len(table[self.done]["parts"]) == table[self.done]["count"]):
            entry = table.pop(self.done)
            self.done += 1
            if self.by_hand is not None:
                self.by_hand.append(now + self.hand_time)
            self.deliver(self.done - 1, entry, True)
        return None

    def deliver(self, message_id, entry, reliable):
        if entry.get("skipped"):
            return self.refused.append(message_id)
        data = b"".join(entry["parts"][i] for i in range(entry["count"]))
        if len(data) <= self.largest:
            self.delivered.append((data, reliable))
        elif reliable:
            self.refused.append(message_id)
        return None


class Path:
    """Where a server sends to (8.1). With CLIENT_HOPS an address counts without its port."""

    def __init__(self, hops, address, local):
        self.hops, self.address, self.local = hops, address, local
        self.validated = False
        self.received, self.sent = collections.Counter(), collections.Counter()
        self.first = self.key(address)  # a SYN_ACK went there
        self.candidate = None
        self.sent_from = None
        self.next_candidate = -1e9
        self.moves = self.kept = 0

    def key(self, address):
        return address[0] if self.hops else address

    def allows(self, address, size):
        k = self.key(address)
        return k == self.first or self.validated and k == self.key(self.address) or self.sent[k] + size <= 3 * self.received[k]

    def begin(self, address, local, next_number):
        """A RESUME has come from there. Until it acknowledges what goes there from this number on there is a limit."""
        if self.key(address) != self.key(self.address):
            self.validated, self.first, self.candidate, self.sent_from = False, None, None, next_number
        self.address, self.local = address, local

    def came(self, address, local, number, highest, now):
        """A verified packet, or a copy. True when the address is a new candidate."""
        if number < highest:
            return False
        if self.key(address) == self.key(self.address):
            self.address, self.local = address, local
            return False
        if self.candidate:
            if self.key(address) == self.key(self.candidate["address"]):
                self.candidate["address"], self.candidate["local"] = address, local
            return False
        if now < self.next_candidate:
            return False
        self.candidate = {"address": address, "local": local, "token": secrets.randbits(64), "path_token": secrets.randbits(64), "since": now,
                          "copies": 0, "validated": False}
        return True

    def answered(self, token, now):
        """A PATH_RESPONSE; false when nobody asked."""
        c = self.candidate
        if not c or token not in (c["token"], c["path_token"]):
            return False
        if token == c["token"]:
            c["validated"] = True
        else:
            self.validated = True
            self.drop("kept", now)
        return True

    def drop(self, why, now):
        self.candidate = None
        self.kept += 1
        self.next_candidate = now + 1000
        say("path", why)

    def move(self):
        c = self.candidate
        self.address, self.local, self.validated, self.candidate = c["address"], c["local"], True, None
        self.moves += 1
        say("path moved")


class Session:
    def __init__(self, *, net, clock, server, options, suite, features, session_id, keys, transcript, confirm, peer_window, peer_largest, keepalive,
                 peer_address, local_port, psk=b"", offset=0.0, rtt=None, held=0, old=None):
        self.net, self.clock, self.server, self.options = net, clock, server, options
        self.suite, self.features, self.session_id, self.keys, self.confirm = suite, features, session_id, keys, confirm
        self.transcript = transcript
        self.hops = bool(features & sp.CLIENT_HOPS)
        self.mask_key = sp.mask_key(keys.session_key)
        self.emergency_secret = sp.emergency_secret(keys.session_key)
        self.psk = keys.session_key if suite in sp.TOKEN_SUITES else psk  # K of the handshake in suites 4 and 5 (12)
        self.created = clock.now()
        self.answered_at = None  # a server: when its first SYN_ACK went out
        self.established = False
        self.broken = False  # a test: nothing of it comes or goes any more
        self.gone = None
        self.rng = random.Random()

        # Numbers (3.1, 3.3)
        self.initial, self.peer_initial = keys.client_sequence, keys.server_sequence
        if server:
            self.initial, self.peer_initial = self.peer_initial, self.initial
        self.next_number = self.initial + 1
        self.highest = self.peer_initial
        self.seen = {}
        self.unsent = set()
        self.sent_to = {}
        self.highest_ack = None

        # Epochs (12)
        self.current = sp.EpochKeys(0, keys.session_key, keys.client_key, keys.server_key, keys.authentication_key)
        self.pending = self.previous = None
        self.pending_ends = self.previous_ends = None
        self.request = None  # nonce, day, private key, commitment, payload, begun, when next
        self.answered = None  # nonce and payload of the response that is kept
        self.last_request_number = -1
        self.first_of_epoch = None  # the lowest number that came under the current epoch
        self.epoch_beats = None  # how many HEARTBEATs went out under keys that the peer was not heard under, and when next
        self.beats_allowed_until = -1e9
        self.rekeys = self.rekeys_asked = self.rekeys_failed = 0
        self.exchanged = clock.now()  # of keys, last
        self.key_packets = [0, 0]     # sent and received under the current keys
        self.resumes_under_key = 0

        # Sleep (10, 16)
        self.announced = None  # a client: seconds, when next, the numbers of the HEARTBEATs that said so
        self.sleep_answered = self.asleep = False
        self.sleeps_from = None  # a server: the number of the last HEARTBEAT that announced a sleep, and when it ends
        self.waking = None  # session_key and epoch of before, nonce, when the first copy went, copies sent
        self.resumed_from = None  # a server: the session_key under which the last RESUME came, and its nonce
        self.resumes = 0

        # Where to (8)
        self.local_port = local_port
        self.peer_address = peer_address
        self.path = Path(self.hops, peer_address, local_port) if server else None
        self.windows_used = set()
        self.bytes_barred = 0
        self.challenged = 0
        self.via_copier = 0

        # Time (11)
        self.offset = offset
        self.target_offset = offset
        self.slewed_at = clock.now()
        self.samples = collections.deque([(rtt or 0, offset)], 8)
        self.sync_pending = {}
        self.next_sync = clock.now() + self.shortened(60_000)
        self.syncs_answered = 0

        # Sending (9)
        self.messages = Messages(options.max_message, 1000 * options.by_hand)
        self.peer_window, self.peer_largest, self.my_window = peer_window, peer_largest, options.window
        self.flights = {}
        self.late = {}
        self.ask_count = 0
        self.first_rtt = rtt
        self.confirm_time = 20_000 if suite >= 4 else min(20_000, 4000 * random.uniform(0.8, 1) + (rtt or 0) + 4 * held)
        self.srtt = self.rttvar = None
        self.rto = max(1000.0, 2 * (rtt or 0))
        self.backoff = 1
        self.timer_at = None
        self.timers_in_a_row = 0
        self.done_at = None  # when a packet is sent again because the other's `done` is behind
        self.done_backoff = 1
        self.unacknowledged_since = None
        self.next_challenge = clock.now() + 1000 * options.challenge_each if server and options.challenge_each else None
        self.own_challenges = {}
        self.cwnd, self.ssthresh = 4.0, 1e9
        self.cut_until = 0
        self.probe_at = 0

        # Receiving (9)
        self.to_ack = 0
        self.ack_due = None
        self.done_told = 0
        self.received_data = {}  # DATA not acknowledged yet: delivery, message and fragment of each number
        self.too_large = set()
        self.paddings = collections.Counter()
        self.padded_data = 0

        # A session that continues another (14.2): a client waits for the HEARTBEAT that says whether it does.
        self.old = old
        self.awaits_verdict = bool(old) and not server
        self.names = {session_id: self.emergency_secret}  # by which a client may name it
        self.continues = 0  # a server: what its HEARTBEATs say
        self.continued = None
        self.continuation = sp.continuation(old.emergency_secret, transcript) if old else bytes(16)

        # Heartbeats and close (10)
        self.keepalive = keepalive
        self.last_sent = self.last_heard = self.arrived_at = clock.now()
        self.beat_after = self.next_beat()
        self.heartbeats_owed = 0
        self.last_own_heartbeat = -1e9
        self.close_wanted = False
        self.peer_fin = None
        self.peer_fin_at = None
        self.fin = None
        self.fin_at = None
        self.closed_at = None

    def shortened(self, ms):
        """Section 1: a timer that sends a packet is shortened by up to a fifth."""
        return ms * (1 - 0.2 * self.rng.random())

    # -- clock and ports

    def utc(self):
        self.slew()
        return self.clock.utc() + self.offset

    def slew(self):
        now = self.clock.now()
        step = (now - self.slewed_at) * 0.1
        self.slewed_at = now
        self.offset += max(-step, min(step, self.target_offset - self.offset))

    def window(self, later=0.0):
        return self.keys.window(self.utc() + later)

    def port(self, side, w):
        return self.keys.port(side, w, self.options.port_min, self.options.port_count)

    def open_windows(self, at=None):
        ago = self.clock.now() - at if at else 0
        w = self.window(-ago)
        oldest = self.window(-ago - 4 * (self.rttvar or 0)) - 1
        return range(max(w - 8, min(oldest, w - 1)), w + 2)

    def wanted_ports(self):
        if not (self.server or self.hops):
            return set()
        ports = {self.port(int(self.server), v) for v in self.open_windows()}
        if self.server and not self.hops:
            ports.add(self.path.local)  # the reply socket
            if self.path.candidate:
                ports.add(self.path.candidate["local"])
        return ports

    def route(self, shift):
        """Local port and address: a packet goes to the port of the window in which it is expected to arrive."""
        half = (self.srtt if self.srtt is not None else self.first_rtt or 0) / 2
        now, then = self.window(), self.window(half)
        self.windows_used.add(then)
        if not self.server:
            local = self.port(0, now) if self.hops else self.local_port
            return local, (self.peer_address[0], self.port(1, then + shift))
        if self.hops:
            return self.port(1, now), (self.path.address[0], self.port(0, then))
        return self.path.local, self.path.address

    # -- sending

    def padding(self, size, address, fixed):
        room = min(MAX_PADDING, sp.MAX_PACKET - sp.OVERHEAD - size) if not fixed else 0
        n = self.rng.randint(0, room) if room > 0 else 0
        n = min(room, self.options.padding) if room > 0 and self.options.padding is not None else n
        while n and self.server and not self.path.allows(address, sp.OVERHEAD + size + n):
            n //= 2
        return n

    def transmit(self, kind, fields, subtype=0, flags=0, shift=0, to=None, unpadded=False):
        number = self.next_number
        self.next_number += 1
        local, address = to or self.route(shift)
        payload = fields + bytes(self.padding(len(fields), address, unpadded or kind == DATA))
        flags |= F_ACK | (F_FROM_SERVER if self.server else 0)
        header = sp.pack_header(kind, subtype, flags, self.session_id, number, self.highest, self.utc(), len(payload), self.current.epoch)
        packet = sp.protect(self.suite, self.current, self.server, number, header, payload)
        self.key_packets[0] += 1
        if self.server and not self.path.allows(address, len(packet)):
            self.bytes_barred += len(packet)
            out = False
        else:
            out = not self.broken and self.net.send(local, sp.mask(packet, self.mask_key, False), address, self.options.flip)
        if out:
            if self.server:
                self.path.sent[self.path.key(address)] += len(packet)
            self.sent_to[number] = address[1]
        elif not self.broken:
            self.unsent.add(number)
        self.received_data.pop(self.highest, None)
        self.last_sent = self.clock.now()
        self.beat_after = self.next_beat()
        return number

    def next_beat(self):
        return self.shortened(self.keepalive * 1000)

    def send_confirm(self, shift=0):
        self.heartbeats_owed += 2 if self.net.twice else 1  # each copy that arrives is answered
        done = self.old.messages.told if self.old else 0
        continues = self.old.session_id if self.old else 0
        self.transmit(ACK, sp.confirm_fields(self.my_window, done, self.confirm, continues, self.continuation), shift=shift)

    def send_ack(self):
        bitmap = 0
        for i in range(32):
            n = self.highest - 1 - i
            if n in self.seen:
                bitmap |= 1 << i
                self.received_data.pop(n, None)
        self.to_ack, self.ack_due = 0, None
        self.tell_done()
        self.transmit(ACK, sp.ack_fields(self.room(), bitmap, self.messages.told), flags=F_SACK if bitmap else 0,
                      unpadded=not self.options.padded)

    def tell_done(self):
        """What goes out as `done` acknowledges the packets of those messages too (9)."""
        self.done_told = self.messages.told
        self.received_data = {n: c for n, c in self.received_data.items() if not c[0] or c[1] >= self.done_told}

    def room(self):
        """Counted from the first session, so that another does not begin it anew."""
        self.options.room_at = getattr(self.options, "room_at", self.clock.now() + 1000 * self.options.no_room)
        return 0 if self.options.no_room and self.clock.now() < self.options.room_at else self.my_window

    def send_heartbeat(self, sleep=0, to=None):
        self.last_own_heartbeat = self.clock.now()
        return self.transmit(HEARTBEAT, sp.heartbeat_fields(int(self.utc()), sleep, self.continues), to=to)

    def send_message(self, data, reliable=True):
        if self.fin or self.peer_fin is not None or len(data) > self.peer_largest and not self.options.oversize:
            return False
        self.messages.compose(data, reliable)
        self.pump()
        return True

    def send_error(self, code, text):
        self.launch(Content(ERROR, fields=u8(code) + bytes(3) + text))

    def launch(self, content):
        content.sends += 1
        if content.kind == DATA:
            room = FRAGMENT_SIZE - len(content.part)
            padding = self.rng.randint(2, min(MAX_PADDING, room)) if self.options.padded and room >= 2 else 0
            fields = sp.data_fields(content.message_id, self.messages.told, content.index, content.count, int(content.reliable), content.part, padding)
            self.tell_done()
        else:
            fields = content.fields
        number = self.transmit(content.kind, fields, flags=content.flags)
        now = self.clock.now()
        self.ask_count += 1
        self.flights[number] = Flight(content, now, self.ask_count, content.sends > 1)
        if self.timer_at is None:
            self.timer_at = now + self.timer()
        if self.unacknowledged_since is None:
            self.unacknowledged_since = now

    def timer(self):
        return min(60_000, self.rto * self.backoff)

    def data_in_flight(self):
        return sum(f.content.kind == DATA for f in self.flights.values())

    def pump(self):
        if not self.established or self.gone or self.awaits_verdict or self.sleeps_from:
            return
        queue = self.messages.queue
        while queue:
            in_flight = self.data_in_flight()
            probe = self.peer_window == 0 and in_flight == 0 and self.clock.now() >= self.probe_at
            if not probe and in_flight >= min(int(self.cwnd), self.peer_window):
                return
            content = queue.popleft()
            if content.acked:
                continue
            if probe:
                self.probe_at = self.clock.now() + self.timer()
            self.launch(content)

    # -- acknowledgments of what was sent

    def acknowledged(self, number, by_header_of=None):
        flight = self.flights.pop(number, None)
        content = flight.content if flight else self.late.pop(number, None)
        if content is None:
            return
        now = self.clock.now()
        self.timers_in_a_row = 0
        self.backoff = 1
        if flight:
            if not flight.repeated and by_header_of in (ACK, DATA):
                self.measure(now - flight.sent)
            self.cwnd += 1 if self.cwnd < self.ssthresh else 1 / self.cwnd
        content.acked = True
        for n in [n for n, f in self.flights.items() if f.content is content]:
            del self.flights[n]
        self.timer_at = now + self.timer() if self.flights else None
        self.unacknowledged_since = min((f.sent for f in self.flights.values()), default=None)
        if flight:
            lost = [n for n, f in self.flights.items() if f.ask_index + 3 <= flight.ask_index]
            if lost:
                self.cut(min(lost))
            for n in lost:
                self.lose(n)

    def measure(self, rtt):
        if self.srtt is None:
            self.srtt, self.rttvar = rtt, rtt / 2
        else:
            self.rttvar += (abs(self.srtt - rtt) - self.rttvar) / 4
            self.srtt += (rtt - self.srtt) / 8
        self.rto = min(60_000.0, max(200.0, self.srtt + max(10, 4 * self.rttvar)))

    def cut(self, number):
        if number >= self.cut_until:  # once for each flight of packets
            self.ssthresh = max(2.0, self.data_in_flight() / 2)
            self.cwnd = self.ssthresh
            self.cut_until = self.next_number

    def lose(self, number):
        content = self.flights.pop(number).content
        self.late[number] = content
        if content.acked or (content.kind == DATA and not content.reliable):
            return
        if content.kind == DATA:
            self.messages.queue.appendleft(content)
        elif content.kind == FIN and content.sends > 8:
            self.gone = "FIN was not acknowledged"
        else:
            self.launch(content)

    def lose_all(self):
        """After a timer, on another path, after a sleep: what is under way counts as lost."""
        for n in sorted(self.flights, reverse=True):
            if n in self.flights:
                self.lose(n)
        self.ssthresh = max(2.0, self.cwnd / 2)
        self.cwnd = 1.0
        self.cut_until = self.next_number

    def run_timer(self):
        now = self.clock.now()
        if self.timer_at is None or now < self.timer_at:
            return
        self.timers_in_a_row += 1
        if self.timers_in_a_row >= 8 and not self.fin:
            self.gone = "8 timers in a row without an answer"
            return
        self.backoff = min(self.backoff * 2, 60_000 / self.rto)
        self.timer_at = None
        self.lose_all()
        self.pump()

    def run_done_timer(self, now):
        """All is acknowledged, but not all `done`: the ACK to a copy of the last packet tells."""
        m = self.messages
        if self.flights or m.queue or not m.kept or self.fin:
            if not m.kept:
                self.done_at, self.done_backoff = None, 1
        elif self.done_at is None:
            self.done_at = now + self.timer()
        elif now >= self.done_at:
            self.done_backoff = min(self.done_backoff * 2, 60_000 / self.rto)
            self.done_at = now + self.rto * self.done_backoff
            content = m.kept[min(m.kept)][-1]
            content.acked = False
            self.launch(content)

    def wants_handshake(self, now):
        """Section 14.1, for the first and the last reason: what it is for."""
        if self.server or self.suite in sp.TOKEN_SUITES or self.fin or self.asleep or self.waking:
            return None
        since = self.unacknowledged_since
        if since is not None and (self.timers_in_a_row >= 3 or now - since > (5000 if (self.srtt or 0) <= 1000 else 3 * self.rto)):
            return "nothing is acknowledged"
        if now - self.exchanged > 0.75 * 2 * self.key_life() or max(self.key_packets) > 0.75 * (1 << 21):
            return "keys expire"
        return None

    # -- receiving

    def receive(self, packet, local, source, at):
        """False when the packet is not one of this session."""
        self.arrived_at = at
        found = sp.read_packet(packet, self.mask_key, False)
        if not found or found[0].session_id != self.session_id:
            return False
        if self.broken:
            drops["broken"] += 1
            return True
        header, plain = found
        name = NAMES.get(header.type, f"type {header.type}")
        number = sp.extend(header.sequence, self.highest)
        from_server = bool(header.flags & F_FROM_SERVER)
        if from_server == self.server:
            drops["direction"] += 1
            # With CLIENT_HOPS and both peers on one host, port(0, w) may be a socket of this very server: its own packet.
            own = source[0] == self.net.bind and source[1] in self.net.sockets
            keys = self.keys_of(header.epoch)
            if not own and keys and self.suite in sp.HMAC_SUITES and sp.unprotect(self.suite, keys, from_server, max(number, 0), plain) is not None:
                violation(f"{name} with the wrong direction flag 0x{header.flags:02x}")
            return True
        if header.type == MANAGEMENT and header.subtype == sp.RESUME:
            self.on_resume(sp.mask(packet, self.mask_key, True), header, number, local, source)
            return True
        keys = self.keys_of(header.epoch)
        if keys is None:
            drops["epoch"] += 1
            return True
        if number < 0:
            drops["number below the initial sequence"] += 1
            return True
        payload = sp.unprotect(self.suite, keys, from_server, number, plain)
        if payload is None:
            drops["tag"] += 1
            return True
        if self.first_of_epoch is not None and keys is self.previous and number > self.first_of_epoch:
            violation(f"{name} with number {number} under epoch {keys.epoch}, after {self.first_of_epoch} under {self.current.epoch}")
        if number <= self.peer_initial:
            drops["number below the initial sequence"] += 1
            violation(f"{name} with number {number}, not above the initial sequence {self.peer_initial}")
            if number < self.peer_initial:
                return True
        if number in self.seen or number <= self.highest - WINDOW:
            drops["replay"] += 1
            if number not in self.seen:
                violation(f"{name} with number {number}, {self.highest - number} below the highest")
            elif self.seen[number] != plain[-16:]:
                violation(f"{name}: number {number} used for two different packets")
            elif not self.options.allow_duplicates:
                violation(f"{name}: number {number} sent twice")
            elif self.server and self.established:
                self.on_path(number, plain, local, source)
            return True
        if len(payload) < sp.MINIMUM_PAYLOAD.get(header.type, 0):
            drops["short payload"] += 1
            violation(f"{name} with a payload of {len(payload)} bytes")
            return True
        if not self.established and self.server:
            if header.type != ACK or len(payload) < sp.CONFIRM_FIELDS or not same(payload[10:26], self.confirm):
                drops["before the confirm"] += 1
                if header.type == ACK:
                    violation("ACK of a half-open session without the right confirm")
                elif header.type != CONTROL:
                    violation(f"{name} before the session is confirmed")
                return True
            self.path.address, self.path.local = source, local
            self.first_rtt = min(1000, self.clock.now() - (self.answered_at or self.created))
        if header.type == DATA and (self.awaits_verdict or not self.room()):
            # Its number is not noted, only that the peer lives.
            drops["DATA before the verdict" if self.awaits_verdict else "DATA without room"] += 1
            self.last_heard = at
            self.established = True
            self.send_ack()
            return True
        self.accept(header, name, number, payload, plain, local, source, keys)
        return True

    def on_path(self, number, plain, local, source):
        """A server: a verified packet, or a copy of the highest, has come from there."""
        self.path.received[self.path.key(source)] += len(plain)
        if self.path.came(source, local, number, self.highest, self.clock.now()):
            self.challenge()

    def challenge(self):
        c = self.path.candidate
        c["copies"] += 1
        c["next"] = self.clock.now() + self.timer()
        self.transmit(CONTROL, u64(c["token"]), sp.PATH_CHALLENGE, to=(c["local"], c["address"]))
        self.transmit(CONTROL, u64(c["path_token"]), sp.PATH_CHALLENGE)

    def tick_path(self, now):
        if self.next_challenge is not None and now >= self.next_challenge and not self.fin:
            # It may ask the path at any time. What is not answered within 5 s was lost, or is not answered at all.
            self.next_challenge = now + 1000 * self.options.challenge_each
            if any(now - since > 5000 for since in self.own_challenges.values()):
                violation("a PATH_CHALLENGE is not answered")
            token = secrets.randbits(64)
            self.own_challenges[token] = now
            self.transmit(CONTROL, u64(token), sp.PATH_CHALLENGE)
        c = self.path.candidate
        if not c:
            return
        timer = self.timer()
        if c["copies"] == 1 and now >= c["next"]:
            self.challenge()
        if c["validated"] and now - c["since"] >= max(200, min(1000, timer)):
            self.path.move()
            self.srtt = self.rttvar = None
            self.lose_all()
            self.cwnd, self.ssthresh = 4.0, 1e9
            self.pump()
        elif now - c["since"] > 3 * timer:
            self.path.drop("stays", now)

    def accept(self, header, name, number, payload, plain, local, source, keys):
        self.seen[number] = plain[-16:]
        self.key_packets[1] += 1
        newest = number > self.highest
        if newest:
            self.highest = number
            for n in [n for n in self.seen if n <= number - WINDOW]:
                del self.seen[n]
        self.check_ports(header, name, local, source)
        now = self.clock.now()
        if self.sleeps_from and number > self.sleeps_from[0]:
            self.sleeps_from = None
            self.lose_all()
        if self.server:
            self.on_path(number, plain, local, source)
        if len(self.names) > 1 and header.type != ACK:
            self.names = {self.session_id: self.emergency_secret}  # its client knows that it continues the old one
        if self.asleep:
            violation(f"{name} for a client that sleeps")
        silence = self.arrived_at - self.last_heard
        self.last_heard = self.arrived_at
        if self.timer_at is not None:
            self.timer_at = min(self.timer_at, now + 10_000)
        self.probe_at = min(self.probe_at, now + 10_000)

        off = signed_difference(header.timestamp, int(self.utc()) % DAY_MS)
        if header.timestamp >= DAY_MS or abs(off) > 41_000:
            violation(f"{name} with timestamp {header.timestamp}, {off} ms off")
        elif abs(off) > 1500:
            note(f"{name} with a timestamp {off} ms off the session clock")
        if header.subtype and header.type not in (CONTROL, MANAGEMENT):
            violation(f"{name} with subtype {header.subtype}")

        ack = sp.extend(header.ack, self.next_number - 1)
        if not self.initial <= ack < self.next_number or ack in self.unsent:
            violation(f"{name} acknowledges {ack}, which was not sent")
        elif newest:
            if self.highest_ack is not None and ack < self.highest_ack:
                violation(f"{name} acknowledges {ack} after {self.highest_ack}")
            self.highest_ack = ack
            if not self.server and ack == self.initial:
                violation(f"{name} of a server that has not verified the ACK")
        self.acknowledged(ack, header.type)
        if self.server and self.path.sent_from is not None and ack >= self.path.sent_from and self.path.key(source) == self.path.key(self.path.address):
            self.path.validated, self.path.sent_from = True, None

        self.established = True
        self.heard_under(keys, number, now)
        if number == self.peer_initial + 1 and header.type != (ACK if self.server else HEARTBEAT):
            violation(f"{name} as the first packet")
        if header.type == ACK:
            self.on_ack(header, payload, ack, newest, local, source)
        elif header.type == DATA:
            self.on_data(header, payload, number, newest)
        elif header.type == FIN:
            self.on_fin(header, payload)
        elif header.type == HEARTBEAT:
            self.on_heartbeat(header, payload, number, silence)
        elif header.type == ERROR:
            self.on_error(header, payload)
        elif header.type == RST:
            self.check_flags(header, F_RST)
            self.check_padding(name, payload, 1)
            if payload[0] not in sp.ERROR_CODES:
                violation(f"RST with reason 0x{payload[0]:02x}")
            self.gone = f"RST with reason 0x{payload[0]:02x}"
        elif header.type == CONTROL and header.subtype in (sp.TIME_SYNC_REQUEST, sp.TIME_SYNC_RESPONSE):
            self.on_time_sync(header, payload, self.arrived_at, source, local)
        elif header.type == CONTROL and header.subtype in (sp.PATH_CHALLENGE, sp.PATH_RESPONSE):
            self.on_path_packet(header, payload)
        elif header.type == MANAGEMENT and header.subtype == sp.REKEY_REQUEST:
            self.on_rekey_request(header, payload, number, keys, now)
        elif header.type == MANAGEMENT and header.subtype == sp.REKEY_RESPONSE:
            self.on_rekey_response(header, payload, keys, now)
        elif header.type == MANAGEMENT and 1 <= header.subtype <= 8:
            note(f"MANAGEMENT {header.subtype} is not supported by this peer")
        else:
            drops["unknown type"] += 1
            note(f"{name}, subtype {header.subtype}, is not of a session; ignored")
        self.pump()

    def check_flags(self, header, extra=0):
        want = F_ACK | (0 if self.server else F_FROM_SERVER) | extra
        if header.flags != want:
            violation(f"{NAMES[header.type]} with flags 0x{header.flags:02x} instead of 0x{want:02x}")

    def check_padding(self, name, payload, fields):
        """Section 3.4."""
        n = len(payload) - fields
        self.paddings[n] += 1
        if n > MAX_PADDING:
            violation(f"{name} with {n} bytes of padding")
        if any(payload[fields:]):
            violation(f"{name} with padding that is not zeros")

    def check_paddings(self):
        """All numbers from 0 to 63 are as likely: 30 packets with fewer than eight of them do not come by chance."""
        if sum(self.paddings.values()) >= 30 and len(self.paddings) < 8:
            violation(f"padding is not drawn anew for each packet: {dict(self.paddings)}")

    def check_ports(self, header, name, local, source):
        windows = self.open_windows(self.arrived_at)
        if header.type == (ACK if self.server else HEARTBEAT) and self.clock.now() - self.created < 30_000:
            windows = range(windows[-1] - 6, windows[-1] + 6)  # copies of the confirming ACK, from the third on (11), and their answers
        if self.hops:
            mine, theirs = int(self.server), 1 - int(self.server)
            if not any(local == self.port(mine, a) for a in windows) or not any(source[1] == self.port(theirs, b) for b in windows):
                violation(f"{name} from port {source[1]} at port {local}: not ports of the windows {windows}")
        elif self.server:
            if local not in (self.port(1, v) for v in windows):
                violation(f"{name} at port {local}: not a port of the windows {windows}")
            if source != self.path.address and not self.options.allow_move:
                violation(f"{name} from {source} instead of the one local port {self.path.address}")
        else:
            ack = sp.extend(header.ack, self.next_number - 1)
            where = self.sent_to.get(ack)
            challenge = (header.type, header.subtype) == (CONTROL, sp.PATH_CHALLENGE)  # from the socket at which a packet came
            # Where the copy of a packet is quicker than the packet, the socket follows only once that itself comes (8.1, point 5).
            late = where is None or challenge or self.net.copier
            if source[1] == where or late and source[1] in self.sent_to.values():
                return
            violation(f"{name} from port {source[1]}; the packet it acknowledges, the highest verified, went to {where}")

    def ask(self):
        self.to_ack += 1
        if self.to_ack >= 2:
            self.send_ack()
        elif self.ack_due is None:
            self.ack_due = self.clock.now() + 25

    def on_done(self, name, done, newest):
        m = self.messages
        if done > m.next_id[1]:
            return violation(f"{name} with done {done}, {m.next_id[1]} reliable messages were begun")
        if newest and done < m.peer_done:
            violation(f"{name} with done {done} after {m.peer_done}")
        if not self.options.oversize and any(not c.sends for i in range(m.peer_done, done) for c in m.kept.get(i, ())):
            violation(f"{name} with done {done}: not all of it was sent")
        return m.on_done(done)

    def on_ack(self, header, payload, ack, newest, local, source):
        window, bitmap, done = struct.unpack(">HII", payload[:10])
        self.check_flags(header, F_SACK if bitmap else 0)
        for i in range(32):
            if bitmap >> i & 1:
                n = ack - 1 - i
                if n <= self.initial or n in self.unsent:
                    violation(f"ACK: bit {i} of the bitmap acknowledges {n}, which was not sent")
                self.acknowledged(n)
        if newest:
            self.peer_window = window
            if not window:  # an answer, though it acknowledges nothing
                self.timers_in_a_row, self.unacknowledged_since = 0, None
        if self.server and len(payload) >= sp.CONFIRM_FIELDS and same(payload[10:26], self.confirm):
            self.check_padding("ACK", payload, sp.CONFIRM_FIELDS)
            continues, proof = num(payload[26:34]), payload[34:50]
            if bitmap:
                violation("ACK with a confirm and a bitmap")
            if not continues and (done or any(proof)):
                violation("ACK with a confirm that continues none, but with done or a proof")
            if self.continued is None:
                self.continued = False
                if continues:
                    self.take_over(continues, proof, done)
            self.send_heartbeat(to=(local, source))
            return
        if len(payload) > 10:
            if not (self.padded_data or self.options.padded):
                violation(f"ACK with {len(payload) - 10} bytes of padding, though DATA is not padded")
            else:
                self.check_padding("ACK", payload, 10)
        self.on_done("ACK", done, newest)

    def take_over(self, continues, proof, done):
        """A server: the session named there, if it is still here and the proof is right, goes on in this one (14.2)."""
        old = next((s for s in self.options.sessions.values() if continues in s.names and s is not self), None)
        if not old or not old.established or old.gone or old.fin or old.peer_fin is not None:
            say("continues none: the session is not here")
            return
        if not same(proof, sp.continuation(old.names[continues], self.transcript)):
            violation("ACK with a continuation that is not right")
            return
        if done > old.messages.next_id[1]:
            violation(f"ACK with a confirm and done {done}, {old.messages.next_id[1]} reliable messages were begun")
        self.messages = old.messages
        self.messages.go_on(done)
        self.continued, self.continues = True, continues
        self.names.update(old.names)
        old.gone = "followed by another"
        say("continued")

    def verdict(self, continues):
        """A client: whether the session goes on in this one."""
        self.awaits_verdict = False
        self.messages = self.old.messages
        self.continued = bool(continues)
        if continues not in (0, self.old.session_id):
            violation(f"HEARTBEAT that continues {continues}")
        if self.continued:
            self.messages.go_on()
            say("continued")
        else:
            say("continues none, again", self.messages.begin_anew())
        self.old.gone = "followed by another"

    def on_data(self, header, payload, number, newest):
        message_id, done, index, count, delivery = struct.unpack(">IIHHB", payload[:13])
        part = payload[13:]
        padded, delivery = delivery & PADDED, delivery & ~PADDED
        self.received_data[number] = delivery, message_id, index
        unacknowledged = len(set(self.received_data.values()))  # what counts as lost for its sender and comes again is one
        if unacknowledged > self.my_window:
            violation(f"{unacknowledged} DATA packets unacknowledged, the window is {self.my_window}")
        wrong = None
        if padded:
            self.padded_data += 1
            n = num(part[-2:]) if len(part) >= 2 else 0
            if not 2 <= n <= len(part):
                wrong = f"padding of {n} in {len(part)} bytes"
            else:
                if any(part[-n:-2]):
                    violation("DATA with padding that is not zeros")
                part = part[:-n]
        if wrong:
            pass
        elif delivery > 1:
            wrong = f"delivery {delivery}"
        elif not 1 <= count <= 255 or index >= count:
            wrong = f"fragment {index} of {count}"
        elif index < count - 1 and len(part) != FRAGMENT_SIZE:
            wrong = f"fragment {index} of {count} with {len(part)} bytes"
        elif len(part) > FRAGMENT_SIZE:
            wrong = f"{len(part)} bytes"
        if wrong:
            violation("DATA: " + wrong)
            return self.ask()
        if not part and count > 1:
            note("DATA: an empty last fragment")
        self.check_flags(header, (F_PSH if index == count - 1 else 0) | (F_FRAGMENT if count > 1 else 0))
        if delivery == 1 and self.peer_fin is not None and message_id >= self.peer_fin:
            violation(f"DATA: reliable message {message_id} after a FIN that counts {self.peer_fin}")
        if not self.options.oversize and (count - 1) * FRAGMENT_SIZE + len(part) > self.messages.largest and index == count - 1:
            violation(f"DATA: a message larger than {self.messages.largest}")
        self.on_done("DATA", done, newest)
        self.messages.take(message_id, index, count, delivery, part, self.clock.now())
        while self.messages.refused:
            self.send_error(sp.MESSAGE_TOO_LARGE, u32(self.messages.refused.pop(0)) + "größer".encode())
        return self.ask()

    def on_fin(self, header, payload):
        self.check_flags(header, F_FIN)
        self.check_padding("FIN", payload, 4)
        count = num(payload[:4])
        if self.peer_fin is None:
            self.peer_fin, self.peer_fin_at = count, self.clock.now()
            beyond = [m for m in self.messages.incoming[1] if m >= count]
            if count < self.messages.done or beyond:
                violation(f"FIN counts {count} reliable messages, more came")
        elif self.peer_fin != count:
            violation(f"FIN counts {count} reliable messages, before {self.peer_fin}")
        self.send_ack()

    def on_heartbeat(self, header, payload, number, silence):
        self.check_flags(header)
        self.check_padding("HEARTBEAT", payload, 20)
        utc_ms, sleep, continues = struct.unpack(">QIQ", payload[:20])
        off = utc_ms - self.utc()
        if abs(off) > 41_000:
            violation(f"HEARTBEAT with utc_ms {utc_ms}, {off:.0f} ms off")
        if abs(signed_difference(utc_ms % DAY_MS, header.timestamp)) > 1000:
            note("HEARTBEAT: utc_ms and timestamp differ by more than 1 s")
        if self.awaits_verdict:
            self.verdict(continues)
        elif continues != (self.old.session_id if self.old and self.continued else 0):
            violation(f"HEARTBEAT that continues {continues}")
        if sleep:
            if self.server:
                if sleep > 2_592_000:
                    note(f"HEARTBEAT: a sleep of {sleep} s")
                if self.sleeps_from is None or number > self.sleeps_from[0]:
                    self.sleeps_from = number, self.clock.now() + 1100 * min(sleep, 2_592_000) + 60_000
                self.send_heartbeat()
            else:
                violation("HEARTBEAT of a server with sleep_seconds")
        elif self.heartbeats_owed > 0:
            if self.announced and sp.extend(header.ack, self.next_number - 1) in self.announced["numbers"]:
                self.sleep_answered = True
            self.heartbeats_owed -= 1  # the answer to an ACK with confirm, or to the first packet of an epoch
        elif self.clock.now() < self.beats_allowed_until:
            pass  # those that a requester sends until it is heard under the new keys
        elif self.keepalive == 0:
            violation("HEARTBEAT though keepalive is 0")
        elif silence < 800 * self.keepalive - 300:
            if self.clock.now() - self.last_own_heartbeat < 1000:
                note("HEARTBEAT soon after ours: an answer?")
            else:
                violation(f"HEARTBEAT {silence:.0f} ms after another packet, keepalive is {self.keepalive} s")

    def on_error(self, header, payload):
        self.check_flags(header)
        code, text = payload[0], payload[4:]
        if code not in sp.ERROR_CODES:
            violation(f"ERROR with code 0x{code:02x}")
        if payload[1:4] != bytes(3):
            violation("ERROR: the 24 bits are not 0")
        if code == sp.MESSAGE_TOO_LARGE:
            if len(text) < 4:
                violation("ERROR 0x3A without a message_id")
            else:
                self.too_large.add(num(text[:4]))
            text = text[4:]
        try:
            text.rstrip(b"\0").decode()
        except UnicodeDecodeError:
            violation("ERROR whose text is not UTF-8")
        say(f"error 0x{code:02x}")
        self.ask()

    def on_path_packet(self, header, payload):
        self.check_flags(header)
        name = "PATH_CHALLENGE" if header.subtype == sp.PATH_CHALLENGE else "PATH_RESPONSE"
        if len(payload) < 8:
            return violation(f"{name} with a payload of {len(payload)} bytes")
        self.check_padding(name, payload, 8)
        if header.subtype == sp.PATH_CHALLENGE:
            if self.server:
                return violation("PATH_CHALLENGE of a client")
            self.challenged += 1
            if not self.options.allow_move:
                violation("PATH_CHALLENGE, though this client stays where it is")
            self.transmit(CONTROL, payload[:8], sp.PATH_RESPONSE)
        elif not self.server:
            return violation("PATH_RESPONSE of a server")
        elif self.own_challenges.pop(num(payload[:8]), None) is None and not self.path.answered(num(payload[:8]), self.clock.now()):
            drops["path response"] += 1
        return None

    # -- rekey (12)

    def key_life(self):
        """Milliseconds under one key before a side asks for the next."""
        return 60_000 * self.options.key_minutes * KEY_MINUTES[self.server] / 15

    def keys_of(self, epoch):
        for keys in (self.current, self.pending, self.previous):
            if keys and keys.epoch % 16 == epoch:
                return keys
        return None

    def switch(self, keys):
        self.previous, self.previous_ends = self.current, None
        self.current, self.first_of_epoch = keys, None
        self.exchanged, self.key_packets, self.resumes_under_key = self.clock.now(), [0, 0], 0
        say("epoch", keys.epoch)

    def heard_under(self, keys, number, now):
        """A new packet was verified under these keys."""
        if keys is self.current and self.waking:
            self.waking = None
            self.resumes += 1
            say("resumed, epoch", keys.epoch)
        if keys is self.current and self.resumed_from:
            self.resumed_from = self.resumed_from[0], self.resumed_from[1], True
        if keys is self.pending:
            self.pending = self.answered = None
            self.switch(keys)
            self.rekeys += 1
            self.previous_ends = now + 5000
            self.send_heartbeat()
        elif keys is self.current and self.epoch_beats:
            self.epoch_beats = None
            self.rekeys += 1
            self.previous_ends = now + 5000
        if keys is self.current and keys.epoch:
            self.first_of_epoch = min(number, self.first_of_epoch or number)

    def ask_rekey(self):
        """False when one is under way already."""
        if self.pending or self.request or self.epoch_beats:
            return False
        nonce, day = secrets.randbits(32), int(self.utc()) // DAY_MS
        private, public = sp.key_pair(1 if self.suite == 5 else self.suite)
        commitment = sp.rekey_commitment(public, nonce, self.session_id)
        now = self.clock.now()
        self.request = {"nonce": nonce, "day": day, "private": private, "commitment": commitment, "begun": now, "next": now,
                        "payload": u32(nonce) + u32(day) + public + commitment}
        self.rekeys_asked += 1
        return True

    def on_rekey_request(self, header, payload, number, keys, now):
        self.check_flags(header)
        size = 64 if self.suite == 5 else sp.public_key_size(self.suite)
        if len(payload) < 8 + size + 32:
            return violation(f"REKEY_REQUEST with a payload of {len(payload)} bytes")
        self.check_padding("REKEY_REQUEST", payload, 40 + size)
        payload = payload[:40 + size]
        if self.options.refuse_rekey:
            return None
        nonce, day = num(payload[:4]), num(payload[4:8])
        public, commitment = payload[8:8 + size], payload[8 + size:]
        stored = self.answered and self.answered[0] == nonce
        if number <= self.last_request_number or not stored and keys is not self.current or self.server and self.request:
            drops["rekey request"] += 1
            return None
        self.last_request_number = number
        if stored:
            if self.answered[2] != payload:
                violation("REKEY_REQUEST copies with different payloads")
            self.transmit(MANAGEMENT, self.answered[1], sp.REKEY_RESPONSE)
            return None
        self.pending = self.answered = None
        self.request = None  # both asked at once: the client drops its own
        if abs(day - int(self.utc()) // DAY_MS) > 1:
            return violation(f"REKEY_REQUEST of day {day}")
        if not same(commitment, sp.rekey_commitment(public, nonce, self.session_id)):
            return violation("REKEY_REQUEST: wrong commitment")
        suite = 1 if self.suite == 5 else self.suite
        private, own_public = sp.key_pair(suite)
        try:
            secret = sp.shared_secret(suite, private, public)
        except ValueError as e:
            return violation(f"REKEY_REQUEST: public key refused: {e}")
        own = sp.rekey_commitment(own_public, nonce, self.session_id)
        self.pending = sp.next_keys(self.current, self.psk, day, self.session_id, secret, commitment, own)
        self.pending_ends = now + 30_000
        self.beats_allowed_until = now + 30_000
        response = u32(nonce) + own_public + own + sp.rekey_confirmation(self.pending.session_key, self.session_id)
        self.answered = (nonce, response, payload)
        self.transmit(MANAGEMENT, response, sp.REKEY_RESPONSE)
        return None

    def on_rekey_response(self, header, payload, keys, now):
        self.check_flags(header)
        suite = 1 if self.suite == 5 else self.suite
        size = sp.public_key_size(suite)
        if len(payload) < 4 + size + 48:
            return violation(f"REKEY_RESPONSE with a payload of {len(payload)} bytes")
        self.check_padding("REKEY_RESPONSE", payload, 52 + size)
        request = self.request
        if not request or num(payload[:4]) != request["nonce"] or keys is not self.current:
            drops["rekey response"] += 1
            return None
        public, commitment, confirmation = payload[4:4 + size], payload[4 + size:36 + size], payload[36 + size:52 + size]
        if not same(commitment, sp.rekey_commitment(public, request["nonce"], self.session_id)):
            return violation("REKEY_RESPONSE: wrong commitment")
        try:
            secret = sp.shared_secret(suite, request["private"], public)
        except ValueError as e:
            return violation(f"REKEY_RESPONSE: public key refused: {e}")
        new = sp.next_keys(self.current, self.psk, request["day"], self.session_id, secret, request["commitment"], commitment)
        if not same(confirmation, sp.rekey_confirmation(new.session_key, self.session_id)):
            return violation("REKEY_RESPONSE: wrong confirmation")
        self.request, self.rekeys_failed = None, 0
        self.switch(new)
        self.heartbeats_owed += 1
        self.epoch_beats = [0, now]
        return None

    def tick_rekey(self, now):
        if now - self.exchanged > 2 * self.key_life() or max(self.key_packets) > 1 << 21:
            self.gone = "keys expired, error 0x1C"  # nothing goes under them any more, no RST either
            return
        if now - self.exchanged > self.key_life() or self.key_packets[0] > 1 << 20 or self.resumes_under_key >= 24:
            if not self.fin:
                self.ask_rekey()
        if self.previous and self.previous_ends and now > self.previous_ends:
            self.previous = None
        if self.pending and now > self.pending_ends:
            self.pending = self.answered = None
        if self.epoch_beats and now >= self.epoch_beats[1]:
            gaps = (500, 1000, 2000, 4000, 8000)
            sent = self.epoch_beats[0]
            self.epoch_beats = [sent + 1, now + self.shortened(gaps[sent]) if sent < len(gaps) else float("inf")]
            self.send_heartbeat()
        if self.request and now - self.request["begun"] > 10_000:
            self.request = None
            self.rekeys_failed += 1
            if self.rekeys_failed == 3:
                self.gone = "three rekeys in a row unanswered"
            else:
                self.ask_rekey()
        if self.request and now >= self.request["next"]:
            self.request["next"] = now + self.shortened(2000)
            self.transmit(MANAGEMENT, self.request["payload"], sp.REKEY_REQUEST)

    # -- sleep and resume (10, 16)

    def announce_sleep(self, seconds):
        self.announced, self.sleep_answered = {"seconds": seconds, "next": self.clock.now(), "numbers": set()}, False

    def send_unknown(self):
        """What a later version might send: types and subtypes that are not of this one, under a good tag."""
        for kind, subtype in ((0x07, 0), (0x0A, 3), (CONTROL, 200), (MANAGEMENT, 99), (0xFF, 255)):
            self.transmit(kind, secrets.token_bytes(self.rng.randint(0, 200)), subtype)

    def send_rst(self, reason):
        self.transmit(RST, u8(reason), flags=F_RST)
        self.gone = "RST of our own"

    def tick_sleep(self, now):
        if self.announced and not self.sleep_answered and now >= self.announced["next"]:
            self.announced["next"] = now + self.shortened(1000)
            self.heartbeats_owed += 1
            self.announced["numbers"].add(self.send_heartbeat(self.announced["seconds"]))
        if self.waking and self.waking["copies"] < 3 and now >= self.waking["next"]:
            self.send_resume()
        elif self.waking and now - self.waking["since"] > 6000:
            self.gone = "no answer to RESUME within 6 s"

    def wake(self):
        """Goes on as if from a snapshot: nothing is left of the old keys but what checks RESUME."""
        self.asleep, self.announced = False, None
        nonce = secrets.token_bytes(16)
        now = self.clock.now()
        self.waking = {"key": self.current.session_key, "epoch": self.current.epoch, "nonce": nonce, "since": now, "next": now, "copies": 0}
        self.current = sp.resumed_keys(self.current, nonce, self.session_id)
        self.resumes_under_key += 1
        self.previous = self.pending = self.request = self.answered = self.epoch_beats = None
        self.first_of_epoch = None
        self.next_number += 65_536
        self.tick_sleep(now)

    def send_resume(self):
        number = self.next_number
        self.next_number += 1
        self.waking["copies"] += 1
        self.waking["next"] += self.shortened((1000, 2000, 0)[self.waking["copies"] - 1])
        payload = self.waking["nonce"] + u32((number + 1) & 0xFFFFFFFF) + u32(self.highest & 0xFFFFFFFF) + bytes(self.rng.randint(0, MAX_PADDING))
        header = sp.pack_header(MANAGEMENT, sp.RESUME, F_ACK, self.session_id, number, self.highest, self.utc(), len(payload), self.waking["epoch"])
        local, address = self.route(0)
        self.heartbeats_owed += 1
        if self.net.send(local, sp.mask(sp.clear_packet(header, payload, self.waking["key"]), self.mask_key, True), address):
            self.sent_to[number] = address[1]
        self.last_sent = self.clock.now()

    def on_resume(self, plain, header, number, local, source):
        """A server (16)."""
        if not self.server:
            return violation("RESUME of a server")
        payload = plain[26:-16]
        if len(payload) < 24 or header.flags != F_ACK:
            return violation(f"RESUME with flags 0x{header.flags:02x} and {len(payload)} bytes")
        self.check_padding("RESUME", payload, 24)
        nonce, next_send, last_received = payload[:16], num(payload[16:20]), num(payload[20:24])
        copy = self.resumed_from and sp.clear_tag_is_right(plain, self.resumed_from[0])
        base = next((k for k in (self.current, self.pending, self.previous) if k and sp.clear_tag_is_right(plain, k.session_key)), None)
        if not copy and not base:
            drops["tag"] += 1
            return None
        if number <= self.highest:
            drops["resume number"] += 1
            return None
        if next_send != (number + 1) & 0xFFFFFFFF:
            violation(f"RESUME with next_send {next_send} and number {number}")
        if copy and (nonce != self.resumed_from[1] or self.resumed_from[2]):
            drops["resume"] += 1
            return None
        if not copy:
            if base.epoch % 16 != header.epoch:
                violation(f"RESUME of epoch {header.epoch}, its tag is that of {base.epoch}")
            if self.resumes_under_key >= 48:
                drops["resume number 49"] += 1
                return None
            if self.sleeps_from is None:
                violation("RESUME without an announced sleep")
            self.resumed_from = base.session_key, nonce, False
            self.resumes_under_key += 1
            self.resumes += 1
            self.current = sp.resumed_keys(base, nonce, self.session_id)
            self.previous = self.pending = self.request = self.answered = self.epoch_beats = None
            self.first_of_epoch = None
            say("resumed, epoch", self.current.epoch)
        self.highest = number
        self.sleeps_from = None
        self.last_heard = self.clock.now()
        self.lose_all()
        if not copy:
            self.path.begin(source, local, self.next_number)
        self.on_path(number, plain, local, source)
        self.send_heartbeat(to=(local, source))
        return None

    # -- time (11)

    def ask_time(self):
        nonce, t1 = secrets.randbits(32), self.clock.utc()
        self.sync_pending[nonce] = t1
        self.next_sync = self.clock.now() + self.shortened(60_000)
        self.transmit(CONTROL, u32(nonce) + u64(t1), sp.TIME_SYNC_REQUEST)

    def on_time_sync(self, header, payload, now, source, local):
        self.check_flags(header)
        if header.subtype == sp.TIME_SYNC_REQUEST:
            if not self.server:
                return violation("TIME_SYNC_REQUEST of a server")
            if len(payload) < 12:
                return violation(f"TIME_SYNC_REQUEST with a payload of {len(payload)} bytes")
            self.check_padding("TIME_SYNC_REQUEST", payload, 12)
            t1 = num(payload[4:12])
            if abs(t1 - self.clock.utc()) > 41_000:
                violation(f"TIME_SYNC_REQUEST with t1 {t1}, {t1 - self.clock.utc()} ms off")
            t2 = int(self.clock.utc(now))
            self.syncs_answered += 1
            to = (local, source) if self.hops or source != self.path.address and not self.path.validated else None
            self.transmit(CONTROL, payload[:12] + u64(t2) + u64(int(self.utc())), sp.TIME_SYNC_RESPONSE, to=to)
            return None
        if self.server:
            return violation("TIME_SYNC_RESPONSE of a client")
        if len(payload) < 28:
            return violation(f"TIME_SYNC_RESPONSE with a payload of {len(payload)} bytes")
        self.check_padding("TIME_SYNC_RESPONSE", payload, 28)
        nonce, t1, t2, t3 = struct.unpack(">IQQQ", payload[:28])
        if nonce not in self.sync_pending or self.sync_pending[nonce] != t1:
            return violation("TIME_SYNC_RESPONSE to nothing that was asked")
        del self.sync_pending[nonce]
        t4 = self.clock.utc(now)
        delay, offset = (t4 - t1) - (t3 - t2), ((t2 - t1) + (t3 - t4)) / 2
        # Whole milliseconds of two clocks can make -1 of a delay of almost 0.
        if t3 < t2 or delay < -1:
            violation(f"TIME_SYNC_RESPONSE: t3 - t2 = {t3 - t2}, delay {delay}")
        self.syncs_answered += 1
        say(f"time offset {offset:.0f} ms, delay {delay} ms")
        if abs(offset - self.offset) > 2000:
            violation(f"TIME_SYNC_RESPONSE moves the offset from {self.offset:.0f} to {offset:.0f} ms")
        if delay > self.keys.interval + min(d for d, _ in self.samples):
            return None
        self.samples.append((delay, offset))
        best = min(self.samples, key=lambda s: s[0])[1]
        correction = best - self.offset
        self.slew()
        self.target_offset = best
        if abs(correction) > self.keys.interval:
            self.offset = best
        if abs(correction) > 50:
            self.next_sync = self.clock.now() + self.shortened(10_000)
        return None

    # -- time passes

    def tick(self):
        if self.gone or not self.established or self.asleep or self.awaits_verdict:
            return
        now = self.clock.now()
        if self.sleeps_from:
            if now > self.sleeps_from[1]:
                self.gone = "the client did not wake"
            return
        self.tick_sleep(now)
        self.messages.acknowledge_by_hand(now)
        if self.ack_due is None and self.messages.by_hand is not None and self.messages.told > self.done_told:
            self.ack_due = now + 25
        if self.ack_due is not None and now >= self.ack_due:
            self.send_ack()
        if self.server:
            self.tick_path(now)
        self.run_timer()
        self.run_done_timer(now)
        self.tick_rekey(now)
        self.pump()
        incoming = self.messages.incoming[0]
        for m in [m for m, e in incoming.items() if now - e["since"] > 5000]:
            del incoming[m]
        if self.keepalive and self.closed_at is None:
            if now - self.last_sent >= self.beat_after:
                self.send_heartbeat()
            if now - self.last_heard > 3 * 1000 * self.keepalive:
                self.gone = "three keepalive spans unheard"
        if not self.server and now >= self.next_sync and not self.fin:
            self.ask_time()
        self.tick_close(now)

    def tick_close(self, now):
        if self.fin is None and (self.close_wanted or self.peer_fin is not None):
            since = self.peer_fin_at if self.peer_fin is not None else now
            m = self.messages
            missing = self.peer_fin is not None and m.done < self.peer_fin
            if (not missing and not m.kept and not m.queue) or now - since > 10_000:
                if missing:
                    note(f"{self.peer_fin - m.done} reliable messages of the other side never came")
                self.fin = Content(FIN, F_FIN, u32(m.next_id[1]))
                self.fin_at = now
                self.launch(self.fin)
        if self.fin and self.closed_at is None:
            if self.fin.acked and self.peer_fin is not None:
                self.closed_at = now
                if self.messages.peer_done != self.messages.next_id[1]:
                    violation(f"closed in order with done {self.messages.peer_done} of {self.messages.next_id[1]} reliable messages")
                self.check_paddings()
            elif now - self.fin_at > 30_000:
                self.gone = "30 s after FIN without an orderly end"

    @property
    def over(self):
        """Closed in order, and long enough ago that copies have been answered."""
        return self.closed_at is not None and self.clock.now() - max(self.closed_at, self.last_heard) > self.options.linger * 1000
