#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An independent Springtail peer: a second reading of PROTOCOL.md, made for interoperability tests.

It uses the standard library only, is slow and not constant-time, and judges its counterpart: whatever violates the
protocol is reported on stderr as "VIOLATION: ..." and makes the exit code 2. "NOTE: ..." marks what is odd but allowed.
Section numbers in comments are those of PROTOCOL.md. Suites 1 to 4, rekey, announced sleep and resume as a client; no repair, emergency, discovery.
"""

import argparse
import collections
import dataclasses
import datetime
import functools
import hashlib
import hmac
import math
import ipaddress
import os
import random
import secrets
import select
import signal
import socket
import struct
import sys
import time

# ---------------------------------------------------------------- notation (1)

DAY_MS = 86_400_000


def u8(x): return struct.pack(">B", x)
def u16(x): return struct.pack(">H", x)
def u32(x): return struct.pack(">I", x)
def u64(x): return struct.pack(">Q", x)
def num(b): return int.from_bytes(b, "big")


def SHA256(b): return hashlib.sha256(b).digest()
def HMAC(key, msg): return hmac.digest(key, msg, "sha256")
def HMAC128(key, msg): return HMAC(key, msg)[:16]
def same(a, b): return hmac.compare_digest(a, b)


def HKDF_Expand(prk, info, n, mac=HMAC):
    out = block = b""
    i = 1
    while len(out) < n:
        block = mac(prk, block + info + u8(i))
        out += block
        i += 1
    return out[:n]


def HKDF(salt, ikm, info, n, mac=HMAC):
    empty = 32 if mac is HMAC else 16
    return HKDF_Expand(mac(salt or bytes(empty), ikm), info, n, mac)


def PBKDF2(password, salt, iterations, n):
    return hashlib.pbkdf2_hmac("sha256", password, salt, iterations, n)


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


# ---------------------------------------------------------------- ChaCha20, Poly1305 (RFC 8439)

_QUARTERS = ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
             (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14))


def chacha20_stream(key, nonce, counter, length):
    # All blocks at once: each state word is one big integer with a 64-bit lane per block, of which the low half is used.
    blocks = (length + 63) // 64
    ones = int.from_bytes(b"\1\0\0\0\0\0\0\0" * blocks, "little")
    mask = ones * 0xFFFFFFFF
    words = struct.unpack("<4I8I", b"expand 32-byte k" + key)
    start = [w * ones for w in words]
    start.append(sum(((counter + i) & 0xFFFFFFFF) << (64 * i) for i in range(blocks)))
    start += [w * ones for w in struct.unpack("<3I", nonce)]
    x = list(start)
    for _ in range(10):
        for a, b, c, d in _QUARTERS:
            xa, xb, xc, xd = x[a], x[b], x[c], x[d]
            xa = (xa + xb) & mask
            xd ^= xa
            xd = (xd << 16 | xd >> 16) & mask
            xc = (xc + xd) & mask
            xb ^= xc
            xb = (xb << 12 | xb >> 20) & mask
            xa = (xa + xb) & mask
            xd ^= xa
            xd = (xd << 8 | xd >> 24) & mask
            xc = (xc + xd) & mask
            xb ^= xc
            xb = (xb << 7 | xb >> 25) & mask
            x[a], x[b], x[c], x[d] = xa, xb, xc, xd
    x = [(v + s) & mask for v, s in zip(x, start)]
    pairs = [(x[i] | x[i + 1] << 32).to_bytes(8 * blocks, "little") for i in range(0, 16, 2)]
    return b"".join(p[i:i + 8] for i in range(0, 8 * blocks, 8) for p in pairs)[:length]


def xor(a, b):
    return (int.from_bytes(a, "big") ^ int.from_bytes(b, "big")).to_bytes(len(a), "big")


def chacha20(key, nonce, counter, data):
    return xor(data, chacha20_stream(key, nonce, counter, len(data))) if data else b""


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for i in range(0, len(message), 16):
        total = (total + int.from_bytes(message[i:i + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:], "little")) & ((1 << 128) - 1)).to_bytes(16, "little")


def aead_tag(key, nonce, ciphertext, aad):
    def pad(b): return b + bytes(-len(b) % 16)
    text = pad(aad) + pad(ciphertext) + struct.pack("<QQ", len(aad), len(ciphertext))
    return poly1305(chacha20_stream(key, nonce, 0, 32), text)


def aead_seal(key, nonce, plaintext, aad):
    ciphertext = chacha20(key, nonce, 1, plaintext)
    return ciphertext, aead_tag(key, nonce, ciphertext, aad)


# ---------------------------------------------------------------- P-256, X25519

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
     0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
INFINITY = (1, 1, 0)


def _double(p):
    x, y, z = p
    if not z:
        return p
    delta = z * z % P
    gamma = y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    x3 = (alpha * alpha - 8 * beta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % P, 2 * y * z % P


def _add(p, q):
    if not p[2]:
        return q
    if not q[2]:
        return p
    x1, y1, z1 = p
    x2, y2, z2 = q
    a, b = z1 * z1 % P, z2 * z2 % P
    u1, u2 = x1 * b % P, x2 * a % P
    s1, s2 = y1 * b * z2 % P, y2 * a * z1 % P
    h, r = (u2 - u1) % P, (s2 - s1) % P
    if not h:
        return INFINITY if r else _double(p)
    hh = h * h % P
    hhh, v = h * hh % P, u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P


def p256_affine(p):
    if not p[2]:
        raise ValueError("point at infinity")
    i = pow(p[2], -1, P)
    return p[0] * i * i % P, p[1] * i * i * i % P


def p256_multiply(k, point):
    table = [INFINITY]
    for _ in range(15):
        table.append(_add(table[-1], (point[0], point[1], 1)))
    result = INFINITY
    for i in range(63, -1, -1):
        for _ in range(4):
            result = _double(result)
        result = _add(result, table[k >> (4 * i) & 15])
    return p256_affine(result)


def p256_point(public):
    x, y = num(public[:32]), num(public[32:])
    if len(public) != 64 or x >= P or y >= P or (y * y - x * x * x + 3 * x - B) % P:
        raise ValueError("not a point of P-256")
    return x, y


def p256_public(private):
    x, y = p256_multiply(num(private), G)
    return x.to_bytes(32, "big") + y.to_bytes(32, "big")


def p256_shared(private, public):
    return p256_multiply(num(private), p256_point(public))[0].to_bytes(32, "big")


def x25519(private, u):
    p = (1 << 255) - 19
    k = int.from_bytes(private, "little") & ~7 & ((1 << 255) - 1) | (1 << 254)
    x1 = int.from_bytes(u, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if swap != bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        aa, bb, da, cb = a * a % p, b * b % p, d * a % p, c * b % p
        e = aa - bb
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        x2, z2 = aa * bb % p, e * (aa + 121665 * e) % p
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, p - 2, p) % p).to_bytes(32, "little")


def x25519_shared(private, public):
    secret = x25519(private, public)
    if secret == bytes(32):
        raise ValueError("X25519 secret is all zero")
    return secret


def p256_decompress(compressed):
    x = num(bytes.fromhex(compressed)[1:])
    y = pow(x ** 3 - 3 * x + B, (P + 1) // 4, P)
    return x, y if y % 2 == int(compressed[:2]) % 2 else P - y


# SPAKE2 (17): of the shares the client's has w M in it, the server's w N.
BLINDS = (p256_decompress("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f"),
          p256_decompress("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49"))


def p256_sum(a, b):
    return p256_affine(_add((*a, 1), (*b, 1)))


def point_bytes(p):
    return p[0].to_bytes(32, "big") + p[1].to_bytes(32, "big")


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


P256_SUITES = (1, 3)
HMAC_SUITES = (1, 3)
TOKEN_SUITES = (4, 5)


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
DIVERSIFIED, CLIENT_HOPS = 1, 2


def fingerprint(psk):
    return SHA256(psk + b"psk_fingerprint_v2")[:16]


@functools.lru_cache(64)
def daily_key(psk, day, mac=HMAC):
    return HKDF(b"daily_key_salt", psk, b"daily_key" + day, 32, mac)


def derive_session_key(daily, session_id, nonce, mac=HMAC):
    return HKDF(u64(session_id), daily, b"session_key" + nonce, 32, mac)


def handshake_key(psk, suite, day, session_id, key_exchange_id):
    if suite in TOKEN_SUITES:
        return PUBLIC_HANDSHAKE_KEY
    return derive_session_key(daily_key(psk, day), session_id, b"handshake_v1" + u16(key_exchange_id))


def mask_key(key):
    return HMAC(key, b"mask_v1")


def handshake_mask_key(psk, suite, day):
    return mask_key(PUBLIC_HANDSHAKE_KEY if suite in TOKEN_SUITES else daily_key(psk, day))


@functools.lru_cache(256)
def rendezvous_port(psk, r, port_min, port_count):
    h = HMAC(daily_key(psk, date(r * 10_000)), b"rendezvous_v1" + u64(r))
    return port_min + num(h[:4]) % port_count


def clock_key(psk):
    return HKDF(b"", psk, b"clock_v1", 32)


def make_transcript(syn_header, syn_payload, syn_ack_header, syn_ack_payload):
    return SHA256(syn_header[:12] + syn_payload + syn_ack_header[:12] + syn_ack_payload)


def secret_hash(suite, secret):
    """Zeros in suite 5: there the client confirms first."""
    return bytes(32) if suite == 5 else SHA256(secret + b"ecdh_verification_v1")


def handshake_confirm(session_key, transcript):
    return HMAC128(session_key, b"handshake_confirm_v1" + transcript)


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


@functools.lru_cache(1024)
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


# ---------------------------------------------------------------- rekey (12)

@dataclasses.dataclass
class EpochKeys:
    epoch: int
    session_key: bytes
    client_key: bytes
    server_key: bytes
    authentication_key: bytes = None


def rekey_commitment(public, nonce, session_id):
    return SHA256(public + u32(nonce) + u64(session_id) + b"key_commitment")


def rekey_confirmation(session_key, session_id):
    return HMAC128(session_key, b"rekey_confirmation" + u64(session_id))


def next_keys(old, psk, day, session_id, secret, requester_commitment, responder_commitment):
    commitments = requester_commitment + responder_commitment
    combined = secret + commitments + HMAC(old.session_key, b"rekey_chain_v1")
    session_key = derive_session_key(daily_key(psk, date(day * DAY_MS)), session_id, combined)
    traffic = HKDF(session_key, secret, b"traffic_v1" + commitments, 64)
    authentication = HMAC(session_key, b"session_auth_v1") if old.authentication_key else None
    return EpochKeys(old.epoch + 1, session_key, traffic[:32], traffic[32:], authentication)


def resumed_keys(old, nonce, session_id):
    """Section 16."""
    k = HKDF(nonce, old.session_key + old.client_key + old.server_key, b"resume_v1" + u64(session_id), 96)
    authentication = HMAC(k[:32], b"session_auth_v1") if old.authentication_key else None
    return EpochKeys(old.epoch + 1, k[:32], k[32:64], k[64:], authentication)


# ---------------------------------------------------------------- packets (3)

SYN, SYN_ACK, ACK, DATA, FIN, HEARTBEAT, ERROR, RST = 1, 2, 3, 4, 5, 6, 9, 0x0B
CONTROL, MANAGEMENT, DISCOVERY = 0x0C, 0x0D, 0x0E
TIME_SYNC_REQUEST, TIME_SYNC_RESPONSE = 1, 2
REKEY_REQUEST, REKEY_RESPONSE, RESUME = 1, 2, 8
CLOCK_REQUEST, CLOCK_RESPONSE = 7, 8
NAMES = {1: "SYN", 2: "SYN_ACK", 3: "ACK", 4: "DATA", 5: "FIN", 6: "HEARTBEAT", 9: "ERROR", 0x0B: "RST",
         0x0C: "CONTROL", 0x0D: "MANAGEMENT", 0x0E: "DISCOVERY"}

F_FIN, F_SYN, F_RST, F_PSH, F_ACK, F_FROM_SERVER, F_SACK, F_FRAGMENT = 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80

OVERHEAD, MAX_PACKET, FRAGMENT_SIZE = 42, 1200, 1149
MINIMUM_PAYLOAD = {ACK: 6, DATA: 9, FIN: 4, HEARTBEAT: 12, ERROR: 4, RST: 1}
ERROR_CODES = {1, 2, 3, 4, 5, 6, 8, 9, 0x0A, 0x0B, 0x0C, 0x12, 0x13, 0x14, 0x16, 0x1C, 0x1E, 0x23, 0x2A, 0x2B, 0x36,
               0x37, 0x39, 0x3A, 0x3D}
MESSAGE_TOO_LARGE = 0x3A

Header = collections.namedtuple("Header", "version epoch type subtype flags session_id sequence ack timestamp length")


def pack_header(type_, subtype, flags, session_id, sequence, ack, timestamp, length, epoch=0):
    return struct.pack(">BBBBQIIIH", 1 << 4 | epoch % 16, type_, subtype, flags, session_id, sequence & 0xFFFFFFFF,
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
    if header.version != 1 or header.length != len(packet) - OVERHEAD or header.session_id == 0:
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
        return header + ciphertext + HMAC128(tag_key(keys, header[1]), header + ciphertext)
    ciphertext, tag = aead_seal(key, nonce, payload, header)
    return header + ciphertext + tag


def tag_key(keys, type_):
    return keys.authentication_key if keys.authentication_key and type_ in (CONTROL, MANAGEMENT) else keys.session_key


def unprotect(suite, keys, from_server, number, plain):
    """The payload, or None under a wrong tag."""
    key = keys.server_key if from_server else keys.client_key
    nonce = bytes(4) + u64(number)
    header, ciphertext, tag = plain[:26], plain[26:-16], plain[-16:]
    if suite in HMAC_SUITES:
        right = HMAC128(tag_key(keys, header[1]), plain[:-16])
    else:
        right = aead_tag(key, nonce, ciphertext, header)
    return chacha20(key, nonce, 1, ciphertext) if same(tag, right) else None


def extend(low, near):
    """The 64-bit number with this low half that is nearest to `near`; of two equally near the larger."""
    d = (low - near) % (1 << 32)
    return near + (d if d <= 1 << 31 else d - (1 << 32))


# ---------------------------------------------------------------- verdicts, clock, sockets

violations = []
drops = collections.Counter()


def violation(text):
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


class Net:
    """UDP sockets by local port."""

    def __init__(self, bind, loss=0.0, seed=None):
        self.bind = bind
        self.family = socket.AF_INET6 if ":" in bind else socket.AF_INET
        self.sockets = {}
        self.loss = loss
        self.rng = random.Random(seed)

    def open(self, port):
        """Returns the port, or None when it cannot be bound."""
        if port and port in self.sockets:
            return port
        s = socket.socket(self.family, socket.SOCK_DGRAM)
        try:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
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

    def send(self, port, packet, address, flip=False):
        """False when nothing went out, so an acknowledgment of it would be a lie."""
        s = self.sockets.get(port)
        if s is None:
            drops["own port not bound"] += 1
            return False
        if self.loss and self.rng.random() < self.loss:
            return False
        try:
            if flip:
                bit = self.rng.randrange(8 * len(packet))
                damaged = bytearray(packet)
                damaged[bit // 8] ^= 1 << bit % 8
                s.sendto(bytes(damaged), address)
            s.sendto(packet, address)
        except OSError:
            return False
        return True

    def poll(self, seconds):
        by_fd = {s.fileno(): (port, s) for port, s in self.sockets.items()}
        poller = select.poll()
        for fd in by_fd:
            poller.register(fd, select.POLLIN)
        out = []
        for fd, _ in poller.poll(seconds * 1000):
            port, s = by_fd[fd]
            for _ in range(16):
                try:
                    packet, source = s.recvfrom(2048)
                except OSError:
                    break
                out.append((port, packet, source[:2], time.monotonic() * 1000))
        return out


# ---------------------------------------------------------------- session (3.1, 3.3, 8, 9, 10, 11)

WINDOW = 2048


class Content:
    """What is sent until it is acknowledged, under one number or several."""

    def __init__(self, kind, payload, flags=0, reliable=True, message_id=None):
        self.kind, self.payload, self.flags, self.reliable = kind, payload, flags, reliable
        self.message_id = message_id
        self.acked = False
        self.sends = 0


@dataclasses.dataclass
class Flight:
    content: Content
    sent: float
    ask_index: int
    ends: float
    repeated: bool


class Session:
    def __init__(self, *, net, clock, server, options, suite, features, session_id, keys, confirm, peer_window, keepalive,
                 peer_address, local_port, psk=b"", offset=0.0, rtt=0.0):
        self.net, self.clock, self.server, self.options = net, clock, server, options
        self.suite, self.features, self.session_id, self.keys, self.confirm = suite, features, session_id, keys, confirm
        self.hops = bool(features & CLIENT_HOPS)
        self.mask_key = mask_key(keys.session_key)
        self.psk = keys.session_key if suite in TOKEN_SUITES else psk  # K of the handshake in suites 4 and 5 (12)
        self.created = clock.now()
        self.established = False
        self.gone = None
        self.rng = random.Random(keys.congestion_seed)

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
        self.current = EpochKeys(0, keys.session_key, keys.client_key, keys.server_key, keys.authentication_key)
        self.pending = self.previous = None
        self.pending_ends = self.previous_ends = None
        self.request = None  # nonce, day, private key, commitment, payload, begun, when next
        self.answered = None  # nonce and payload of the response that is kept
        self.last_request_number = -1
        self.first_of_epoch = None  # the lowest number that came under the current epoch
        self.epoch_beats = None  # how many HEARTBEATs went out under keys that the peer was not heard under, and when next
        self.beats_allowed_until = -1e9
        self.rekeys = self.rekeys_asked = self.rekeys_failed = 0

        # Sleep (10, 16)
        self.announced = None  # seconds, when next, the numbers of the HEARTBEATs that said so
        self.sleep_answered = self.asleep = False
        self.waking = None  # session_key and epoch of before, nonce, when the first copy went, copies sent
        self.resumes = 0

        # Where to (8)
        self.local_port = local_port
        self.peer_address = peer_address
        self.first_address = peer_address
        self.path = {}
        self.path_of(peer_address)["known"] = True
        self.windows_used = set()
        self.bytes_barred = 0

        # Time (11)
        self.offset = offset
        self.target_offset = offset
        self.slewed_at = clock.now()
        self.samples = collections.deque([(rtt, offset)], 8)
        self.sync_pending = {}
        self.next_sync = clock.now() + 60_000
        self.syncs_answered = 0

        # Sending (9)
        self.peer_window, self.my_window = peer_window, options.window
        self.queue = collections.deque()
        self.flights = {}
        self.late = {}
        self.ask_count = 0
        self.srtt = self.rttvar = None
        self.rto = 1000.0
        self.backoff = 1
        self.timers_in_a_row = 0
        self.cwnd, self.ssthresh = 4.0, 1e9
        self.cut_until = 0
        self.next_message = {0: 0, 1: 0}
        self.unacked_messages = collections.Counter()
        self.probe_at = 0

        # Receiving (9)
        self.to_ack = 0
        self.ack_due = None
        self.incoming = {0: {}, 1: {}}
        self.next_delivery = 0
        self.done_fire = collections.deque(maxlen=256)
        self.received_data = set()
        self.too_large = set()
        self.delivered = collections.deque()

        # Heartbeats and close (10)
        self.keepalive = keepalive
        self.last_sent = self.last_heard = clock.now()
        self.beat_after = self.next_beat()
        self.heartbeats_owed = 0
        self.last_own_heartbeat = -1e9
        self.close_wanted = False
        self.peer_fin = None
        self.peer_fin_at = None
        self.fin = None
        self.fin_at = None
        self.closed_at = None

    # -- clock and ports

    def utc(self):
        self.slew()
        return self.clock.utc() + self.offset

    def slew(self):
        now = self.clock.now()
        step = (now - self.slewed_at) * 0.1
        self.slewed_at = now
        self.offset += max(-step, min(step, self.target_offset - self.offset))

    def window(self):
        return self.keys.window(self.utc())

    def port(self, side, w):
        return self.keys.port(side, w, self.options.port_min, self.options.port_count)

    def wanted_ports(self):
        if not (self.server or self.hops):
            return set()
        w = self.window()
        ports = {self.port(int(self.server), v) for v in (w - 1, w, w + 1)}
        if self.server and not self.hops and self.local_port:
            ports.add(self.local_port)  # the reply socket
        return ports

    def route(self, shift):
        w = self.window()
        if not self.server:
            local = self.port(0, w) if self.hops else self.local_port
            return w, local, (self.peer_address[0], self.port(1, w + shift))
        if self.hops:
            return w, self.port(1, w), (self.peer_address[0], self.port(0, w))
        return w, self.local_port, self.peer_address

    def path_of(self, address):
        key = address[0] if self.hops else address
        return self.path.setdefault(key, {"known": False, "in": 0, "out": 0, "numbers": set()})

    # -- sending

    def transmit(self, kind, payload, subtype=0, flags=0, shift=0):
        number = self.next_number
        self.next_number += 1
        flags |= F_ACK | (F_FROM_SERVER if self.server else 0)
        header = pack_header(kind, subtype, flags, self.session_id, number, self.highest, self.utc(), len(payload),
                             self.current.epoch)
        packet = protect(self.suite, self.current, self.server, number, header, payload)
        w, local, address = self.route(shift)
        self.windows_used.add(w)
        path = self.path_of(address)
        if self.server and not path["known"] and path["out"] + len(packet) > 3 * path["in"]:
            self.bytes_barred += len(packet)
            out = False
        else:
            out = self.net.send(local, mask(packet, self.mask_key, False), address, self.options.flip)
        if out:
            path["out"] += len(packet)
            path["numbers"].add(number)
            self.sent_to[number] = address[1]
        else:
            self.unsent.add(number)
        self.received_data.discard(self.highest)
        self.last_sent = self.clock.now()
        self.beat_after = self.next_beat()
        return number

    def announce_sleep(self, seconds):
        self.announced, self.sleep_answered = {"seconds": seconds, "next": self.clock.now(), "numbers": set()}, False

    def tick_sleep(self, now):
        if self.announced and not self.sleep_answered and now >= self.announced["next"]:
            self.announced["next"] = now + 1000
            self.heartbeats_owed += 1
            self.announced["numbers"].add(self.transmit(HEARTBEAT, u64(int(self.utc())) + u32(self.announced["seconds"])))
        if self.waking and self.waking["copies"] < 3 and now - self.waking["since"] >= (0, 1000, 3000)[self.waking["copies"]]:
            self.waking["copies"] += 1
            self.send_resume()
        elif self.waking and now - self.waking["since"] > 6000:
            self.gone = "no answer to RESUME within 6 s"

    def wake(self):
        """Goes on as if from a snapshot: nothing is left of the old keys but what checks RESUME."""
        self.asleep, self.announced = False, None
        nonce = secrets.token_bytes(16)
        self.waking = {"key": self.current.session_key, "epoch": self.current.epoch, "nonce": nonce, "since": self.clock.now(), "copies": 0}
        self.current = resumed_keys(self.current, nonce, self.session_id)
        self.previous = self.pending = self.request = self.answered = self.epoch_beats = None
        self.first_of_epoch = None
        self.next_number += 65_536
        self.tick_sleep(self.clock.now())

    def send_resume(self):
        number = self.next_number
        self.next_number += 1
        payload = self.waking["nonce"] + u32((number + 1) & 0xFFFFFFFF) + u32(self.highest & 0xFFFFFFFF)
        header = pack_header(MANAGEMENT, RESUME, F_ACK, self.session_id, number, self.highest, self.utc(), len(payload), self.waking["epoch"])
        w, local, address = self.route(0)
        self.windows_used.add(w)
        self.heartbeats_owed += 1
        self.net.send(local, mask(clear_packet(header, payload, self.waking["key"]), self.mask_key, True), address)
        self.path_of(address)["numbers"].add(number)
        self.sent_to[number] = address[1]
        self.last_sent = self.clock.now()

    def next_beat(self):
        return self.keepalive * 1000 * (1 - 0.2 * self.rng.random())

    def send_confirm(self, shift=0):
        self.heartbeats_owed += 1
        self.transmit(ACK, u16(self.my_window) + u32(0) + self.confirm, flags=0, shift=shift)

    def send_ack(self):
        bitmap = 0
        for i in range(32):
            n = self.highest - 1 - i
            if n in self.seen:
                bitmap |= 1 << i
                self.received_data.discard(n)
        self.to_ack, self.ack_due = 0, None
        self.transmit(ACK, u16(self.my_window) + u32(bitmap), flags=F_SACK if bitmap else 0)

    def send_heartbeat(self):
        self.last_own_heartbeat = self.clock.now()
        self.transmit(HEARTBEAT, u64(int(self.utc())) + u32(0))

    def send_message(self, data, reliable=True):
        if self.fin or self.peer_fin is not None:
            return False
        delivery = int(reliable)
        message_id = self.next_message[delivery]
        self.next_message[delivery] += 1
        parts = [data[i:i + FRAGMENT_SIZE] for i in range(0, len(data), FRAGMENT_SIZE)] or [b""]
        if len(parts) > 255:
            raise ValueError("message too large")
        for i, part in enumerate(parts):
            flags = (F_PSH if i == len(parts) - 1 else 0) | (F_FRAGMENT if len(parts) > 1 else 0)
            payload = u32(message_id) + u16(i) + u16(len(parts)) + u8(delivery) + part
            self.queue.append(Content(DATA, payload, flags, reliable, message_id))
        if reliable:
            self.unacked_messages[message_id] += len(parts)
        self.pump()
        return True

    def send_error(self, code, text):
        self.launch(Content(ERROR, u8(code) + bytes(3) + text))

    def launch(self, content):
        content.sends += 1
        number = self.transmit(content.kind, content.payload, flags=content.flags)
        now = self.clock.now()
        self.ask_count += 1
        self.flights[number] = Flight(content, now, self.ask_count, now + self.rto * self.backoff, content.sends > 1)

    def data_in_flight(self):
        return sum(f.content.kind == DATA for f in self.flights.values())

    def pump(self):
        if not self.established or self.gone:
            return
        while self.queue:
            in_flight = self.data_in_flight()
            probe = self.peer_window == 0 and in_flight == 0 and self.clock.now() >= self.probe_at
            if not probe and in_flight >= min(int(self.cwnd), self.peer_window):
                return
            content = self.queue.popleft()
            if content.acked:
                continue
            if probe:
                self.probe_at = self.clock.now() + min(60_000, self.rto * self.backoff)
            self.launch(content)

    # -- acknowledgments of what was sent

    def acknowledged(self, number):
        flight = self.flights.pop(number, None)
        content = flight.content if flight else self.late.pop(number, None)
        if content is None:
            return
        self.timers_in_a_row = 0
        self.backoff = 1
        if flight:
            if not flight.repeated:
                self.measure(self.clock.now() - flight.sent)
            self.cwnd += 1 if self.cwnd < self.ssthresh else 1 / self.cwnd
        if not content.acked:
            content.acked = True
            if content.kind == DATA and content.reliable:
                self.unacked_messages[content.message_id] -= 1
                self.unacked_messages += collections.Counter()
        for n in [n for n, f in self.flights.items() if f.content is content]:
            del self.flights[n]
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
            self.queue.appendleft(content)
        elif content.kind == FIN and content.sends > 8:
            self.gone = "FIN was not acknowledged"
        else:
            self.launch(content)

    def run_timers(self):
        now = self.clock.now()
        ended = [n for n, f in self.flights.items() if f.ends <= now]
        if not ended:
            return
        self.timers_in_a_row += 1
        if self.timers_in_a_row >= 8 and not any(f.content.kind == FIN for f in self.flights.values()):
            self.gone = "8 timers in a row without an answer"
            return
        self.backoff = min(self.backoff * 2, 60_000 / self.rto)
        self.cut(min(ended))
        for n in ended:
            if n in self.flights:
                self.lose(n)

    # -- receiving

    def receive(self, packet, local, source):
        """False when the packet is not one of this session."""
        found = read_packet(packet, self.mask_key, False)
        if not found or found[0].session_id != self.session_id:
            return False
        header, plain = found
        name = NAMES.get(header.type, f"type {header.type}")
        number = extend(header.sequence, self.highest)
        from_server = bool(header.flags & F_FROM_SERVER)
        if from_server == self.server:
            drops["direction"] += 1
            # With CLIENT_HOPS and both peers on one host, port(0, w) may be a socket of this very server: its own packet.
            own = source[0] == self.net.bind and source[1] in self.net.sockets
            keys = self.keys_of(header.epoch)
            if not own and keys and self.suite in HMAC_SUITES and unprotect(self.suite, keys, from_server, max(number, 0), plain) is not None:
                violation(f"{name} with the wrong direction flag 0x{header.flags:02x}")
            return True
        keys = self.keys_of(header.epoch)
        if keys is None:
            drops["epoch"] += 1
            return True
        if number < 0:
            drops["number below the initial sequence"] += 1
            return True
        payload = unprotect(self.suite, keys, from_server, number, plain)
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
            return True
        if len(payload) < MINIMUM_PAYLOAD.get(header.type, 0):
            drops["short payload"] += 1
            violation(f"{name} with a payload of {len(payload)} bytes")
            return True
        if not self.established and self.server:
            if header.type != ACK or len(payload) < 22 or not same(payload[6:22], self.confirm):
                drops["before the confirm"] += 1
                if header.type == ACK:
                    violation("ACK of a half-open session without the right confirm")
                elif header.type != CONTROL:
                    violation(f"{name} before the session is confirmed")
                return True
        self.accept(header, name, number, payload, plain, local, source, keys)
        return True

    def accept(self, header, name, number, payload, plain, local, source, keys):
        self.seen[number] = plain[-16:]
        newest = number > self.highest
        if newest:
            self.highest = number
            for n in [n for n in self.seen if n <= number - WINDOW]:
                del self.seen[n]
        self.check_path(header, name, local, source)
        path = self.path_of(source)
        path["in"] += len(plain)
        if newest:
            self.peer_address = source
            if self.server:
                self.local_port = local
        now = self.clock.now()
        if self.asleep:
            violation(f"{name} for a client that sleeps")
        silence = now - self.last_heard
        self.last_heard = now

        off = signed_difference(header.timestamp, int(self.utc()) % DAY_MS)
        if header.timestamp >= DAY_MS or abs(off) > 41_000:
            violation(f"{name} with timestamp {header.timestamp}, {off} ms off")
        elif abs(off) > 1500:
            note(f"{name} with a timestamp {off} ms off the session clock")
        if header.subtype and header.type not in (CONTROL, MANAGEMENT):
            violation(f"{name} with subtype {header.subtype}")

        ack = extend(header.ack, self.next_number - 1)
        if not self.initial <= ack < self.next_number or ack in self.unsent:
            violation(f"{name} acknowledges {ack}, which was not sent")
        elif newest:
            if self.highest_ack is not None and ack < self.highest_ack:
                violation(f"{name} acknowledges {ack} after {self.highest_ack}")
            self.highest_ack = ack
            if not self.server and ack == self.initial:
                violation(f"{name} of a server that has not verified the ACK")
        if ack in path["numbers"]:
            path["known"] = True
        self.acknowledged(ack)

        self.established = True
        self.heard_under(keys, number, now)
        if number == self.peer_initial + 1 and header.type != (ACK if self.server else HEARTBEAT):
            violation(f"{name} as the first packet")
        if header.type == ACK:
            self.on_ack(header, payload, ack, newest)
        elif header.type == DATA:
            self.on_data(header, payload, number)
        elif header.type == FIN:
            self.on_fin(header, payload)
        elif header.type == HEARTBEAT:
            self.on_heartbeat(header, payload, silence)
        elif header.type == ERROR:
            self.on_error(header, payload)
        elif header.type == RST:
            self.check_flags(header, F_RST)
            if payload[0] not in ERROR_CODES:
                violation(f"RST with reason 0x{payload[0]:02x}")
            self.gone = f"RST with reason 0x{payload[0]:02x}"
        elif header.type == CONTROL and header.subtype in (TIME_SYNC_REQUEST, TIME_SYNC_RESPONSE):
            self.on_time_sync(header, payload, now)
        elif header.type == MANAGEMENT and header.subtype == REKEY_REQUEST:
            self.on_rekey_request(header, payload, number, keys, now)
        elif header.type == MANAGEMENT and header.subtype == REKEY_RESPONSE:
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

    def check_path(self, header, name, local, source):
        w = self.window()
        around = (w - 1, w, w + 1)
        if self.hops:
            mine, theirs = int(self.server), 1 - int(self.server)
            if not any(local == self.port(mine, a) and source[1] == self.port(theirs, b)
                       for a in around for b in around):
                violation(f"{name} from port {source[1]} at port {local}: not ports of the windows about {w}")
        elif self.server:
            if local not in (self.port(1, v) for v in around):
                violation(f"{name} at port {local}: not a port of the windows about {w}")
            if source != self.first_address and not self.options.allow_move:
                violation(f"{name} from {source} instead of the one local port {self.first_address}")
        else:
            ack = extend(header.ack, self.next_number - 1)
            where = self.sent_to.get(ack)
            if where is None:
                where_ok = source[1] in self.sent_to.values()
            else:
                where_ok = source[1] == where
            if not where_ok:
                violation(f"{name} from port {source[1]}; the packet it acknowledges, the highest verified, went to {where}")

    def ask(self, now_count=1):
        self.to_ack += now_count
        if self.to_ack >= 2:
            self.send_ack()
        elif self.ack_due is None:
            self.ack_due = self.clock.now() + 25

    def on_ack(self, header, payload, ack, newest):
        window, bitmap = struct.unpack(">HI", payload[:6])
        self.check_flags(header, F_SACK if bitmap else 0)
        for i in range(32):
            if bitmap >> i & 1:
                n = ack - 1 - i
                if n <= self.initial or n in self.unsent:
                    violation(f"ACK: bit {i} of the bitmap acknowledges {n}, which was not sent")
                self.acknowledged(n)
        if newest:
            self.peer_window = window
        if self.server and len(payload) >= 22 and same(payload[6:22], self.confirm):
            if bitmap:
                violation("ACK with a confirm and a bitmap")
            self.send_heartbeat()
        elif len(payload) > 6:
            note(f"ACK with {len(payload) - 6} bytes of padding")

    def on_data(self, header, payload, number):
        self.received_data.add(number)
        if len(self.received_data) > self.my_window:
            violation(f"{len(self.received_data)} DATA packets unacknowledged, the window is {self.my_window}")
        message_id, index, count, delivery = struct.unpack(">IHHB", payload[:9])
        part = payload[9:]
        wrong = None
        if delivery > 1:
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
        self.assemble(message_id, index, count, delivery, part)
        self.ask()

    def assemble(self, message_id, index, count, delivery, part):
        if delivery == 1 and message_id < self.next_delivery or delivery == 0 and message_id in self.done_fire:
            return
        table = self.incoming[delivery]
        entry = table.setdefault(message_id, {"count": count, "parts": {}, "since": self.clock.now()})
        if entry["count"] != count:
            return violation(f"DATA: message {message_id} with {entry['count']} and with {count} fragments")
        if entry["parts"].setdefault(index, part) != part:
            return violation(f"DATA: fragment {index} of message {message_id} differs from its copy")
        if len(entry["parts"]) < count:
            return
        if delivery == 0:
            del table[message_id]
            self.done_fire.append(message_id)
            self.deliver(message_id, entry, False)
            return
        while self.next_delivery in table and len(table[self.next_delivery]["parts"]) == table[self.next_delivery]["count"]:
            entry = table.pop(self.next_delivery)
            self.next_delivery += 1
            self.deliver(self.next_delivery - 1, entry, True)

    def deliver(self, message_id, entry, reliable):
        data = b"".join(entry["parts"][i] for i in range(entry["count"]))
        if len(data) <= self.options.max_message:
            self.delivered.append((data, reliable))
        elif reliable:
            self.send_error(MESSAGE_TOO_LARGE, u32(message_id))

    def on_fin(self, header, payload):
        self.check_flags(header, F_FIN)
        count = num(payload[:4])
        if self.peer_fin is None:
            self.peer_fin, self.peer_fin_at = count, self.clock.now()
            beyond = [m for m in self.incoming[1] if m >= count]
            if count < self.next_delivery or beyond:
                violation(f"FIN counts {count} reliable messages, more came")
        elif self.peer_fin != count:
            violation(f"FIN counts {count} reliable messages, before {self.peer_fin}")
        self.ask()

    def on_heartbeat(self, header, payload, silence):
        self.check_flags(header)
        utc_ms, sleep = struct.unpack(">QI", payload[:12])
        off = utc_ms - self.utc()
        if abs(off) > 41_000:
            violation(f"HEARTBEAT with utc_ms {utc_ms}, {off:.0f} ms off")
        if abs(signed_difference(utc_ms % DAY_MS, header.timestamp)) > 1000:
            note("HEARTBEAT: utc_ms and timestamp differ by more than 1 s")
        if sleep:
            if self.server:
                self.send_heartbeat()
            else:
                violation("HEARTBEAT of a server with sleep_seconds")
        elif self.heartbeats_owed > 0:
            if self.announced and extend(header.ack, self.next_number - 1) in self.announced["numbers"]:
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
        if code not in ERROR_CODES:
            violation(f"ERROR with code 0x{code:02x}")
        if payload[1:4] != bytes(3):
            violation("ERROR: the 24 bits are not 0")
        if code == MESSAGE_TOO_LARGE:
            if len(text) < 4:
                violation("ERROR 0x3A without a message_id")
            else:
                self.too_large.add(num(text[:4]))
            text = text[4:]
        try:
            text.decode()
        except UnicodeDecodeError:
            violation("ERROR whose text is not UTF-8")
        say(f"error 0x{code:02x}")
        self.ask()

    # -- rekey (12)

    def keys_of(self, epoch):
        for keys in (self.current, self.pending, self.previous):
            if keys and keys.epoch % 16 == epoch:
                return keys
        return None

    def switch(self, keys):
        self.previous, self.previous_ends = self.current, None
        self.current, self.first_of_epoch = keys, None
        say("epoch", keys.epoch)

    def heard_under(self, keys, number, now):
        """A new packet was verified under these keys."""
        if keys is self.current and self.waking:
            self.waking = None
            self.resumes += 1
            say("resumed, epoch", keys.epoch)
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
        if self.pending or self.request:
            return
        nonce, day = secrets.randbits(32), int(self.utc()) // DAY_MS
        private, public = key_pair(1 if self.suite == 5 else self.suite)
        commitment = rekey_commitment(public, nonce, self.session_id)
        now = self.clock.now()
        self.request = {"nonce": nonce, "day": day, "private": private, "commitment": commitment, "begun": now, "next": now,
                        "payload": u32(nonce) + u32(day) + public + commitment}
        self.rekeys_asked += 1

    def on_rekey_request(self, header, payload, number, keys, now):
        self.check_flags(header)
        size = 64 if self.suite == 5 else public_key_size(self.suite)
        if len(payload) < 8 + size + 32:
            return violation(f"REKEY_REQUEST with a payload of {len(payload)} bytes")
        nonce, day = num(payload[:4]), num(payload[4:8])
        public, commitment = payload[8:8 + size], payload[8 + size:40 + size]
        stored = self.answered and self.answered[0] == nonce
        if number <= self.last_request_number or not stored and keys is not self.current or self.server and self.request:
            drops["rekey request"] += 1
            return None
        self.last_request_number = number
        if stored:
            if self.answered[2] != payload:
                violation("REKEY_REQUEST copies with different payloads")
            self.transmit(MANAGEMENT, self.answered[1], REKEY_RESPONSE)
            return None
        self.pending = self.answered = None
        self.request = None  # both asked at once: the client drops its own
        if abs(day - int(self.utc()) // DAY_MS) > 1:
            return violation(f"REKEY_REQUEST of day {day}")
        if not same(commitment, rekey_commitment(public, nonce, self.session_id)):
            return violation("REKEY_REQUEST: wrong commitment")
        suite = 1 if self.suite == 5 else self.suite
        private, own_public = key_pair(suite)
        try:
            secret = shared_secret(suite, private, public)
        except ValueError as e:
            return violation(f"REKEY_REQUEST: public key refused: {e}")
        own = rekey_commitment(own_public, nonce, self.session_id)
        self.pending = next_keys(self.current, self.psk, day, self.session_id, secret, commitment, own)
        self.pending_ends = now + 30_000
        self.beats_allowed_until = now + 30_000
        response = u32(nonce) + own_public + own + rekey_confirmation(self.pending.session_key, self.session_id)
        self.answered = (nonce, response, payload)
        self.transmit(MANAGEMENT, response, REKEY_RESPONSE)
        return None

    def on_rekey_response(self, header, payload, keys, now):
        self.check_flags(header)
        suite = 1 if self.suite == 5 else self.suite
        size = public_key_size(suite)
        if len(payload) < 4 + size + 48:
            return violation(f"REKEY_RESPONSE with a payload of {len(payload)} bytes")
        request = self.request
        if not request or num(payload[:4]) != request["nonce"] or keys is not self.current:
            drops["rekey response"] += 1
            return None
        public, commitment, confirmation = payload[4:4 + size], payload[4 + size:36 + size], payload[36 + size:52 + size]
        if not same(commitment, rekey_commitment(public, request["nonce"], self.session_id)):
            return violation("REKEY_RESPONSE: wrong commitment")
        try:
            secret = shared_secret(suite, request["private"], public)
        except ValueError as e:
            return violation(f"REKEY_RESPONSE: public key refused: {e}")
        new = next_keys(self.current, self.psk, request["day"], self.session_id, secret, request["commitment"], commitment)
        if not same(confirmation, rekey_confirmation(new.session_key, self.session_id)):
            return violation("REKEY_RESPONSE: wrong confirmation")
        self.request, self.rekeys_failed = None, 0
        self.switch(new)
        self.heartbeats_owed += 1
        self.epoch_beats = [0, now]
        return None

    def tick_rekey(self, now):
        if self.previous and self.previous_ends and now > self.previous_ends:
            self.previous = None
        if self.pending and now > self.pending_ends:
            self.pending = self.answered = None
        if self.epoch_beats and now >= self.epoch_beats[1]:
            gaps = (500, 1000, 2000, 4000, 8000)
            sent = self.epoch_beats[0]
            self.epoch_beats = [sent + 1, now + gaps[sent] if sent < len(gaps) else float("inf")]
            self.send_heartbeat()
        if self.request and now - self.request["begun"] > 10_000:
            self.request = None
            self.rekeys_failed += 1
            if self.rekeys_failed == 3:
                self.gone = "three rekeys in a row unanswered"
            else:
                self.ask_rekey()
        if self.request and now >= self.request["next"]:
            self.request["next"] = now + 2000
            self.transmit(MANAGEMENT, self.request["payload"], REKEY_REQUEST)

    # -- time (11)

    def ask_time(self):
        nonce, t1 = secrets.randbits(32), self.clock.utc()
        self.sync_pending[nonce] = t1
        self.next_sync = self.clock.now() + 60_000
        self.transmit(CONTROL, u32(nonce) + u64(t1), TIME_SYNC_REQUEST)

    def on_time_sync(self, header, payload, now):
        self.check_flags(header)
        if header.subtype == TIME_SYNC_REQUEST:
            if not self.server:
                return violation("TIME_SYNC_REQUEST of a server")
            if len(payload) < 12:
                return violation(f"TIME_SYNC_REQUEST with a payload of {len(payload)} bytes")
            t1 = num(payload[4:12])
            if abs(t1 - self.clock.utc()) > 41_000:
                violation(f"TIME_SYNC_REQUEST with t1 {t1}, {t1 - self.clock.utc()} ms off")
            t2 = int(self.clock.utc(now))
            self.syncs_answered += 1
            self.transmit(CONTROL, payload[:12] + u64(t2) + u64(int(self.utc())), TIME_SYNC_RESPONSE)
            return
        if self.server:
            return violation("TIME_SYNC_RESPONSE of a client")
        if len(payload) < 28:
            return violation(f"TIME_SYNC_RESPONSE with a payload of {len(payload)} bytes")
        nonce, t1, t2, t3 = struct.unpack(">IQQQ", payload[:28])
        if nonce not in self.sync_pending or self.sync_pending[nonce] != t1:
            return violation("TIME_SYNC_RESPONSE to nothing that was asked")
        del self.sync_pending[nonce]
        t4 = self.clock.utc(now)
        delay, offset = (t4 - t1) - (t3 - t2), ((t2 - t1) + (t3 - t4)) / 2
        if t3 < t2 or delay < 0:
            violation(f"TIME_SYNC_RESPONSE: t3 - t2 = {t3 - t2}, delay {delay}")
        self.syncs_answered += 1
        say(f"time offset {offset:.0f} ms, delay {delay} ms")
        if abs(offset - self.offset) > 2000:
            violation(f"TIME_SYNC_RESPONSE moves the offset from {self.offset:.0f} to {offset:.0f} ms")
        if delay > self.keys.interval:
            return
        self.samples.append((delay, offset))
        best = min(self.samples, key=lambda s: s[0])[1]
        correction = best - self.offset
        self.slew()
        self.target_offset = best
        if abs(correction) > self.keys.interval:
            self.offset = best
        if abs(correction) > 50:
            self.next_sync = self.clock.now() + 10_000

    # -- time passes

    def tick(self):
        if self.gone or not self.established or self.asleep:
            return
        now = self.clock.now()
        self.tick_sleep(now)
        if self.ack_due is not None and now >= self.ack_due:
            self.send_ack()
        self.run_timers()
        self.tick_rekey(now)
        self.pump()
        for m in [m for m, e in self.incoming[0].items() if now - e["since"] > 5000]:
            del self.incoming[0][m]
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
            missing = self.peer_fin is not None and self.next_delivery < self.peer_fin
            if (not missing and not self.unacked_messages and not self.queue) or now - since > 10_000:
                if missing:
                    note(f"{self.peer_fin - self.next_delivery} reliable messages of the other side never came")
                self.fin = Content(FIN, u32(self.next_message[1]), F_FIN)
                self.fin_at = now
                self.launch(self.fin)
        if self.fin and self.closed_at is None:
            if self.fin.acked and self.peer_fin is not None:
                self.closed_at = now
            elif now - self.fin_at > 30_000:
                self.gone = "30 s after FIN without an orderly end"

    @property
    def over(self):
        """Closed in order, and long enough ago that copies have been answered."""
        return self.closed_at is not None and self.clock.now() - max(self.closed_at, self.last_heard) > self.options.linger * 1000


# ---------------------------------------------------------------- handshake, both sides (5)

SYN_TIMES = (0, 500, 1500, 3500, 7500)
SYN_WINDOWS = (0, 0, -1, 1, 0)


def syn_time(copy):
    """When a copy goes out; those after the fifth are suite 5's, every 4 s until 30 s have passed."""
    if copy < len(SYN_TIMES):
        return SYN_TIMES[copy]
    at = SYN_TIMES[-1] + 4000 * (copy - len(SYN_TIMES) + 1)
    return at if at < 30_000 else math.inf


