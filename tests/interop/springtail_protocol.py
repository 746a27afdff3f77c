# SPDX-License-Identifier: MIT
"""The formulas and packets of PROTOCOL.md (version 2), read from its text alone. Section numbers in comments are its own."""

import collections
import dataclasses
import datetime
import functools
import ipaddress
import secrets
import struct

from springtail_crypto import (HKDF, HKDF_Expand, HMAC, HMAC128, N, P, PBKDF2, SHA256, G, aead_seal, aead_tag, chacha20, num, p256_decompress,
                               p256_multiply, p256_point, p256_public, p256_shared, p256_sum, point_bytes, same, u8, u16, u32, u64, x25519,
                               x25519_shared, xor)

VERSION = 2

# ---------------------------------------------------------------- notation (1)

DAY_MS = 86_400_000


def text8(text):
    raw = text.encode()
    if len(raw) > 64:
        raise ValueError("a text of more than 64 bytes")
    return u8(len(raw)) + raw


def date(utc_ms):
    return datetime.datetime.fromtimestamp(utc_ms // 1000, datetime.timezone.utc).strftime("%Y-%m-%d").encode()


def signed_difference(a, b):
    """a - b of two timestamps, modulo the day, as a signed value."""
    return (a - b + DAY_MS // 2) % DAY_MS - DAY_MS // 2


def near_day(timestamp, utc_ms):
    """The full time with this timestamp that is nearest to utc_ms."""
    return utc_ms + signed_difference(timestamp, utc_ms % DAY_MS)


def endpoint(host, port):
    ip = ipaddress.ip_address(host.split("%")[0])
    if ip.version == 6 and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    return u8(ip.version) + ip.packed.ljust(16, b"\0") + u16(port)


def endpoint_is_well_formed(e):
    if e[0] == 4:
        return e[5:17] == bytes(12)
    return e[0] == 6 and ipaddress.IPv6Address(e[1:17]).ipv4_mapped is None


# ---------------------------------------------------------------- suites (7, 17)

P256_SUITES = (1, 3)
HMAC_SUITES = (1, 3)
PSK_SUITES = (1, 2, 3)
TOKEN_SUITES = (4, 5)
DIVERSIFIED, CLIENT_HOPS = 1, 2

# SPAKE2: of the shares the client's has w M in it, the server's w N.
BLINDS = (p256_decompress("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f"),
          p256_decompress("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49"))


@functools.lru_cache(8)
def token_scalar(token):
    return num(PBKDF2(token, b"springtail_token_v1", 4096, 40)) % N


def spake2_share(token, private, server):
    return point_bytes(p256_sum(p256_multiply(num(private), G), p256_multiply(token_scalar(token), BLINDS[server])))


def spake2_secret(token, private, own, peer, server):
    """K = SHA256(TT); ValueError for a share that is no point or leads to infinity."""
    share = p256_point(peer)
    x, y = p256_multiply(token_scalar(token), BLINDS[not server])
    if (x, y) == share:
        raise ValueError("the share leads to infinity")
    point = p256_multiply(num(private), p256_sum(share, (x, P - y)))
    pa, pb = (peer, own) if server else (own, peer)
    parts = (b"springtail_client", b"springtail_server", b"\4" + pa, b"\4" + pb, b"\4" + point_bytes(point),
             token_scalar(token).to_bytes(32, "big"))
    return SHA256(b"".join(len(p).to_bytes(8, "little") + p for p in parts))


def public_key_size(suite):
    return 32 if suite in (2, 4) else 64


def key_pair(suite):
    if suite in P256_SUITES:
        private = (1 + secrets.randbelow(N - 1)).to_bytes(32, "big")
        return private, p256_public(private)
    private = secrets.token_bytes(32)
    return private, x25519(private, u8(9) + bytes(31))


def shared_secret(suite, private, public):
    return p256_shared(private, public) if suite in P256_SUITES else x25519_shared(private, public)


def bad_public_key(suite, public):
    return public[:-1] + u8(public[-1] ^ 1) if suite in P256_SUITES or suite == 5 else bytes(32)


def handshake_pair(suite, token, server):
    """What SYN or SYN_ACK carry as public key, after the private key."""
    if suite != 5:
        return key_pair(suite)
    private = (1 + secrets.randbelow(N - 1)).to_bytes(32, "big")
    return private, spake2_share(token, private, server)


def handshake_secret(suite, token, private, own, peer, server):
    return spake2_secret(token, private, own, peer, server) if suite == 5 else shared_secret(suite, private, peer)


# ---------------------------------------------------------------- keys (2, 4, 6, 7, 8, 11)

PUBLIC_HANDSHAKE_KEY = SHA256(b"springtail_public_handshake_v1")


def fingerprint(psk):
    return SHA256(psk + b"psk_fingerprint_v2")[:16]


@functools.lru_cache(64)
def daily_key(psk, day, mac=HMAC):
    return HKDF(b"daily_key_salt", psk, b"daily_key" + day, 32, mac)


def derive_session_key(daily, session_id, nonce, mac=HMAC):
    return HKDF(u64(session_id), daily, b"session_key" + nonce, 32, mac)


def handshake_key(psk, suite, day, session_id, key_exchange_id, name):
    if suite in TOKEN_SUITES:
        return PUBLIC_HANDSHAKE_KEY
    return derive_session_key(daily_key(psk, day), session_id, b"handshake_v2" + u16(key_exchange_id) + text8(name))


def installation_mark(installation_id, session_id):
    return HMAC(installation_id, b"installation_v2" + u64(session_id))[:8]


def mask_key(key):
    return HMAC(key, b"mask_v1")


def handshake_mask_key(psk, suite, day):
    return mask_key(PUBLIC_HANDSHAKE_KEY if suite in TOKEN_SUITES else daily_key(psk, day))


@functools.lru_cache(256)
def rendezvous_port(psk, r, port_min, port_count):
    h = HMAC(daily_key(psk, date(r * 10_000)), b"rendezvous_v1" + u64(r))
    return port_min + num(h[:4]) % port_count


def clock_key(psk, name):
    return HKDF(b"", psk, b"clock_v2" + text8(name), 32)


def make_transcript(syn_header, syn_fields, syn_ack_header, syn_ack_fields):
    return SHA256(syn_header[:12] + syn_fields + syn_ack_header[:12] + syn_ack_fields)


def secret_hash(suite, secret):
    """Zeros in suite 5: there the client confirms first."""
    return bytes(32) if suite == 5 else SHA256(secret + b"ecdh_verification_v1")


def handshake_confirm(session_key, transcript):
    return HMAC128(session_key, b"handshake_confirm_v1" + transcript)


def emergency_secret(session_key):
    """Of the session key of epoch 0; it outlives that key (14.2, 14.3, 16.1)."""
    return HMAC(session_key, b"emergency_context_v1")


def continuation(old_secret, transcript):
    """Proves to the server that the session of this emergency secret is the client's own (14.2)."""
    return HMAC128(old_secret, b"continues_v2" + transcript)


@dataclasses.dataclass
class Keys:
    master: bytes
    client_sequence: int
    server_sequence: int
    client_port_offset: int
    server_port_offset: int
    session_key: bytes
    port_hop_seed: int
    time_sync_offset: int
    congestion_seed: int
    client_key: bytes = b""
    server_key: bytes = b""
    hop_interval_variance: int = 0
    hop_sequence_seed: int = None
    authentication_key: bytes = None

    @property
    def interval(self):
        return 500 + self.hop_interval_variance

    @functools.cached_property
    def hop_key(self):
        seed = b"" if self.hop_sequence_seed is None else u16(self.hop_sequence_seed)
        return HMAC(self.session_key, b"port_hop_v1" + u32(self.port_hop_seed) + seed)

    def window(self, utc_ms):
        return int(utc_ms + self.time_sync_offset) // self.interval

    def port(self, side, w, port_min, port_count):
        offset = self.server_port_offset if side else self.client_port_offset
        return hop_port(self.hop_key, side, w, offset, port_min, port_count)


@functools.lru_cache(4096)
def hop_port(hop_key, side, w, offset, port_min, port_count):
    return port_min + (num(HMAC(hop_key, b"port_v1" + u8(side) + u64(w))[:4]) + offset) % port_count


def suite_session_key(suite, secret, psk, token, transcript):
    """K of section 7."""
    if suite == 2:
        return HKDF(psk, secret, b"springtail_x25519_v1" + transcript, 32)
    if suite == 3:
        s = HKDF(b"", secret, b"handshake data", 32)
        return xor(s, HKDF(b"", s, b"fuzzy-extraction", 32))
    if suite == 4:
        return HKDF(token, secret, b"file-transfer-session", 32)
    return secret


def master_from_session_key(k):
    master = HKDF_Expand(k, b"springtail_parameters_v1", 128)
    return master[:12] + k + master[44:]


def keys_from_master(master):
    def chunk(i): return num(master[2 * i:2 * i + 2])
    return Keys(master, num(master[0:4]), num(master[4:8]), chunk(4), chunk(5), master[12:44],
                num(master[44:48]), chunk(24), chunk(25))


def derive_keys(suite, features, secret, client_public, server_public, key_exchange_id, session_id, transcript,
                hs_key, psk, token, port_count):
    both = client_public + server_public
    if suite == 1:
        salt = SHA256(both + u16(key_exchange_id) + b"ecdh_salt_v1")
        master = PBKDF2(secret, salt, 4096, 128)
    else:
        master = master_from_session_key(suite_session_key(suite, secret, psk, token, transcript))
    keys = keys_from_master(master)
    traffic = HKDF(hs_key, master[64:128], b"traffic_v1" + transcript, 64)
    keys.client_key, keys.server_key = traffic[:32], traffic[32:]
    if features & DIVERSIFIED:
        m = PBKDF2(secret, SHA256(both + b"sequence_derivation_v1"), 2048, 16)
        keys.client_sequence = num(m[0:4]) % 0xFFFFFFFF
        keys.server_sequence = num(m[4:8]) % 0xFFFFFFFF
        m = PBKDF2(secret, SHA256(both + b"port_derivation_v1"), 2048, 8)
        keys.client_port_offset = num(m[0:2]) % port_count
        keys.server_port_offset = num(m[2:4]) % port_count
        keys.hop_interval_variance = num(m[4:6]) % 1000
        keys.hop_sequence_seed = num(m[6:8])
        keys.authentication_key = PBKDF2(secret, u64(session_id) + b"session_auth_v1", 4096, 32)
    return keys


# ---------------------------------------------------------------- epochs (12, 14.3, 16)

@dataclasses.dataclass
class EpochKeys:
    epoch: int
    session_key: bytes
    client_key: bytes
    server_key: bytes
    authentication_key: bytes = None


def epoch_keys(epoch, session_key, client_key, server_key, diversified):
    return EpochKeys(epoch, session_key, client_key, server_key, HMAC(session_key, b"session_auth_v1") if diversified else None)


def rekey_commitment(public, nonce, session_id):
    return SHA256(public + u32(nonce) + u64(session_id) + b"key_commitment")


def rekey_confirmation(session_key, session_id):
    return HMAC128(session_key, b"rekey_confirmation" + u64(session_id))


def next_keys(old, psk, day, session_id, secret, requester_commitment, responder_commitment):
    commitments = requester_commitment + responder_commitment
    combined = secret + commitments + HMAC(old.session_key, b"rekey_chain_v1")
    session_key = derive_session_key(daily_key(psk, date(day * DAY_MS)), session_id, combined)
    traffic = HKDF(session_key, secret, b"traffic_v1" + commitments, 64)
    return epoch_keys(old.epoch + 1, session_key, traffic[:32], traffic[32:], old.authentication_key)


def resumed_keys(old, nonce, session_id):
    k = HKDF(nonce, old.session_key + old.client_key + old.server_key, b"resume_v1" + u64(session_id), 96)
    return epoch_keys(old.epoch + 1, k[:32], k[32:64], k[64:], old.authentication_key)


# ---------------------------------------------------------------- sequence repair (13), emergency (14.3)

def repair_commitment(next_send, nonce, session_id):
    return SHA256(u32(next_send) + u32(nonce) + u64(session_id) + b"sequence_commitment_v1")


def repair_proof(session_key, own_next_send, nonce, other_commitment, session_id):
    return HMAC128(session_key, u32(own_next_send) + u32(nonce) + other_commitment + u64(session_id))[:4]


def repair_confirmation(session_key, a, b, session_id):
    return HMAC128(session_key, u32(min(a, b)) + u32(max(a, b)) + u64(session_id))[:4]


KEY_CHECK_TEXT = b"emergency_recovery_key_test_v1"


def connection_id(endpoints, psk):
    first, second = sorted(endpoints)
    return num(SHA256(first + second + psk + b"connection_id_v1")[:8])


def emergency_context(session_id, endpoints, start_utc_ms, last_good_sequence, reason, secret):
    first, second = sorted(endpoints)
    return u64(session_id) + first + second + u64(start_utc_ms) + u32(last_good_sequence) + u8(reason) + secret


def emergency_key(psk, session_id, context):
    return HKDF(b"emergency_recovery_salt_v1" + u64(session_id), psk, b"emergency_recovery_key" + context, 32)


def emergency_keys(psk, utc_ms, session_id, recovery_token, recovery_session_id, epoch, diversified):
    """The interim keys, which serve a key check and a rekey only."""
    nonce = recovery_token + u64(recovery_session_id) + b"emergency_session_key_v1"
    session_key = derive_session_key(daily_key(psk, date(utc_ms)), session_id, nonce)
    traffic = HKDF(session_key, recovery_token, b"traffic_v1", 64)
    return epoch_keys(epoch, session_key, traffic[:32], traffic[32:], diversified)


def key_check(session_key, challenge):
    return KEY_CHECK_TEXT + HMAC128(session_key, KEY_CHECK_TEXT) + u64(challenge)


def key_check_reply(session_key, challenge):
    return u64(challenge) + HMAC128(session_key, KEY_CHECK_TEXT + u64(challenge))


# ---------------------------------------------------------------- discovery (15)

def integrity_key(discovery_id):
    return SHA256(b"discovery_integrity_v1" + u64(discovery_id))


def blinded(psk, discovery_id, salt):
    return HMAC128(fingerprint(psk), u64(discovery_id) + u32(salt) + b"psi_blinding_v1")


def bloom_bits(b, bits):
    return [num(SHA256(b + u8(i) + b"bloom_hash_v1")[:4]) % bits for i in range(3)]


def candidate(b, challenge_nonce):
    return SHA256(b + challenge_nonce + b"candidate_v2")


def confirmation(psk, discovery_id, salt):
    return SHA256(fingerprint(psk) + u64(discovery_id) + u32(salt) + b"psk_confirmation_v1")


def proof(psk, c, discovery_id):
    psk_hash = SHA256(psk + b"psk_proof_salt")
    return HMAC128(psk_hash, psk_hash + c + u64(discovery_id) + b"knowledge_proof_v1")


def filter_size(count):
    return 512 if count > 128 else 256


def make_filter(psks, discovery_id, salt, size=None):
    bits = bytearray(size or filter_size(len(psks)))
    for psk in psks:
        for b in bloom_bits(blinded(psk, discovery_id, salt), 8 * len(bits)):
            bits[b // 8] |= 0x80 >> b % 8
    return bytes(bits)


# ---------------------------------------------------------------- packets (3)

SYN, SYN_ACK, ACK, DATA, FIN, HEARTBEAT, ERROR, RST = 1, 2, 3, 4, 5, 6, 9, 0x0B
CONTROL, MANAGEMENT, DISCOVERY = 0x0C, 0x0D, 0x0E
TIME_SYNC_REQUEST, TIME_SYNC_RESPONSE, EMERGENCY_REQUEST, EMERGENCY_RESPONSE, PATH_CHALLENGE, PATH_RESPONSE = range(1, 7)
REKEY_REQUEST, REKEY_RESPONSE, REPAIR_REQUEST, REPAIR_RESPONSE, REPAIR_CONFIRM, KEY_CHECK, KEY_CHECK_REPLY, RESUME = range(1, 9)
REQUEST, RESPONSE, CONFIRM, ACCEPT, PROOFS, PROOFS_MATCH, CLOCK_REQUEST, CLOCK_RESPONSE = range(1, 9)
NAMES = {1: "SYN", 2: "SYN_ACK", 3: "ACK", 4: "DATA", 5: "FIN", 6: "HEARTBEAT", 9: "ERROR", 0x0B: "RST",
         0x0C: "CONTROL", 0x0D: "MANAGEMENT", 0x0E: "DISCOVERY"}

F_FIN, F_SYN, F_RST, F_PSH, F_ACK, F_FROM_SERVER, F_SACK, F_FRAGMENT = 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80

OVERHEAD, MAX_PACKET, FRAGMENT_SIZE = 42, 1200, 1145
MAX_PADDING = 63
SYN_FIELDS, SYN_ACK_FIELDS = 51, 75  # and the public key
CONFIRM_FIELDS = 50
DATA_FIELDS = 13
RELIABLE, PADDED = 1, 0x80
MINIMUM_PAYLOAD = {ACK: 10, DATA: DATA_FIELDS, FIN: 4, HEARTBEAT: 20, ERROR: 4, RST: 1}
ERROR_CODES = {1, 2, 3, 4, 5, 6, 8, 9, 0x0A, 0x0B, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1C, 0x1E, 0x23, 0x2A, 0x2B, 0x36,
               0x37, 0x39, 0x3A, 0x3D}  # PORT_RANGE_MISMATCH and REPLACED are in no packet
MESSAGE_TOO_LARGE = 0x3A

Header = collections.namedtuple("Header", "version epoch type subtype flags session_id sequence ack timestamp length")
Syn = collections.namedtuple("Syn", "key_exchange_id suite features window keepalive start_utc_ms port_min port_count largest_message "
                                    "mark server public")
SynAck = collections.namedtuple("SynAck", "key_exchange_id suite features window keepalive port_min port_count largest_message "
                                          "mark client hash public")


def syn_fields(s):
    return struct.pack(">HBBHHQHHI", *s[:9]) + s.mark + s.server + s.public


def parse_syn(payload):
    """ValueError when it is shorter than its fields."""
    if len(payload) < SYN_FIELDS + 32 or len(payload) < SYN_FIELDS + public_key_size(payload[2]):
        raise ValueError(f"SYN with a payload of {len(payload)} bytes")
    return Syn(*struct.unpack(">HBBHHQHHI", payload[:24]), payload[24:32], payload[32:51],
               payload[SYN_FIELDS:SYN_FIELDS + public_key_size(payload[2])])


def syn_ack_fields(s):
    return struct.pack(">HBBHHHHI", *s[:8]) + s.mark + s.client + s.hash + s.public


def parse_syn_ack(payload):
    if len(payload) < SYN_ACK_FIELDS + 32 or len(payload) < SYN_ACK_FIELDS + public_key_size(payload[2]):
        raise ValueError(f"SYN_ACK with a payload of {len(payload)} bytes")
    return SynAck(*struct.unpack(">HBBHHHHI", payload[:16]), payload[16:24], payload[24:43], payload[43:75],
                  payload[SYN_ACK_FIELDS:SYN_ACK_FIELDS + public_key_size(payload[2])])


def ack_fields(window, bitmap, done):
    return u16(window) + u32(bitmap) + u32(done)


def confirm_fields(window, done, confirm, continues=0, proof_of_old=bytes(16)):
    return ack_fields(window, 0, done) + confirm + u64(continues) + proof_of_old


def heartbeat_fields(utc_ms, sleep_seconds=0, continues=0):
    return u64(utc_ms) + u32(sleep_seconds) + u64(continues)


def data_fields(message_id, done, index, count, delivery, part, padding=0):
    """`padding` counts the two bytes that say how long it is."""
    if padding:
        return u32(message_id) + u32(done) + u16(index) + u16(count) + u8(delivery | PADDED) + part + bytes(padding - 2) + u16(padding)
    return u32(message_id) + u32(done) + u16(index) + u16(count) + u8(delivery) + part


def pack_header(type_, subtype, flags, session_id, sequence, ack, timestamp, length, epoch=0):
    return struct.pack(">BBBBQIIIH", VERSION << 4 | epoch % 16, type_, subtype, flags, session_id, sequence & 0xFFFFFFFF,
                       ack & 0xFFFFFFFF, int(timestamp) % DAY_MS, length)


def parse_header(raw):
    first, *rest = struct.unpack(">BBBBQIIIH", raw)
    return Header(first >> 4, first & 15, *rest)


def mask(packet, key, clear):
    """Masks or unmasks: the same operation, since the tag is not masked."""
    n = len(packet) - 16 if clear else 26
    return chacha20(key, packet[-16:-4], 0, packet[:n]) + packet[n:]


def read_packet(packet, key, clear):
    """Unmasks; None if the header does not fit."""
    if not OVERHEAD <= len(packet) <= MAX_PACKET:
        return None
    plain = mask(packet, key, clear)
    header = parse_header(plain[:26])
    if header.version != VERSION or header.length != len(packet) - OVERHEAD or header.session_id == 0:
        return None
    return header, plain


def clear_packet(header, payload, key):
    return header + payload + HMAC128(key, header + payload)


def clear_tag_is_right(plain, key):
    return same(plain[-16:], HMAC128(key, plain[:-16]))


def protect(suite, keys, from_server, number, header, payload):
    """Section 3.1, for packets of a session."""
    key = keys.server_key if from_server else keys.client_key
    nonce = bytes(4) + u64(number)
    if suite in HMAC_SUITES:
        ciphertext = chacha20(key, nonce, 1, payload)
        return header + ciphertext + HMAC128(tag_key(keys, header[1], header[2]), header + ciphertext)
    ciphertext, tag = aead_seal(key, nonce, payload, header)
    return header + ciphertext + tag


def tag_key(keys, type_, subtype):
    special = keys.authentication_key and (type_ == CONTROL or type_ == MANAGEMENT and subtype not in (KEY_CHECK, KEY_CHECK_REPLY))
    return keys.authentication_key if special else keys.session_key


def unprotect(suite, keys, from_server, number, plain):
    """The payload, or None under a wrong tag."""
    key = keys.server_key if from_server else keys.client_key
    nonce = bytes(4) + u64(number)
    header, ciphertext, tag = plain[:26], plain[26:-16], plain[-16:]
    if suite in HMAC_SUITES:
        right = HMAC128(tag_key(keys, header[1], header[2]), plain[:-16])
    else:
        right = aead_tag(key, nonce, ciphertext, header)
    return chacha20(key, nonce, 1, ciphertext) if same(tag, right) else None


def extend(low, near):
    """The 64-bit number with this low half that is nearest to `near`; of two equally near the larger."""
    d = (low - near) % (1 << 32)
    return near + (d if d <= 1 << 31 else d - (1 << 32))
