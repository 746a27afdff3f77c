#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes tests/vectors/vectors.json from PROTOCOL.md, as springtail_protocol.py reads it, and from the inputs below.

    make_vectors.py [FILE]

Nothing in it is drawn at random: the same file comes out each time.
"""

import collections
import hashlib
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import springtail_protocol as sp  # noqa: E402
from springtail_crypto import HMAC128, aes256_gcm, p256_public, u8, u16, u32, u64, x25519  # noqa: E402

FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "vectors", "vectors.json")
WIDE = (1024, 64512)      # the default of version 1
DEFAULT = (24576, 1024)
NARROW = (40000, 1000)

PSK = bytes.fromhex("157df04f16c4f4939f74eadd7428a543e1a6d4de385dc1a0b16399cf9495656c")
OTHER_PSK = bytes.fromhex("00647702c17408bd443fec4050b1e44f")
TOKEN = b"ocean-tiger"
NAME = "Küche 2"
CLIENT_INSTALLATION = bytes.fromhex("5c0b6f1d0e8e4a7fb3e06b1fd0a9c254")
SERVER_INSTALLATION = bytes.fromhex("e91d47a83f2246c5a2be8c7719d1f06a")
SESSION_ID, KEY_EXCHANGE_ID, START = 1254622218319563241, 23911, 1792671081941
CONTINUED_SESSION_ID, CONTINUED_KEY_EXCHANGE_ID = 9105236571204478811, 50722
NONCE = b"example nonce"
SERVER_ENDPOINT = sp.endpoint("192.0.2.10", 40123)
CLIENT_ENDPOINT = sp.endpoint("198.51.100.7", 51000)
LARGEST = 65_536, 255 * sp.FRAGMENT_SIZE  # messages that client and server take

PRIVATE = {  # client's, server's
    1: ("ba168c5988fb2f4b70d4f6347e812d0f7ed4236326156d91fba6335ba76f9759", "ea9c5335786963f30018a958ac499509f94810fd7a777e32aea7d4f4051ec93b"),
    2: ("da31ca5247be7a8193d67848f0d03605d514424c9884fa15298bc30e8e64acd8", "8fbbb7de958f2c4fa344da22a3f7a3cf8e17273cd7a4992940b9cc3ea56483a1"),
    3: ("77a0fa9ba2f667590801f317c3c40b8f21a14fe7b4112178019b11387131432c", "8325ccaa401ae2ca00a92d03774eb68d467f856ff6613ae46f02ac158e0b5783"),
    4: ("38bef03839aed4a87054cf1ed37250e27f39d3bee0c24eecef29515be2df2b35", "1aa91a3b909c094d521762a60a3a56af9eafa3ad98cb386c4cb965a395fa95b6"),
    5: ("27196108f8f47134e71ae5dc92ba2404e339818df4399711fb5fdc1de45a78d6", "678ab21126d86511c8ac0db417fa05387a66cad9d8a5bd008867a6ebfd8822e5"),
    "rekey": ("9ecc55ace2ad3d62b5a51d66e330649be1483ad5701e21d99293074c6e44c3f4",
              "fa7510028d35316012cf0f154d72897a2522a519b5ea4048a4d1fe6b78b83898"),
}
REKEY_NONCE, RESUME_NONCE = 267981021, bytes.fromhex("40eef3b3be4f83ad9087f82c56ef69ac")
DATA_MESSAGE = b"temperature 21.5 C"

# A packet of the file, and how its receiver opens it: `opening` is (tag key,) of a clear packet, and (suite, keys, from_server, near) of others.
Packet = collections.namedtuple("Packet", "path clear mask opening type subtype number fields padding")


class Section(dict):
    """A section of the file. `put` makes a packet: as it is before masking, as it goes over the wire, and how much of it is padding."""

    def __init__(self, place, packets, **values):
        super().__init__(values)
        self.place, self.packets = place, packets

    def drawn(self, item):
        """Stands for a number drawn evenly; a third of all packets go without."""
        h = hashlib.sha256(f"{self.place}.{item}".encode()).digest()
        return h[0] % 64 if h[1] % 3 else 0

    def put(self, item, header, fields, opening, mask, *, wire=None, keep=True, padding=None):
        """`header` holds type, subtype, flags, session_id, number, ack, timestamp, epoch. `wire` is where the masked packet stands."""
        type_, subtype, flags, session_id, number, ack, timestamp, epoch = header
        padding = self.drawn(item) if padding is None else padding
        payload = fields + bytes(padding)
        raw = sp.pack_header(type_, subtype, flags, session_id, number, ack, timestamp, len(payload), epoch)
        clear = len(opening) == 1
        if clear:
            packet = sp.clear_packet(raw, payload, opening[0])
        else:
            suite, keys, from_server, _ = opening
            packet = sp.protect(suite, keys, from_server, number, raw, payload)
        if keep:
            self[item] = packet
        self.setdefault("padding", {})[item] = padding
        masked = sp.mask(packet, mask, clear)
        if wire:
            self[wire] = masked
        else:
            self.setdefault("on_the_wire", {})[item] = masked
        path = f"{self.place}.{wire or 'on_the_wire.' + item}"
        self.packets.append(Packet(path, clear, mask, opening, type_, subtype, number, fields, padding))
        return raw


# ---------------------------------------------------------------- sections 1, 2, 4

def long_term():
    day = sp.date(START)
    daily, truncated = sp.daily_key(PSK, day), sp.daily_key(PSK, day, HMAC128)
    return {
        "psk": PSK, "date": day.decode(), "session_id": SESSION_ID, "key_exchange_id": KEY_EXCHANGE_ID, "utc_ms": START,
        "fingerprint": sp.fingerprint(PSK),
        "daily_key": daily,
        "handshake_key": sp.handshake_key(PSK, 1, day, SESSION_ID, KEY_EXCHANGE_ID, ""),
        "name": NAME,
        "handshake_key_of_name": sp.handshake_key(PSK, 1, day, SESSION_ID, KEY_EXCHANGE_ID, NAME),
        "client_installation_id": CLIENT_INSTALLATION, "server_installation_id": SERVER_INSTALLATION,
        "client_mark": sp.installation_mark(CLIENT_INSTALLATION, SESSION_ID),
        "server_mark": sp.installation_mark(SERVER_INSTALLATION, SESSION_ID),
        "daily_key_truncated_hkdf": truncated,
        "nonce": NONCE,
        "session_key": sp.derive_session_key(daily, SESSION_ID, NONCE),
        "session_key_truncated_hkdf": sp.derive_session_key(truncated, SESSION_ID, NONCE, HMAC128),
    }


def rendezvous():
    return [{"r": str(r), "date": sp.date(r * 10_000).decode(), "port": sp.rendezvous_port(PSK, r, *DEFAULT),
             "port_40000_1000": sp.rendezvous_port(PSK, r, *NARROW), "port_1024_64512": sp.rendezvous_port(PSK, r, *WIDE)}
            for r in (179267107, 179267108, 179267109, 179271359, 179271360)]


def endpoints():
    return {"192.0.2.10:40123": SERVER_ENDPOINT, "198.51.100.7:51000": CLIENT_ENDPOINT,
            "[::ffff:192.0.2.10]:40123": sp.endpoint("::ffff:192.0.2.10", 40123), "[2001:db8::1]:5000": sp.endpoint("2001:db8::1", 5000)}


# ---------------------------------------------------------------- handshakes and sessions (5 to 9)

def epoch_0(keys):
    return sp.EpochKeys(0, keys.session_key, keys.client_key, keys.server_key, keys.authentication_key)


def suite(name, number, features, packets, *, listener="", session_id=SESSION_ID, key_exchange_id=KEY_EXCHANGE_ID, old=None, done=0):
    """A handshake and what follows it. `old` is the section of the session that this one continues."""
    token = TOKEN if number in sp.TOKEN_SUITES else b""
    private = [bytes.fromhex(p) for p in PRIVATE[number]]
    if number == 5:
        public = [sp.spake2_share(token, private[side], side) for side in (0, 1)]
    else:
        public = [p256_public(p) if number in sp.P256_SUITES else x25519(p, u8(9) + bytes(31)) for p in private]
    secret = sp.handshake_secret(number, token, private[0], public[0], public[1], False)
    day = sp.date(START)
    hs_key = sp.handshake_key(PSK, number, day, session_id, key_exchange_id, listener)
    hs_mask = sp.handshake_mask_key(PSK, number, day)
    marks = [sp.installation_mark(i, session_id) for i in (CLIENT_INSTALLATION, SERVER_INSTALLATION)]
    v = Section(name, packets, secret_key="token " + token.decode() if token else "psk of long_term", name=listener)
    if old:
        v.update(session_id=session_id, key_exchange_id=key_exchange_id)
    v.update(client_private=private[0], client_public=public[0], server_private=private[1], server_public=public[1])
    if number == 5:
        v["w"] = sp.token_scalar(token).to_bytes(32, "big")
    v.update(shared_secret=secret, shared_secret_hash=sp.secret_hash(number, secret), server_endpoint=SERVER_ENDPOINT,
             client_endpoint=CLIENT_ENDPOINT, client_mark=marks[0], server_mark=marks[1], port_min=DEFAULT[0], port_count=DEFAULT[1],
             client_largest_message=LARGEST[0], server_largest_message=LARGEST[1], start_utc_ms=str(START), handshake_key=hs_key)

    syn = sp.syn_fields(sp.Syn(key_exchange_id, number, features, 32, 30, START, *DEFAULT, LARGEST[0], marks[0], SERVER_ENDPOINT, public[0]))
    answer = sp.syn_ack_fields(sp.SynAck(key_exchange_id, number, features, 64, 30, *DEFAULT, LARGEST[1], marks[1], CLIENT_ENDPOINT,
                                         sp.secret_hash(number, secret), public[1]))
    both = sp.F_ACK | sp.F_FROM_SERVER
    for item, sent in (("syn", START), ("syn_copy", START + 500)):
        syn_header = v.put(item, (sp.SYN, 0, sp.F_SYN, session_id, 0, 0, sent, 0), syn, (hs_key,), hs_mask)
    syn_ack_header = v.put("syn_ack", (sp.SYN_ACK, 0, sp.F_SYN | both, session_id, 8, (START + 500) % sp.DAY_MS, START + 548, 0), answer,
                           (hs_key,), hs_mask)

    transcript = sp.make_transcript(syn_header, syn, syn_ack_header, answer)
    keys = sp.derive_keys(number, features, secret, *public, key_exchange_id, session_id, transcript, hs_key, PSK, token, DEFAULT[1])
    c, s, epoch, mask = keys.client_sequence, keys.server_sequence, epoch_0(keys), sp.mask_key(keys.session_key)
    confirm = sp.handshake_confirm(keys.session_key, transcript)
    fields = ["client_sequence", "server_sequence", "client_port_offset", "server_port_offset", "session_key", "port_hop_seed",
              "time_sync_offset", "congestion_seed", "client_key", "server_key"]
    if features & sp.DIVERSIFIED:
        fields += ["hop_interval_variance", "hop_sequence_seed", "authentication_key"]
    v.update(transcript=transcript, master=keys.master, parameters={f: getattr(keys, f) for f in fields}, confirm=confirm,
             emergency_secret=sp.emergency_secret(keys.session_key))
    continues, proof = 0, bytes(16)
    if old:
        continues, proof = SESSION_ID, sp.continuation(old["emergency_secret"], transcript)
        v.update(continues=str(continues), continuation=proof, done=done)

    def put(item, type_, subtype, flags, from_server, number_, ack, timestamp, what, **more):
        flags |= both if from_server else sp.F_ACK
        v.put(item, (type_, subtype, flags, session_id, number_, ack, timestamp, 0), what, (number, epoch, from_server, s if from_server else c),
              mask, **more)

    put("ack", sp.ACK, 0, 0, False, c + 1, s, START + 590, sp.confirm_fields(32, done, confirm, continues, proof))
    put("heartbeat", sp.HEARTBEAT, 0, 0, True, s + 1, c + 1, START + 595, sp.heartbeat_fields(START + 595, 0, continues))
    put("data", sp.DATA, 0, sp.F_PSH, False, c + 2, s + 1, START + 600,
        sp.data_fields(0, 2, 0, 1, sp.RELIABLE, DATA_MESSAGE), padding=0)
    v["data_message"] = DATA_MESSAGE
    # Its receiver has seen a number near 2^32 before.
    v.put("data_past_2_32", (sp.DATA, 0, sp.F_PSH | sp.F_ACK, session_id, (1 << 32) + 5, s + 1, START + 601, 0),
          sp.data_fields(1, 3, 0, 1, 0, b"past 2^32"), (number, epoch, False, 1 << 32), mask, padding=0)
    put("time_sync_request", sp.CONTROL, sp.TIME_SYNC_REQUEST, 0, False, c + 3, s + 1, START + 602, u32(7) + u64(123456))
    put("ack_with_sack", sp.ACK, 0, sp.F_SACK, False, c + 4, s + 9, START + 603, sp.ack_fields(32, 0xB7, 5),
        padding=40 if features & sp.DIVERSIFIED else 0)
    put("data_padded", sp.DATA, 0, sp.F_PSH, False, c + 5, s + 9, START + 604,
        sp.data_fields(2, 5, 0, 1, sp.RELIABLE, DATA_MESSAGE, 17), padding=0)
    token_of_path = int.from_bytes(hashlib.sha256(b"path" + u8(number)).digest()[:8], "big")
    v["path_token"] = str(token_of_path)
    put("path_challenge", sp.CONTROL, sp.PATH_CHALLENGE, 0, True, s + 10, c + 5, START + 610, u64(token_of_path))
    put("path_response", sp.CONTROL, sp.PATH_RESPONSE, 0, False, c + 6, s + 10, START + 615, u64(token_of_path))
    v.update(handshake_mask_key=hs_mask, session_mask_key=mask, hop_key=keys.hop_key, hop_interval_ms=keys.interval)

    def ports(range_):
        return sp.derive_keys(number, features, secret, *public, key_exchange_id, session_id, transcript, hs_key, PSK, token, range_[1])
    here, narrow, wide = (ports(r) for r in (DEFAULT, NARROW, WIDE))
    now = keys.window(START)
    v["ports"] = [{"w": str(w), "client": here.port(0, w, *DEFAULT), "server": here.port(1, w, *DEFAULT),
                   "server_40000_1000": narrow.port(1, w, *NARROW),
                   "client_1024_64512": wide.port(0, w, *WIDE), "server_1024_64512": wide.port(1, w, *WIDE)} for w in range(now - 1, now + 6)]
    return v, keys, mask


def hop_past_32_bits():
    v = {"side": 1, "port_min": 1024, "port_count": 64512,
         "hop_key": bytes.fromhex("f0a289923ed634acec748941a7fab6a057e5d4a5cb29e5e2b6136d639897c74a"), "w": "97759", "offset": 65535}
    v["port"] = sp.hop_port(v["hop_key"], 1, 97759, 65535, *WIDE)
    return v


# ---------------------------------------------------------------- rekey, repair, resume (12, 13, 16)

REKEY_PRIVATE = [bytes.fromhex(p) for p in PRIVATE["rekey"]]
REKEY_PUBLIC = [p256_public(p) for p in REKEY_PRIVATE]
REKEY_SECRET = sp.p256_shared(REKEY_PRIVATE[0], REKEY_PUBLIC[1])
COMMITMENTS = [sp.rekey_commitment(p, REKEY_NONCE, SESSION_ID) for p in REKEY_PUBLIC]


def rekey(packets, keys, mask):
    day, c, s, old = 20748, keys.client_sequence, keys.server_sequence, epoch_0(keys)
    new = sp.next_keys(old, PSK, day, SESSION_ID, REKEY_SECRET, *COMMITMENTS)
    confirmation = sp.rekey_confirmation(new.session_key, SESSION_ID)
    v = Section("rekey", packets, about="follows suite_1", requester_private=REKEY_PRIVATE[0], requester_public=REKEY_PUBLIC[0],
                responder_private=REKEY_PRIVATE[1], responder_public=REKEY_PUBLIC[1], shared_secret=REKEY_SECRET, rekey_nonce=REKEY_NONCE,
                day=day, requester_commitment=COMMITMENTS[0], responder_commitment=COMMITMENTS[1], old_session_key=keys.session_key,
                session_key=new.session_key, client_key=new.client_key, server_key=new.server_key, confirmation=confirmation)
    at = START + 900_000
    v.put("request", (sp.MANAGEMENT, sp.REKEY_REQUEST, sp.F_ACK, SESSION_ID, c + 10, s + 2, at, 0),
          u32(REKEY_NONCE) + u32(day) + REKEY_PUBLIC[0] + COMMITMENTS[0], (1, old, False, c), mask)
    v.put("response", (sp.MANAGEMENT, sp.REKEY_RESPONSE, sp.F_ACK | sp.F_FROM_SERVER, SESSION_ID, s + 3, c + 10, at + 10, 0),
          u32(REKEY_NONCE) + REKEY_PUBLIC[1] + COMMITMENTS[1] + confirmation, (1, old, True, s), mask)
    v.put("first_heartbeat", (sp.HEARTBEAT, 0, sp.F_ACK, SESSION_ID, c + 11, s + 3, at + 20, 1),
          sp.heartbeat_fields(at + 20), (1, new, False, c), mask)
    return v


def repair(keys):
    a, b, nonce, key = 4245746356, 3139258938, REKEY_NONCE, keys.session_key
    ca, cb = (sp.repair_commitment(n, nonce, SESSION_ID) for n in (a, b))
    return {"session_key": key, "nonce": nonce, "requester_next_send": a, "responder_next_send": b, "requester_commitment": ca,
            "responder_commitment": cb, "responder_proof": sp.repair_proof(key, b, nonce, ca, SESSION_ID),
            "requester_proof": sp.repair_proof(key, a, nonce, cb, SESSION_ID),
            "confirmation_proof": sp.repair_confirmation(key, a, b, SESSION_ID)}


def put_resume(v, number, last_received, at, old, mask):
    v.put("resume", (sp.MANAGEMENT, sp.RESUME, sp.F_ACK, SESSION_ID, number, last_received, at, old.epoch),
          RESUME_NONCE + u32((number + 1) % (1 << 32)) + u32(last_received % (1 << 32)), (old.session_key,), mask)


def resume(packets, keys, mask):
    c, s, old = keys.client_sequence, keys.server_sequence, epoch_0(keys)
    saved, last_received, at = c + 41, s + 20, START + 600_000
    new = sp.resumed_keys(old, RESUME_NONCE, SESSION_ID)
    number = saved + 65536
    v = Section("resume", packets, about="follows suite_1", resume_nonce=RESUME_NONCE, saved_next_number=str(saved), number=str(number),
                last_received=last_received, session_key=new.session_key, client_key=new.client_key, server_key=new.server_key)
    put_resume(v, number, last_received, at, old, mask)
    v.put("data", (sp.DATA, 0, sp.F_ACK | sp.F_PSH, SESSION_ID, number + 1, last_received, at, 1),
          sp.data_fields(3, 6, 0, 1, sp.RELIABLE, b"awake"), (1, new, False, number), mask, padding=0)
    return v


def rekey_and_resume_diversified(packets, keys, mask):
    c, at = keys.client_sequence, START + 1_000_000
    new = sp.next_keys(epoch_0(keys), PSK, 20748, SESSION_ID, REKEY_SECRET, *COMMITMENTS)
    resumed = sp.resumed_keys(new, RESUME_NONCE, SESSION_ID)
    v = Section("rekey_and_resume_diversified", packets,
                about="follows suite_1_diversified, with the keys and commitments of rekey and the nonce of resume",
                session_key=new.session_key, authentication_key=new.authentication_key, resumed_session_key=resumed.session_key,
                resumed_authentication_key=resumed.authentication_key)
    v.put("time_sync_request", (sp.CONTROL, sp.TIME_SYNC_REQUEST, sp.F_ACK, SESSION_ID, c + 13, 99, at, 1), u32(8) + u64(777),
          (1, new, False, c), mask)
    put_resume(v, c + 65_597, 99, at + 100_000, new, mask)
    v.put("resumed_time_sync_request", (sp.CONTROL, sp.TIME_SYNC_REQUEST, sp.F_ACK, SESSION_ID, c + 65_598, 99, at + 100_000, 2),
          u32(9) + u64(778), (1, resumed, False, c + 65_597), mask)
    return v


def rekey_suite_5(packets, keys, mask):
    c, at = keys.client_sequence, START + 900_020
    new = sp.next_keys(epoch_0(keys), keys.session_key, 20748, SESSION_ID, REKEY_SECRET, *COMMITMENTS)
    v = Section("rekey_suite_5", packets, about="follows suite_5, with the P-256 keys and commitments of rekey; psk is K",
                session_key=new.session_key, client_key=new.client_key, server_key=new.server_key,
                confirmation=sp.rekey_confirmation(new.session_key, SESSION_ID))
    v.put("first_heartbeat", (sp.HEARTBEAT, 0, sp.F_ACK, SESSION_ID, c + 11, 7, at, 1), sp.heartbeat_fields(at), (5, new, False, c), mask,
          wire="on_the_wire")
    return v


# ---------------------------------------------------------------- emergency (14.3)

IV, RESPONSE_IV = bytes.fromhex("a8880a1ef6120d70a3576bc11a38ef29"), bytes.fromhex("4962f10a6e93d7722b64ba5a83346583")
RECOVERY_TOKEN = bytes.fromhex("d0ad3c22d1f615bd7cd05656d70f2a9af25e810fa2c6e6055a1a309b8a2e5ff9")
RECOVERY_SESSION_ID, CHALLENGE = 1691223963528258346, 1827907236558945315
EMERGENCY_UTC, LAST_GOOD, REASON = 1792713605000, 2770597953, 11


def emergency(packets, keys):
    ends = SERVER_ENDPOINT, CLIENT_ENDPOINT
    identity = sp.connection_id(ends, PSK)
    context = sp.emergency_context(SESSION_ID, ends, START, LAST_GOOD, REASON, sp.emergency_secret(keys.session_key))
    key = sp.emergency_key(PSK, SESSION_ID, context)
    interim = sp.emergency_keys(PSK, EMERGENCY_UTC, SESSION_ID, RECOVERY_TOKEN, RECOVERY_SESSION_ID, 2, False)
    mask = sp.mask_key(interim.session_key)
    payload = RECOVERY_TOKEN + u64(RECOVERY_SESSION_ID) + u64(EMERGENCY_UTC)
    response = RECOVERY_TOKEN + u64(RECOVERY_SESSION_ID) + u64(EMERGENCY_UTC + 30)
    v = Section("emergency", packets, about="follows suite_1", connection_id=str(identity), context=context, reason=REASON,
                last_good_sequence=LAST_GOOD, start_utc_ms=str(START), utc_ms=str(EMERGENCY_UTC), emergency_key=key, iv=IV,
                response_iv=RESPONSE_IV, payload=payload, response_payload=response, recovery_token=RECOVERY_TOKEN,
                recovery_session_id=str(RECOVERY_SESSION_ID), session_key=interim.session_key, client_key=interim.client_key,
                server_key=interim.server_key, mask_key=mask, challenge=str(CHALLENGE), key_check=sp.key_check(interim.session_key, CHALLENGE),
                key_check_reply=sp.key_check_reply(interim.session_key, CHALLENGE))

    def sealed(iv, text): return iv + aes256_gcm(key, iv, text, b"emergency_recovery_v1")
    hs_mask = sp.handshake_mask_key(PSK, 1, sp.date(EMERGENCY_UTC))
    v.put("request", (sp.CONTROL, sp.EMERGENCY_REQUEST, sp.F_ACK, SESSION_ID, 0, 0, EMERGENCY_UTC, 0),
          u64(identity) + u64(START) + u32(LAST_GOOD) + u8(REASON) + sealed(IV, payload), (key,), hs_mask, padding=21)
    v.put("response", (sp.CONTROL, sp.EMERGENCY_RESPONSE, sp.F_ACK | sp.F_FROM_SERVER, SESSION_ID, 0, 0, EMERGENCY_UTC + 30, 2),
          sealed(RESPONSE_IV, response), (key,), hs_mask, padding=8)
    return v, interim, mask


def after_emergency(packets, e, interim, mask):
    day, at = 20749, EMERGENCY_UTC + 60
    v = Section("after_emergency", packets, about="follows emergency, with the keys, nonce and commitments of rekey")
    v.put("key_check", (sp.MANAGEMENT, sp.KEY_CHECK, sp.F_ACK, SESSION_ID, 1, 0, at, 2), e["key_check"], (1, interim, False, 0), mask)
    v.put("key_check_reply", (sp.MANAGEMENT, sp.KEY_CHECK_REPLY, sp.F_ACK | sp.F_FROM_SERVER, SESSION_ID, 1, 1, at + 10, 2),
          e["key_check_reply"], (1, interim, True, 0), mask)
    v.put("rekey_request", (sp.MANAGEMENT, sp.REKEY_REQUEST, sp.F_ACK, SESSION_ID, 2, 1, at + 20, 2),
          u32(REKEY_NONCE) + u32(day) + REKEY_PUBLIC[0] + COMMITMENTS[0], (1, interim, False, 0), mask)
    new = sp.next_keys(interim, PSK, day, SESSION_ID, REKEY_SECRET, *COMMITMENTS)
    master = sp.master_from_session_key(new.session_key)
    keys = sp.keys_from_master(master)
    v.update(day=day, session_key=new.session_key, client_key=new.client_key, server_key=new.server_key,
             confirmation=sp.rekey_confirmation(new.session_key, SESSION_ID), master=master)
    for field in ("client_sequence", "server_sequence", "client_port_offset", "server_port_offset", "port_hop_seed", "time_sync_offset", "hop_key"):
        v[field] = getattr(keys, field)
    v.put("first_heartbeat", (sp.HEARTBEAT, 0, sp.F_ACK, SESSION_ID, keys.client_sequence + 1, keys.server_sequence, EMERGENCY_UTC + 200, 3),
          sp.heartbeat_fields(EMERGENCY_UTC + 200), (1, new, False, keys.client_sequence), sp.mask_key(new.session_key))
    w = keys.window(EMERGENCY_UTC)
    v.update(w=str(w), client_port=keys.port(0, w, *DEFAULT), server_port=keys.port(1, w, *DEFAULT),
             client_port_1024_64512=keys.port(0, w, *WIDE), server_port_1024_64512=keys.port(1, w, *WIDE))
    return v


# ---------------------------------------------------------------- discovery, clock (15, 11)

DISCOVERY_ID, SALT = 7177873746103433628, 773620493
CHALLENGE_NONCE = bytes.fromhex("89c4d13af272e8125c15f4a5996bdf9ad448272c24571969f41579823c594d87")
RESPONDER_NONCE = hashlib.sha256(b"responder_nonce").digest()
OFFERED_BY_CHANCE = [hashlib.sha256(b"candidate" + u8(i)).digest() for i in range(3)]
CLOCK_NONCE = 0xF6344B4A71EC0535


def sequence_by_chance(name):
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")


def discovery(packets):
    psks = PSK, OTHER_PSK
    id_ = u64(DISCOVERY_ID)
    blinded = [sp.blinded(p, DISCOVERY_ID, SALT) for p in psks]
    candidates = [sp.candidate(b, CHALLENGE_NONCE) for b in blinded]

    def proof(role): return sp.proof(PSK, sp.SHA256(CHALLENGE_NONCE + role), DISCOVERY_ID)
    key, mask = sp.integrity_key(DISCOVERY_ID), sp.mask_key(sp.PUBLIC_HANDSHAKE_KEY)
    bits = sp.make_filter(psks, DISCOVERY_ID, SALT)
    v = Section("discovery", packets, psks=list(psks), discovery_id=str(DISCOVERY_ID), salt=SALT, blinded=blinded, filter=bits,
                filter_512=sp.make_filter(psks, DISCOVERY_ID, SALT, 512), candidates=candidates,
                confirmation=sp.confirmation(PSK, DISCOVERY_ID, SALT), challenge_nonce=CHALLENGE_NONCE, responder_nonce=RESPONDER_NONCE,
                **{"proof_" + role: proof(role.encode()) for role in ("initiator", "responder", "offer")},
                proof_match=proof(RESPONDER_NONCE + b"match"), integrity_key=key, mask_key=mask)
    offered = [candidates[0], *OFFERED_BY_CHANCE]
    stranger = sp.proof(OTHER_PSK, sp.SHA256(CHALLENGE_NONCE + b"offer"), DISCOVERY_ID)
    for item, subtype, fields in (
            ("request", sp.REQUEST, id_ + u32(SALT) + u16(2) + u16(256) + u16(0) + u16(0) + bits),
            ("response", sp.RESPONSE, id_ + u16(4) + u16(0) + u16(0) + u16(0) + CHALLENGE_NONCE + b"".join(offered)),
            ("confirm", sp.CONFIRM, id_ + v["confirmation"] + proof(b"initiator")),
            ("accept", sp.ACCEPT, id_ + u16(0) + proof(b"responder")),
            ("proofs", sp.PROOFS, id_ + CHALLENGE_NONCE + u8(2) + proof(b"offer") + stranger),
            ("proofs_match", sp.PROOFS_MATCH, id_ + RESPONDER_NONCE + v["proof_match"]),
            ("refused", sp.RESPONSE, id_ + u16(0) + u16(2) + u16(0) + u16(0) + bytes(32))):
        flags = sp.F_FROM_SERVER if subtype in (sp.RESPONSE, sp.ACCEPT, sp.PROOFS_MATCH) else 0
        v.put(item, (sp.DISCOVERY, subtype, flags, DISCOVERY_ID, sequence_by_chance(item), 0, 0, 0), fields, (key,), mask, keep=False)
    return v


def clock(name, listener, packets):
    key = sp.clock_key(PSK, listener)
    mask = sp.mask_key(key)
    v = Section(name, packets, psk=PSK, name=listener, clock_key=key, mask_key=mask, utc_ms=str(START))
    v.put("request", (sp.DISCOVERY, sp.CLOCK_REQUEST, 0, CLOCK_NONCE, sequence_by_chance(name + " request"), 0, 0, 0), u64(CLOCK_NONCE),
          (key,), mask, wire="request_on_the_wire", padding=12)
    v.put("response", (sp.DISCOVERY, sp.CLOCK_RESPONSE, sp.F_FROM_SERVER, CLOCK_NONCE, sequence_by_chance(name + " response"), 0, 0, 0),
          u64(CLOCK_NONCE) + u64(START), (key,), mask, wire="response_on_the_wire")
    return v


# ---------------------------------------------------------------- the file

def build():
    """The file's contents, and its packets."""
    packets = []
    v = {
        "about": "Worked values for PROTOCOL.md. Byte strings are hex; integers are decimal; u64 values are decimal strings. Packets stand "
                 "before masking; on_the_wire holds them masked, padding how many bytes of their payload are padding.",
        "protocol": sp.VERSION,
        "long_term": long_term(), "rendezvous": rendezvous(), "endpoints": endpoints()}
    s1, keys1, mask1 = suite("suite_1", 1, 2, packets)
    v["suite_1"] = s1
    v["suite_1_diversified"], keys1d, mask1d = suite("suite_1_diversified", 1, 3, packets)
    v["suite_2"] = suite("suite_2", 2, 2, packets, listener=NAME)[0]
    v["suite_3"] = suite("suite_3", 3, 2, packets)[0]
    v["suite_4"] = suite("suite_4", 4, 2, packets)[0]
    v["suite_5"], keys5, mask5 = suite("suite_5", 5, 2, packets)
    v["continued"], _, _ = suite("continued", 2, 0, packets, session_id=CONTINUED_SESSION_ID, key_exchange_id=CONTINUED_KEY_EXCHANGE_ID,
                                 old=s1, done=6)
    v["continued"] = {"about": "a session of suite 2 that continues that of suite_1", **v["continued"]}
    v["hop_past_32_bits"] = hop_past_32_bits()
    v["rekey"] = rekey(packets, keys1, mask1)
    v["repair"] = repair(keys1)
    v["resume"] = resume(packets, keys1, mask1)
    v["rekey_and_resume_diversified"] = rekey_and_resume_diversified(packets, keys1d, mask1d)
    v["rekey_suite_5"] = rekey_suite_5(packets, keys5, mask5)
    v["emergency"], interim, mask = emergency(packets, keys1)
    v["after_emergency"] = after_emergency(packets, v["emergency"], interim, mask)
    v["discovery"] = discovery(packets)
    v["clock"] = clock("clock", "", packets)
    v["clock_of_name"] = clock("clock_of_name", NAME, packets)
    return plain(v), packets


LONG = {"session_id", "discovery_id"}


def plain(v, key=None):
    """As JSON has it: bytes in hex, u64 values as decimal strings, the rest as it is."""
    if isinstance(v, dict):
        return {k: plain(x, k) for k, x in v.items()}
    if isinstance(v, (list, tuple)):
        return [plain(x) for x in v]
    if isinstance(v, (bytes, bytearray)):
        return bytes(v).hex()
    return str(v) if key in LONG or isinstance(v, int) and v >= 1 << 32 else v


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else FILE
    with open(path, "w", encoding="ascii", newline="\n") as f:
        json.dump(build()[0], f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
