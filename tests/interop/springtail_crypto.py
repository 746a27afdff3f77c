# SPDX-License-Identifier: MIT
"""The primitives that PROTOCOL.md builds on, from their own RFCs, with Python's standard library: slow, and not constant-time."""

import hashlib
import hmac
import struct

# ---------------------------------------------------------------- integers, hashes, key derivation

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


def p256_sum(a, b):
    return p256_affine(_add((*a, 1), (*b, 1)))


def point_bytes(p):
    return p[0].to_bytes(32, "big") + p[1].to_bytes(32, "big")


# ---------------------------------------------------------------- AES-256-GCM (NIST SP 800-38D)

def _aes_box():
    box, p, q = [0] * 256, 1, 1
    while True:
        p = (p ^ p << 1 ^ (0x1B if p & 0x80 else 0)) & 0xFF
        for shift in (1, 2, 4):
            q = (q ^ q << shift) & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        box[p] = 0x63
        for shift in range(5):
            box[p] ^= (q << shift | q >> (8 - shift)) & 0xFF
        if p == 1:
            box[0] = 0x63
            return box


BOX = _aes_box()


def aes256_schedule(key):
    words, rcon = [list(key[i:i + 4]) for i in range(0, 32, 4)], 1
    for i in range(8, 60):
        t = list(words[-1])
        if i % 8 == 0:
            t = [BOX[x] for x in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon <<= 1
        elif i % 8 == 4:
            t = [BOX[x] for x in t]
        words.append([a ^ b for a, b in zip(words[i - 8], t)])
    return [sum(words[i:i + 4], []) for i in range(0, 60, 4)]


def aes_block(schedule, block):
    def double(x): return (x << 1 ^ (0x1B if x & 0x80 else 0)) & 0xFF
    state = [a ^ b for a, b in zip(block, schedule[0])]
    for r in range(1, 15):
        state = [BOX[state[(i + 4 * (i % 4)) % 16]] for i in range(16)]
        if r < 14:
            mixed = []
            for c in range(0, 16, 4):
                col = state[c:c + 4]
                all_ = col[0] ^ col[1] ^ col[2] ^ col[3]
                mixed += [col[i] ^ all_ ^ double(col[i] ^ col[(i + 1) % 4]) for i in range(4)]
            state = mixed
        state = [a ^ b for a, b in zip(state, schedule[r])]
    return bytes(state)


def aes256_gcm(key, iv, plaintext, aad):
    """NIST SP 800-38D; ciphertext || tag."""
    schedule = aes256_schedule(key)
    h = num(aes_block(schedule, bytes(16)))

    def ghash(data):
        y = 0
        for i in range(0, len(data), 16):
            x, y = y ^ num(data[i:i + 16]), 0
            v = h
            for bit in range(127, -1, -1):
                y ^= v if x >> bit & 1 else 0
                v = v >> 1 ^ (0xE1 << 120 if v & 1 else 0)
        return y.to_bytes(16, "big")

    def pad(b): return b + bytes(-len(b) % 16)
    start = iv + b"\0\0\0\1" if len(iv) == 12 else ghash(pad(iv) + bytes(8) + u64(8 * len(iv)))
    stream = b"".join(aes_block(schedule, start[:12] + u32((num(start[12:]) + i) % (1 << 32)))
                      for i in range(1 + (len(plaintext) + 15) // 16))
    ciphertext = bytes(a ^ b for a, b in zip(plaintext, stream[16:]))
    tag = ghash(pad(aad) + pad(ciphertext) + u64(8 * len(aad)) + u64(8 * len(ciphertext)))
    return ciphertext + xor(tag, stream[:16])