def build_syn_payload(key_exchange_id, suite, features, window, keepalive, start_utc_ms, server, public):
    return u16(key_exchange_id) + u8(suite) + u8(features) + u16(window) + u16(keepalive) + u64(start_utc_ms) + server + public


def build_syn_ack_payload(key_exchange_id, suite, features, window, keepalive, client, hash_, public):
    return u16(key_exchange_id) + u8(suite) + u8(features) + u16(window) + u16(keepalive) + client + hash_ + public


class Peer:
    def __init__(self, options, bind):
        self.options = options
        self.psk, self.token = options.psk, options.token
        self.clock = Clock(options.clock_offset)
        self.net = Net(bind, options.loss, options.seed)

    def rendezvous(self, r):
        o = self.options
        return o.rendezvous or rendezvous_port(self.psk, r, o.port_min, o.port_count)


class Connector(Peer):
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
        self.session = None
        self.syn_acks_to_drop = options.drop_first_syn_ack
        self.reason = "no SYN_ACK"

    # -- the clock of a device that boots without one (11)

    def ask_clock(self, port):
        key = clock_key(self.psk)
        for _ in range(4):
            nonce = secrets.randbits(64) or 1
            header = pack_header(DISCOVERY, CLOCK_REQUEST, 0, nonce, 0, 0, 0, 8)
            sent = self.clock.now()
            self.net.send(self.local_port, mask(clear_packet(header, u64(nonce), key), mask_key(key), True), (self.host, port))
            while self.clock.now() - sent < 2000:
                for _, packet, source, at in self.net.poll(0.05):
                    found = read_packet(packet, mask_key(key), True)
                    if not found or not clear_tag_is_right(found[1], key):
                        drops["clock"] += 1
                        continue
                    header, plain = found
                    payload = plain[26:-16]
                    if header.type != DISCOVERY or header.subtype != CLOCK_RESPONSE or header.session_id != nonce:
                        violation("an answer to CLOCK_REQUEST that is none")
                        continue
                    if header.flags != F_FROM_SERVER or header.sequence or header.ack or header.timestamp or header.epoch:
                        violation(f"CLOCK_RESPONSE with a wrong header: {header}")
                    if len(payload) < 16 or num(payload[:8]) != nonce:
                        violation("CLOCK_RESPONSE with a wrong payload")
                        continue
                    step = num(payload[8:16]) + (at - sent) / 2 - self.clock.utc(at)
                    self.clock.base += step
                    say(f"clock {step:.0f} ms")
                    return
        raise Failure("no CLOCK_RESPONSE")

    # -- SYN

    def begin(self):
        o = self.options
        self.session = None
        self.session_id = secrets.randbits(64) or 1
        self.key_exchange_id = secrets.randbits(16)
        self.private, self.public = handshake_pair(o.suite, self.token, False)
        if o.bad_point:
            self.public = bad_public_key(o.suite, self.public)
        self.began = self.clock.now()
        self.start = self.clock.utc()
        self.day = date(self.start)
        self.offered = o.features if o.suite in P256_SUITES else o.features & ~DIVERSIFIED
        dialled = endpoint(self.host, self.rendezvous(self.start // 10_000))
        self.syn_payload = build_syn_payload(self.key_exchange_id, o.suite, self.offered, o.window, o.keepalive,
                                             self.start, dialled, self.public)
        self.hs_key = handshake_key(self.psk, o.suite, self.day, self.session_id, self.key_exchange_id)
        self.hs_mask = handshake_mask_key(self.psk, o.suite, self.day)
        self.copies = {}
        self.copy = 0
        self.accepted_payload = None

    def send_syn(self):
        utc = self.clock.utc()
        header = pack_header(SYN, 0, F_SYN, self.session_id, 0, 0, utc, len(self.syn_payload))
        self.syn_header = header
        packet = mask(clear_packet(header, self.syn_payload, self.hs_key), self.hs_mask, True)
        port = self.rendezvous(utc // 10_000 + (SYN_WINDOWS[self.copy] if self.copy < 5 else 0))
        self.copies[utc % DAY_MS] = (self.clock.now(), port)
        self.net.send(self.local_port, packet, (self.host, port), self.options.flip)
        self.copy += 1

    # -- SYN_ACK

    def on_syn_ack(self, packet, source, at):
        found = read_packet(packet, self.hs_mask, True)
        if not found or found[0].session_id != self.session_id:
            return False
        header, plain = found
        if not clear_tag_is_right(plain, self.hs_key):
            drops["tag"] += 1
            return True
        if self.syn_acks_to_drop > 0:
            self.syn_acks_to_drop -= 1
            say("SYN_ACK dropped")
            return True
        o, payload = self.options, plain[26:-16]
        size = 59 + public_key_size(o.suite)
        if header.type != SYN_ACK or header.flags != F_SYN | F_ACK | F_FROM_SERVER or header.subtype or header.epoch:
            violation(f"SYN_ACK with a wrong header: {header}")
            return True
        if len(payload) < size:
            violation(f"SYN_ACK with a payload of {len(payload)} bytes")
            return True
        kx, suite, features, window, keepalive = struct.unpack(">HBBHH", payload[:8])
        client, hash_, public = payload[8:27], payload[27:59], payload[59:size]
        if kx != self.key_exchange_id or suite != o.suite:
            violation("SYN_ACK does not echo key_exchange_id and suite")
            return True
        if header.ack not in self.copies:
            violation(f"SYN_ACK acknowledges timestamp {header.ack}, which no copy had")
            return True
        sent, port = self.copies[header.ack]
        if source[1] != port:
            violation(f"SYN_ACK from port {source[1]}, the copy went to {port}")
        if self.accepted_payload is not None:
            if payload != self.accepted_payload:
                violation("SYN_ACK copies with different payloads")
            return True
        if features & ~self.offered:
            violation(f"SYN_ACK: features 0x{features:02x} are not a subset of 0x{self.offered:02x}")
            return True
        if o.keepalive == 0 and keepalive:
            violation(f"SYN_ACK: keepalive {keepalive}, none was asked for")
        elif keepalive != o.keepalive:
            note(f"SYN_ACK: keepalive {keepalive}, asked for {o.keepalive}")
        if not endpoint_is_well_formed(client):
            violation(f"SYN_ACK: malformed endpoint {client.hex()}")
        elif client != endpoint(self.net.bind, self.local_port) and self.host in ("127.0.0.1", "::1"):
            violation(f"SYN_ACK: client endpoint {client.hex()}, ours is {endpoint(self.net.bind, self.local_port).hex()}")
        rtt = at - sent - header.sequence
        server_utc = near_day(header.timestamp, self.clock.utc(at))
        offset = server_utc + rtt / 2 - self.clock.utc(at)
        # Whole milliseconds on one side and fractions on the other: a loopback rtt may come out as -1.
        if rtt < -1.5 or rtt > 10_000 or abs(offset) > 31_000 + rtt:
            drops["SYN_ACK time"] += 1
            violation(f"SYN_ACK: rtt {rtt:.0f} ms, offset {offset:.0f} ms")
            return True
        try:
            if public == self.public:
                raise ValueError("our own public key")
            secret = handshake_secret(suite, self.token, self.private, self.public, public, False)
        except ValueError as e:
            drops["public key"] += 1
            violation(f"SYN_ACK: public key refused: {e}")
            if suite == 5:
                raise Failure("the first SYN_ACK of suite 5 leads nowhere, and there is no second")
            return True
        if not same(hash_, secret_hash(suite, secret)):
            violation("SYN_ACK: wrong shared_secret_hash")
            return True
        rtt = max(rtt, 0)
        self.accepted_payload = payload
        transcript = make_transcript(self.syn_header, self.syn_payload, plain[:26], payload)
        keys = derive_keys(suite, features, secret, self.public, public, kx, self.session_id, transcript, self.hs_key,
                           self.psk, self.token, o.port_count)
        self.session = Session(net=self.net, clock=self.clock, server=False, options=o, suite=suite, features=features,
                               session_id=self.session_id, keys=keys,
                               confirm=handshake_confirm(keys.session_key, transcript), peer_window=window,
                               keepalive=keepalive, peer_address=(self.host, source[1]), local_port=self.local_port,
                               psk=self.psk, offset=offset, rtt=rtt)
        say(f"SYN_ACK offset {offset:.0f} ms, rtt {rtt:.0f} ms, features {features}")
        self.keep_ports()
        self.ack_copies = 0
        self.first_ack = self.next_ack = self.clock.now()
        self.reason = "no packet after the ACK"
        return True

    def keep_ports(self):
        wanted = {self.local_port}
        if self.session:
            wanted |= self.session.wanted_ports()
        self.net.keep(wanted)

    def send_confirm(self):
        self.ack_copies += 1
        self.session.send_confirm()
        # The third copy also goes two windows off, later ones five (11).
        if self.ack_copies >= 3:
            far = 2 if self.ack_copies == 3 else 5
            self.session.send_confirm(-far)
            self.session.send_confirm(far)
        self.next_ack += min(4000, 250 * 2 ** self.ack_copies)

    # -- the run

    def run(self):
        o = self.options
        if o.ask_clock:
            self.ask_clock(o.ask_clock)
        first = self.clock.now()
        self.begin()
        self.messages = self.make_messages()
        self.app = None
        ends = first + o.timeout * 1000
        while True:
            for local, packet, source, at in self.net.poll(0.008):
                if source[0] != self.host:
                    drops["address"] += 1
                elif not (self.session and self.session.receive(packet, local, source)) and not self.on_syn_ack(packet, source, at):
                    drops["not ours"] += 1
            now = self.clock.now()
            if now > ends:
                raise Failure(f"not done after {o.timeout} s: {self.reason}")
            if self.session is None:
                if now - self.began >= (30_000 if o.suite == 5 else 10_000):
                    if now - first >= 29_500:
                        raise Failure("no SYN_ACK within 30 s: other PSK, ports, clock, suite, or no server")
                    self.begin()
                elif (self.copy < 5 or o.suite == 5) and now - self.began >= syn_time(self.copy):
                    self.send_syn()
                continue
            self.keep_ports()
            session = self.session
            if not session.established:
                if now - self.first_ack > 20_000:
                    if now - first >= 30_000 or session.suite == 5:
                        raise Failure("no packet within 20 s after the ACK: other token, or session ports that do not pass")
                    self.begin()
                elif now >= self.next_ack:
                    self.send_confirm()
                continue
            if self.app is None:
                self.app = self.application(session)
            if next(self.app, "done") == "done" and session.over:
                return
            session.tick()
            if session.gone:
                raise Failure(session.gone)

    def make_messages(self):
        o = self.options
        out = [(t.encode(), True) for t in o.send]
        sizes = (18, 600, 1149, 1150, 3000)
        count = o.count if o.count is not None else (len(out) or 6)
        while len(out) < count:
            i = len(out)
            out.append((f"message {i} ".encode().ljust(sizes[i % len(sizes)], b"."), True))
        if o.big:
            out.append((random.Random(1).randbytes(o.big), True))
        out += [(f"fire {i} ".encode().ljust(18 if i % 2 else 2500, b"-"), False) for i in range(o.fire)]
        out.sort(key=lambda m: len(m[0]) > 5000)
        return out

    def application(self, session):
        """Runs beside the session: every turn of the loop takes one step."""
        o = self.options
        say("established")
        start = self.clock.now()
        if session.suite in TOKEN_SUITES or o.time_sync:
            session.ask_time()
        messages = self.messages
        if o.challenge:
            challenge = secrets.token_bytes(32)
            session.send_message(challenge)
            while not session.delivered:
                self.reason = "no answer to the challenge"
                yield
            if not same(session.delivered.popleft()[0], SHA256(challenge + self.token)):
                raise Failure("the answer to the challenge is wrong")
            say("challenge answered")
        wait_reliable = collections.deque(m for m, r in messages if r)
        wait_fire = [m for m, r in messages if not r]
        gap = o.seconds * 1000 / max(1, len(messages) - 1)
        sent = echoed = fire = slept = 0
        refused = 0
        while True:
            now = self.clock.now()
            while sent < len(messages) and now - start >= sent * gap:
                session.send_message(*messages[sent])
                sent += 1
            if session.rekeys_asked < o.rekey and now - start >= (session.rekeys_asked + 0.5) * o.seconds * 1000 / (o.rekey + 1):
                session.ask_rekey()
            quiet = not (session.unacked_messages or session.queue or session.ack_due or session.request or session.epoch_beats)
            if slept < o.sleep and sent > slept and quiet and echoed == sum(r for _, r in messages[:sent]):
                yield from self.sleep(session)
                slept += 1
                continue
            while session.delivered:
                data, reliable = session.delivered.popleft()
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
            if o.expect_too_large and o.big and session.too_large and len(wait_reliable) == 1:
                wait_reliable.popleft()
                refused = 1
            if session.peer_fin is not None and wait_reliable:
                raise Failure(f"the other side closes with {len(wait_reliable)} echoes missing")
            if not wait_reliable and sent == len(messages) and now - start >= o.seconds * 1000 and session.rekeys >= max(o.rekey, o.rekeys) and session.resumes >= o.sleep:
                break
            yield
        if o.fire:
            until = self.clock.now() + 300
            while wait_fire and self.clock.now() < until:
                while session.delivered:
                    data, _ = session.delivered.popleft()
                    if data in wait_fire:
                        wait_fire.remove(data)
                        fire += 1
                yield
            say(f"fire {fire} of {o.fire}")
        if o.expect_too_large and not refused:
            raise Failure("no ERROR 0x3A came")
        say("windows", len(session.windows_used))
        if session.rekeys:
            say("rekeys", session.rekeys)
        session.close_wanted = True
        self.reason = "no orderly end"
        while session.closed_at is None:
            yield
        say("closed")
        self.reason = "lingering"


    def sleep(self, session):
        """Announces a sleep, is silent, and goes on under new keys."""
        session.announce_sleep(60)
        self.reason = "a sleep is not answered"
        while not session.sleep_answered:
            yield
        session.asleep = True
        wakes = self.clock.now() + 1200
        while self.clock.now() < wakes:
            yield
        session.wake()


class Listener(Peer):
    def __init__(self, options):
        super().__init__(options, options.bind or "127.0.0.1")
        self.started = self.clock.utc()
        self.sessions = {}
        self.memory = {}  # SYN memory (20): (session_id, key_exchange_id) -> what was answered
        self.own_keys = set()
        self.syns_to_ignore = options.ignore_first_syn
        self.syn_acks_to_drop = options.drop_first_syn_acks
        self.clock_nonces = collections.deque(maxlen=1024)
        self.clock_answered = -1e9
        self.finished = 0
        self.guesses = 0  # SYNs of suite 5 that were answered since a confirmation was right (17)
        self.announced = set()

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
        o = self.options
        now = self.clock.utc(at)
        suites = TOKEN_SUITES if self.token else (1, 2, 3)
        for day in {date(now - 40_000), date(now + 30_000)}:
            found = read_packet(packet, handshake_mask_key(self.psk, suites[0], day), True)
            if not found or found[0].type != SYN or found[0].length < 35 + 32:
                continue
            header, plain = found
            payload = plain[26:-16]
            kx, suite = num(payload[:2]), payload[2]
            key = handshake_key(self.psk, suites[0], day, header.session_id, kx)
            if not clear_tag_is_right(plain, key):
                drops["tag"] += 1
                continue
            if self.syns_to_ignore > 0:
                self.syns_to_ignore -= 1
                say("SYN ignored")
                return True
            self.check_syn(header, plain, payload, kx, suite, day, key, local, source, at)
            return True
        return False

    def check_syn(self, header, plain, payload, kx, suite, day, key, local, source, at):
        o = self.options
        now = self.clock.utc(at)
        features, window, keepalive, start = struct.unpack(">BHHQ", payload[3:16])
        dialled = payload[16:35]
        if header.flags != F_SYN or header.sequence or header.ack or header.subtype or header.epoch:
            violation(f"SYN with a wrong header: {header}")
        if features & ~(DIVERSIFIED | CLIENT_HOPS):
            violation(f"SYN with features 0x{features:02x}")
        if features & DIVERSIFIED and suite not in P256_SUITES:
            note(f"SYN offers DIVERSIFIED with suite {suite}")
        if not endpoint_is_well_formed(dialled):
            violation(f"SYN: malformed endpoint {dialled.hex()}")
        if header.timestamp >= DAY_MS:
            violation(f"SYN with timestamp {header.timestamp}")
        sent = near_day(header.timestamp % DAY_MS, now)
        if date(start) != day or not -1 <= sent - start <= (30_000 if suite == 5 else 10_000):
            violation(f"SYN: start_utc_ms {start}, sent {sent - start} ms later")
        self.check_syn_copy(sent, start, local, suite)

        if abs(sent - now) > 30_000 or sent < self.started:
            drops["SYN timestamp"] += 1
            note(f"SYN {sent - now} ms off our clock, {sent - self.started} ms after our start: dropped")
            return
        size = 35 + public_key_size(suite)
        public = payload[35:size]
        if public in self.own_keys:
            drops["mirror"] += 1
            return
        known = self.memory.get((header.session_id, kx))
        if known:
            if known["payload"] != payload:
                violation("SYN copies with different payloads")
            known["copies"] += 1
            if known["copies"] > (10 if suite == 5 else len(SYN_TIMES)) and not o.allow_duplicates:
                violation(f"SYN: copy {known['copies']} of the same attempt")
            if known["source"] == source:
                self.send_syn_ack(known, header.timestamp, local, source, at)
            return
        if header.session_id in self.sessions:
            drops["session_id in use"] += 1
            return
        if suite not in ((o.suite or 5,) if self.token else (1, 2, 3)) or o.suite and suite != o.suite:
            drops["suite"] += 1
            note(f"SYN with suite {suite}: dropped")
            return
        if suite == 5 and self.guesses >= 3:
            drops["token is dead"] += 1
            say("the token is dead")
            return
        if len(payload) < size:
            violation(f"SYN with a payload of {len(payload)} bytes")
            return
        try:
            private, own_public = handshake_pair(suite, self.token, True)
            secret = handshake_secret(suite, self.token, private, own_public, public, True)
        except ValueError as e:
            drops["public key"] += 1
            violation(f"SYN: public key refused: {e}")
            return
        if suite == 5:
            self.guesses += 1
        half_open = [s for s in self.sessions.values() if not s.established]
        if len(half_open) >= 2:
            del self.sessions[min(half_open, key=lambda s: s.created).session_id]
        if o.bad_point:
            own_public = bad_public_key(suite, own_public)
        self.own_keys.add(own_public)
        accepted = features & o.features & (3 if suite in P256_SUITES else CLIENT_HOPS)
        answer = build_syn_ack_payload(kx, suite, accepted, o.window, keepalive, endpoint(*source), secret_hash(suite, secret),
                                       own_public)
        entry = {"source": source, "payload": payload, "answer": answer, "key": key, "day": day, "suite": suite,
                 "session_id": header.session_id, "time": at, "copies": 1}
        self.memory[header.session_id, kx] = entry
        syn_ack_header = pack_header(SYN_ACK, 0, F_SYN | F_ACK | F_FROM_SERVER, header.session_id, 0, 0, 0, len(answer))
        transcript = make_transcript(plain[:26], payload, syn_ack_header, answer)
        keys = derive_keys(suite, accepted, secret, public, own_public, kx, header.session_id, transcript, key, self.psk,
                           self.token, o.port_count)
        self.sessions[header.session_id] = Session(
            net=self.net, clock=self.clock, server=True, options=o, suite=suite, features=accepted,
            session_id=header.session_id, keys=keys, confirm=handshake_confirm(keys.session_key, transcript),
            peer_window=window, keepalive=keepalive, peer_address=source, local_port=None, psk=self.psk)
        self.keep_ports()
        self.send_syn_ack(entry, header.timestamp, local, source, at)

    def check_syn_copy(self, sent, start, local, suite):
        """The times and ports of the copies, by the client's own clock."""
        age = sent - start
        copy = min(range(10 if suite == 5 else 5), key=lambda i: abs(age - syn_time(i)))
        if abs(age - syn_time(copy)) > 200:
            note(f"SYN copy sent {age} ms after the start")
        elif not self.options.rendezvous:
            right = {self.rendezvous(t // 10_000 + SYN_WINDOWS[copy]) for t in (sent, start)}
            if local not in right:
                violation(f"SYN copy {copy} at port {local} instead of {sorted(right)}")

    def send_syn_ack(self, entry, syn_timestamp, local, source, at):
        if self.syn_acks_to_drop > 0:
            self.syn_acks_to_drop -= 1
            say("SYN_ACK not sent")
            return
        header = pack_header(SYN_ACK, 0, F_SYN | F_ACK | F_FROM_SERVER, entry["session_id"], int(self.clock.now() - at),
                             syn_timestamp, self.clock.utc(), len(entry["answer"]))
        packet = clear_packet(header, entry["answer"], entry["key"])
        key = handshake_mask_key(self.psk, entry["suite"], entry["day"])
        self.net.send(local, mask(packet, key, True), source)

    # -- CLOCK_REQUEST (11)

    def on_clock_request(self, packet, local, source):
        key = clock_key(self.psk)
        found = read_packet(packet, mask_key(key), True)
        if not found or not clear_tag_is_right(found[1], key):
            return False
        header, plain = found
        payload = plain[26:-16]
        if header.type != DISCOVERY or header.subtype != CLOCK_REQUEST:
            return False
        if header.flags or header.sequence or header.ack or header.timestamp or header.epoch:
            violation(f"CLOCK_REQUEST with a wrong header: {header}")
        if len(payload) < 8 or num(payload[:8]) != header.session_id:
            violation("CLOCK_REQUEST whose nonce is not its session_id")
            return True
        now = self.clock.now()
        if header.session_id in self.clock_nonces or now - self.clock_answered < 1000:
            drops["clock rate"] += 1
            return True
        self.clock_nonces.append(header.session_id)
        self.clock_answered = now
        answer = payload[:8] + u64(self.clock.utc())
        header = pack_header(DISCOVERY, CLOCK_RESPONSE, F_FROM_SERVER, header.session_id, 0, 0, 0, 16)
        self.net.send(local, mask(clear_packet(header, answer, key), mask_key(key), True), source)
        say("clock answered")
        return True

    # -- the run

    def dispatch(self, local, packet, source, at):
        if local == self.options.clock_port and self.psk and self.on_clock_request(packet, local, source):
            return
        for session in list(self.sessions.values()):
            if session.receive(packet, local, source):
                if session.established and session.session_id not in self.announced:
                    self.announced.add(session.session_id)
                    say("established")
                    self.guesses = 0
                    for other in list(self.sessions.values()):
                        if other is not session and other.established:
                            say("replaced")
                            del self.sessions[other.session_id]
                return
        if local in self.rendezvous_ports() and self.on_syn(packet, local, source, at):
            return
        drops["not ours"] += 1

    def serve(self, session):
        o = self.options
        if session.established and session.rekeys_asked < o.rekey and self.clock.now() - session.created > 500 * (session.rekeys_asked + 1):
            session.ask_rekey()
        while session.delivered:
            data, reliable = session.delivered.popleft()
            if o.challenge and not getattr(session, "challenged", False):
                session.challenged = True
                session.send_message(SHA256(data + self.token))
                continue
            say("message", data.decode(errors="replace") if len(data) < 100 else f"of {len(data)} bytes")
            if o.echo:
                session.send_message(data, reliable)
        session.tick()
        if session.closed_at is not None and not getattr(session, "reported", False):
            session.reported = True
            say("windows", len(session.windows_used))
            if session.rekeys < max(o.rekey, o.rekeys):
                raise Failure(f"{session.rekeys} rekeys")
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
            for session in list(self.sessions.values()):
                self.serve(session)
                if not session.established and now - session.created > 60_000:
                    del self.sessions[session.session_id]
                elif session.gone:
                    del self.sessions[session.session_id]
                    if o.once:
                        raise Failure(session.gone)
                    say("gone:", session.gone)
                elif session.over:
                    del self.sessions[session.session_id]
                    if o.once:
                        return
            for k in [k for k, e in self.memory.items() if now - e["time"] > 65_000]:
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
    common.add_argument("--token", help="two words, for suites 5 and 4")
    common.add_argument("--ports", default="1024-65535", metavar="A-B")
    common.add_argument("--rendezvous", type=int, default=0, metavar="PORT", help="one fixed rendezvous port")
    common.add_argument("--bind", help="local address")
    common.add_argument("--window", type=int, default=64, help="receive_window")
    common.add_argument("--max-message", type=int, default=1 << 20, help="longest reliable message that is taken")
    common.add_argument("--clock-offset", type=float, default=0, metavar="MS")
    common.add_argument("--loss", type=float, default=0, metavar="P", help="share of own packets that is not sent")
    common.add_argument("--seed", type=int)
    common.add_argument("--bad-point", action="store_true", help="send an invalid public key under a right tag")
    common.add_argument("--flip", action="store_true", help="send a damaged copy before each packet")
    common.add_argument("--challenge", action="store_true", help="suite 4: the client's challenge of section 17")
    common.add_argument("--allow-duplicates", action="store_true", help="the network may copy packets")
    common.add_argument("--allow-move", action="store_true", help="the client's address may change")
    common.add_argument("--rekey", type=int, default=0, metavar="N", help="ask for new keys N times")
    common.add_argument("--rekeys", type=int, default=0, metavar="N", help="at least N rekeys shall come about, whoever asked")
    common.add_argument("--sleep", type=int, default=0, metavar="N", help="a client: sleep N times between messages, and resume")
    common.add_argument("--linger", type=float, metavar="S",
                        help="how long copies are answered after the end: 10 by the letter and with --loss, else 1 to be quick; "
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
    c.add_argument("--expect-too-large", action="store_true", help="the big one shall be answered with ERROR 0x3A")
    c.add_argument("--fire", type=int, default=0, metavar="N", help="fire-and-forget messages")
    c.add_argument("--seconds", type=float, default=3, help="over which the messages are spread")
    c.add_argument("--time-sync", action="store_true", help="ask TIME_SYNC at once")
    c.add_argument("--ask-clock", type=int, default=0, metavar="PORT")
    c.add_argument("--drop-first-syn-ack", type=int, default=0, metavar="N")
    c.add_argument("--timeout", type=float, default=90)

    s = roles.add_parser("listen", parents=[common])
    s.add_argument("--suite", type=int, choices=(1, 2, 3, 4, 5), default=None, help="the only one to accept")
    s.add_argument("--features", type=int, choices=range(4), default=3, help="those to accept")
    s.add_argument("--echo", action="store_true")
    s.add_argument("--ignore-first-syn", type=int, default=0, metavar="N")
    s.add_argument("--drop-first-syn-acks", type=int, default=0, metavar="N")
    s.add_argument("--clock-port", type=int, default=0)
    s.add_argument("--once", action="store_true", help="exit after one orderly session")
    s.add_argument("--timeout", type=float, default=0)

    o = parser.parse_args(argv)
    first, last = (int(x) for x in o.ports.split("-"))
    if not 1 <= first <= last <= 65535:
        parser.error("--ports A-B")
    o.port_min, o.port_count = first, last - first + 1
    if o.role == "connect":
        o.suite = o.suite or (5 if o.token else 1)
    if o.suite and bool(o.token) != (o.suite in TOKEN_SUITES):
        parser.error("suites 4 and 5 and --token go together")
    if not o.token and not o.psk_file:
        parser.error("--psk-file is needed")
    o.psk = read_psk(o.psk_file) if o.psk_file else b""
    o.token = o.token.encode("ascii") if o.token else b""
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
