#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks every formula of PROTOCOL.md, as springtail_peer.py reads it, against a vectors.json.

    test_vectors.py vectors.json
"""

import json
import os
import struct
import sys
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import springtail_peer as sp  # noqa: E402
from springtail_peer import HKDF, HMAC, HMAC128, PBKDF2, SHA256, num, u8, u16, u32, u64  # noqa: E402

checks = 0
failures = []


def check(name, got, want):
    global checks
    checks += 1
    if isinstance(got, (bytes, bytearray)):
        got = bytes(got).hex()
    if str(got) != str(want):
        failures.append(f"{name}\n  computed {got}\n  expected {want}")


def check_wire(name, packet, wire, key, clear):
    """The masked form, and back from it."""
    check(name, sp.mask(packet, key, clear), wire)
    found = sp.read_packet(bytes.fromhex(wire), key, clear)
    check(name + " unmasked", found[1] if found else "does not fit", packet.hex())


def split(packet):
    return packet[:26], packet[26:-16], packet[-16:]


def hx(d, k):
    return bytes.fromhex(d[k])


# ---------------------------------------------------------------- primitives, by their RFCs

def primitives():
    key = bytes(range(32))
    check("ChaCha20, RFC 8439 2.4.2", sp.chacha20(key, bytes.fromhex("000000000000004a00000000"), 1,
          b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."),
          "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
          "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d")
    ciphertext, tag = sp.aead_seal(bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647"),
          b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
          bytes.fromhex("50515253c0c1c2c3c4c5c6c7"))
    check("ChaCha20-Poly1305, RFC 8439 2.8.2: tag", tag, "1ae10b594f09e26a7e902ecbd0600691")
    check("ChaCha20-Poly1305, RFC 8439 2.8.2: start", ciphertext[:16], "d31a8d34648e60db7b86afbc53ef7ec2")
    check("X25519, RFC 7748 5.2", sp.x25519(bytes.fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
          bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")),
          "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    check("HKDF, RFC 5869 A.1", HKDF(bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA)), 42),
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    for name, bad in (("off the curve", sp.bad_public_key(1, sp.p256_public(u8(7).rjust(32, b"\0")))), ("(0, 0)", bytes(64)),
                      ("X = p", sp.P.to_bytes(32, "big") + bytes(32))):
        try:
            sp.p256_point(bad)
            check("P-256 refuses a point " + name, "accepted", "refused")
        except ValueError:
            check("P-256 refuses a point " + name, "refused", "refused")
    # NIST test vectors of GCM: cases 14 and 18
    check("AES-256-GCM, case 14", aes256_gcm(bytes(32), bytes(12), bytes(16), b""),
          "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")
    check("AES-256-GCM, case 18: tag", aes256_gcm(
        bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2),
        bytes.fromhex("9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b"),
        bytes.fromhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"),
        bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))[-16:], "a44a8266ee1c8eb0c8b5d4cf5ae9f19a")
    for low, near, want in ((5, 2**32 - 3, 2**32 + 5), (0xFFFFFFFD, 2**32 + 5, 0xFFFFFFFD), (0xFFFFFFFF, 5, -1),
                            (0x80000000, 0, 0x80000000), (0, 0x80000000, 2**32)):
        check(f"extended_sequence({low}, {near})", sp.extend(low, near), want)


# ---------------------------------------------------------------- sections 2, 4, 1

def long_term(v, name, start):
    psk, day = hx(v, "psk"), v["date"].encode()
    session_id, nonce = int(v["session_id"]), hx(v, "nonce")
    check(name + ".utc_ms is that of the SYN", v["utc_ms"], start)
    check(name + ".date", sp.date(int(v["utc_ms"])).decode(), v["date"])
    check(name + ".fingerprint", sp.fingerprint(psk), v["fingerprint"])
    check(name + ".daily_key", sp.daily_key(psk, day), v["daily_key"])
    check(name + ".handshake_key", sp.handshake_key(psk, 1, day, session_id, v["key_exchange_id"]), v["handshake_key"])
    check(name + ".session_key", sp.derive_session_key(sp.daily_key(psk, day), session_id, nonce), v["session_key"])
    truncated = sp.daily_key(psk, day, HMAC128)
    check(name + ".daily_key_truncated_hkdf", truncated, v["daily_key_truncated_hkdf"])
    check(name + ".session_key_truncated_hkdf", sp.derive_session_key(truncated, session_id, nonce, HMAC128),
          v["session_key_truncated_hkdf"])


def rendezvous(v, psk):
    for e in v:
        r = int(e["r"])
        check(f"rendezvous {r}.date", sp.date(r * 10_000).decode(), e["date"])
        check(f"rendezvous {r}.port", sp.rendezvous_port(psk, r, 1024, 64512), e["port"])
        check(f"rendezvous {r}.port_40000_1000", sp.rendezvous_port(psk, r, 40000, 1000), e["port_40000_1000"])


def endpoints(v):
    for text, want in v.items():
        host, port = text.rsplit(":", 1)
        check(f"endpoints {text}", sp.endpoint(host.strip("[]"), int(port)), want)


# ---------------------------------------------------------------- handshakes and sessions (5 to 9)



def spake2(v, name, token):
    check(name + ".w", sp.token_scalar(token).to_bytes(32, "big"), v["w"])
    private = hx(v, "client_private"), hx(v, "server_private")
    public = hx(v, "client_public"), hx(v, "server_public")
    for side in (False, True):
        check(f"{name}.{'server' if side else 'client'}_public", sp.spake2_share(token, private[side], side), public[side].hex())
    secrets = [sp.spake2_secret(token, private[side], public[side], public[not side], side) for side in (False, True)]
    check(name + " both sides agree", secrets[0], secrets[1].hex())
    return secrets[0]


def session_packet(v, name, item, suite, keys, from_server, number, plaintext, wire_key):
    """Builds the packet from its plaintext; if that is None, reads it. Returns the plaintext."""
    packet = hx(v, item)
    header, _, _ = split(packet)
    check(f"{name}.{item} number", num(header[12:16]), number % (1 << 32))
    got = sp.unprotect(suite, keys, from_server, number, packet)
    check(f"{name}.{item} tag", "right" if got is not None else "wrong", "right")
    if plaintext is not None:
        check(f"{name}.{item} plaintext", got or b"", plaintext.hex())
        check(f"{name}.{item}", sp.protect(suite, keys, from_server, number, header, plaintext), v[item])
    if item in v.get("on_the_wire", {}):
        check_wire(f"{name}.on_the_wire.{item}", packet, v["on_the_wire"][item], wire_key, False)
    check(f"{name}.{item} length", num(header[24:26]), len(packet) - 42)
    return got or b""


def flags_of(v, name, item, want):
    check(f"{name}.{item} flags", hx(v, item)[3], want)


def suite(v, name, number, features, lt):
    psk = hx(lt, "psk")
    token = v["secret_key"][6:].encode() if number in sp.TOKEN_SUITES else b""
    session_id, kx, start = int(lt["session_id"]), lt["key_exchange_id"], int(v["start_utc_ms"])
    client_public, server_public = hx(v, "client_public"), hx(v, "server_public")
    if number == 5:
        secret, hash_ = spake2(v, name, token), bytes(32)
    else:
        for side in ("client", "server"):
            private = hx(v, side + "_private")
            public = sp.p256_public(private) if number in sp.P256_SUITES else sp.x25519(private, u8(9) + bytes(31))
            check(f"{name}.{side}_public", public, v[side + "_public"])
        secret = sp.shared_secret(number, hx(v, "client_private"), server_public)
        check(f"{name}.shared_secret of the server", sp.shared_secret(number, hx(v, "server_private"), client_public), v["shared_secret"])
        hash_ = sp.secret_hash(number, secret)
    check(f"{name}.shared_secret", secret, v["shared_secret"])
    check(f"{name}.shared_secret_hash", hash_, v["shared_secret_hash"])

    day = sp.date(start)
    hs_key = sp.handshake_key(psk, number, day, session_id, kx)
    hs_mask = sp.handshake_mask_key(psk, number, day)
    check(f"{name}.handshake_mask_key", hs_mask, v["handshake_mask_key"])

    syn_header, syn_payload, _ = split(hx(v, "syn"))
    window, keepalive = struct.unpack(">HH", syn_payload[4:8])
    payload = sp.build_syn_payload(kx, number, features, window, keepalive, start, hx(v, "server_endpoint"), client_public)
    for item in ("syn", "syn_copy"):
        timestamp = num(hx(v, item)[20:24])
        header = sp.pack_header(sp.SYN, 0, sp.F_SYN, session_id, 0, 0, timestamp, len(payload))
        check(f"{name}.{item}", sp.clear_packet(header, payload, hs_key), v[item])
        check_wire(f"{name}.on_the_wire.{item}", hx(v, item), v["on_the_wire"][item], hs_mask, True)
    check(f"{name}.syn timestamp", num(syn_header[20:24]), start % sp.DAY_MS)

    ack_header, ack_payload, _ = split(hx(v, "syn_ack"))
    window, keepalive = struct.unpack(">HH", ack_payload[4:8])
    payload = sp.build_syn_ack_payload(kx, number, features, window, keepalive, hx(v, "client_endpoint"), hash_, server_public)
    header = sp.pack_header(sp.SYN_ACK, 0, sp.F_SYN | sp.F_ACK | sp.F_FROM_SERVER, session_id, num(ack_header[12:16]),
                            num(hx(v, "syn_copy")[20:24]), num(ack_header[20:24]), len(payload))
    check(f"{name}.syn_ack", sp.clear_packet(header, payload, hs_key), v["syn_ack"])
    check_wire(f"{name}.on_the_wire.syn_ack", hx(v, "syn_ack"), v["on_the_wire"]["syn_ack"], hs_mask, True)

    transcript = sp.make_transcript(syn_header, syn_payload, ack_header, ack_payload)
    check(f"{name}.transcript", transcript, v["transcript"])
    keys = sp.derive_keys(number, features, secret, client_public, server_public, kx, session_id, transcript, hs_key,
                          psk, token, 64512)
    check(f"{name}.master", keys.master, v["master"])
    for field, want in v["parameters"].items():
        check(f"{name}.parameters.{field}", getattr(keys, field), want)
    mask = sp.mask_key(keys.session_key)
    check(f"{name}.session_mask_key", mask, v["session_mask_key"])
    confirm = sp.handshake_confirm(keys.session_key, transcript)
    check(f"{name}.confirm", confirm, v["confirm"])

    c, s = keys.client_sequence, keys.server_sequence
    got = session_packet(v, name, "ack", number, keys, False, c + 1, None, mask)
    session_packet(v, name, "ack", number, keys, False, c + 1, got[:2] + u32(0) + confirm, mask)
    check(f"{name}.ack acknowledgment", num(hx(v, "ack")[16:20]), s)
    flags_of(v, name, "ack", sp.F_ACK)
    got = session_packet(v, name, "heartbeat", number, keys, True, s + 1, None, mask)
    session_packet(v, name, "heartbeat", number, keys, True, s + 1, got[:8] + u32(0), mask)
    check(f"{name}.heartbeat utc_ms", num(got[:8]) % sp.DAY_MS, num(hx(v, "heartbeat")[20:24]))
    flags_of(v, name, "heartbeat", sp.F_ACK | sp.F_FROM_SERVER)
    session_packet(v, name, "data", number, keys, False, c + 2, u32(0) + u16(0) + u16(1) + u8(1) + hx(v, "data_message"), mask)
    flags_of(v, name, "data", sp.F_ACK | sp.F_PSH)
    session_packet(v, name, "data_past_2_32", number, keys, False, (1 << 32) + 5, None, mask)
    session_packet(v, name, "time_sync_request", number, keys, False, c + 3, None, mask)
    got = session_packet(v, name, "ack_with_sack", number, keys, False, c + 4, None, mask)
    check(f"{name}.ack_with_sack has a bitmap", num(got[2:6]) != 0, True)
    flags_of(v, name, "ack_with_sack", sp.F_ACK | sp.F_SACK)

    check(f"{name}.hop_key", keys.hop_key, v["hop_key"])
    check(f"{name}.hop_interval_ms", keys.interval, v["hop_interval_ms"])
    for e in v["ports"]:
        w = int(e["w"])
        check(f"{name}.ports {w} client", keys.port(0, w, 1024, 64512), e["client"])
        check(f"{name}.ports {w} server", keys.port(1, w, 1024, 64512), e["server"])
        short = sp.derive_keys(number, features, secret, client_public, server_public, kx, session_id, transcript, hs_key,
                               psk, token, 1000) if features & sp.DIVERSIFIED else keys
        check(f"{name}.ports {w} server_40000_1000", short.port(1, w, 40000, 1000), e["server_40000_1000"])
    windows = [int(e["w"]) for e in v["ports"]]
    check(f"{name}.ports hold the handshake's window", keys.window(start) in windows, True)
    return keys, confirm, mask


# ---------------------------------------------------------------- rekey, repair, resume (12, 13, 16)

def rekey_keys(v, psk, session_id, old_session_key, secret, commitments):
    day = sp.date(v["day"] * sp.DAY_MS)
    combined = secret + commitments + HMAC(old_session_key, b"rekey_chain_v1")
    session_key = sp.derive_session_key(sp.daily_key(psk, day), session_id, combined)
    traffic = HKDF(session_key, secret, b"traffic_v1" + commitments, 64)
    return session_key, traffic[:32], traffic[32:], HMAC128(session_key, b"rekey_confirmation" + u64(session_id))


def with_keys(keys, session_key, client_key, server_key):
    auth = HMAC(session_key, b"session_auth_v1") if keys.authentication_key else None
    return sp.Keys(**{**{f: getattr(keys, f) for f in keys.__dataclass_fields__}, "session_key": session_key,
                      "client_key": client_key, "server_key": server_key, "authentication_key": auth})


def extended(packet, near):
    return sp.extend(num(packet[12:16]), near)


def rekey(v, name, psk, session_id, keys, mask):
    check(name + ".old_session_key", keys.session_key, v["old_session_key"])
    sides, commitments = ("requester", "responder"), b""
    for side in sides:
        check(f"{name}.{side}_public", sp.p256_public(hx(v, side + "_private")), v[side + "_public"])
        commitment = SHA256(hx(v, side + "_public") + u32(v["rekey_nonce"]) + u64(session_id) + b"key_commitment")
        check(f"{name}.{side}_commitment", commitment, v[side + "_commitment"])
        commitments += commitment
    secret = sp.p256_shared(hx(v, "requester_private"), hx(v, "responder_public"))
    check(name + ".shared_secret", secret, v["shared_secret"])
    session_key, client_key, server_key, confirmation = rekey_keys(v, psk, session_id, keys.session_key, secret, commitments)
    for field, got in (("session_key", session_key), ("client_key", client_key), ("server_key", server_key),
                       ("confirmation", confirmation)):
        check(f"{name}.{field}", got, v[field])
    request = u32(v["rekey_nonce"]) + u32(v["day"]) + hx(v, "requester_public") + commitments[:32]
    response = u32(v["rekey_nonce"]) + hx(v, "responder_public") + commitments[32:] + confirmation
    session_packet(v, name, "request", 1, keys, False, extended(hx(v, "request"), keys.client_sequence), request, mask)
    session_packet(v, name, "response", 1, keys, True, extended(hx(v, "response"), keys.server_sequence), response, mask)
    new = with_keys(keys, session_key, client_key, server_key)
    session_packet(v, name, "first_heartbeat", 1, new, False, extended(hx(v, "first_heartbeat"), keys.client_sequence), None, mask)
    return secret, commitments


def rekey_suite_5(v, name, r, k, session_id, keys, secret, commitments, mask):
    got = rekey_keys({**r, **v}, k, session_id, keys.session_key, secret, commitments)
    for field, value in zip(("session_key", "client_key", "server_key", "confirmation"), got):
        check(f"{name}.{field}", value, v[field])
    new = with_keys(keys, *got[:3])
    wire = {**v, "on_the_wire": {"first_heartbeat": v["on_the_wire"]}}
    session_packet(wire, name, "first_heartbeat", 5, new, False, extended(hx(v, "first_heartbeat"), keys.client_sequence), None, mask)


def repair(v, name, session_id):
    key, nonce = hx(v, "session_key"), v["nonce"]
    a, b = v["requester_next_send"], v["responder_next_send"]

    def commitment(n): return SHA256(u32(n) + u32(nonce) + u64(session_id) + b"sequence_commitment_v1")
    def proof(n, other): return HMAC128(key, u32(n) + u32(nonce) + commitment(other) + u64(session_id))[:4]
    check(name + ".requester_commitment", commitment(a), v["requester_commitment"])
    check(name + ".responder_commitment", commitment(b), v["responder_commitment"])
    check(name + ".requester_proof", proof(a, b), v["requester_proof"])
    check(name + ".responder_proof", proof(b, a), v["responder_proof"])
    check(name + ".confirmation_proof", HMAC128(key, u32(min(a, b)) + u32(max(a, b)) + u64(session_id))[:4], v["confirmation_proof"])


def resume_keys(nonce, session_id, keys):
    k = HKDF(nonce, keys.session_key + keys.client_key + keys.server_key, b"resume_v1" + u64(session_id), 96)
    return with_keys(keys, k[:32], k[32:64], k[64:])


def resume_packet(v, name, nonce, number, keys, last_received, mask):
    packet = hx(v, "resume")
    payload = nonce + u32((number + 1) % (1 << 32)) + u32(last_received)
    header = packet[:26]
    check(name + ".resume number", num(header[12:16]), number % (1 << 32))
    check(name + ".resume", sp.clear_packet(header, payload, keys.session_key), v["resume"])
    check_wire(name + ".on_the_wire.resume", packet, v["on_the_wire"]["resume"], mask, True)


def resume(v, name, session_id, keys, mask):
    nonce, number = hx(v, "resume_nonce"), int(v["number"])
    check(name + ".number", number, int(v["saved_next_number"]) + 65536)
    resume_packet(v, name, nonce, number, keys, v["last_received"], mask)
    new = resume_keys(nonce, session_id, keys)
    for field in ("session_key", "client_key", "server_key"):
        check(f"{name}.{field}", getattr(new, field), v[field])
    session_packet(v, name, "data", 1, new, False, number + 1, None, mask)


def rekey_and_resume_diversified(v, name, r, psk, session_id, keys, secret, commitments, nonce, mask):
    session_key, client_key, server_key, _ = rekey_keys(r, psk, session_id, keys.session_key, secret, commitments)
    new = with_keys(keys, session_key, client_key, server_key)
    check(name + ".session_key", new.session_key, v["session_key"])
    check(name + ".authentication_key", new.authentication_key, v["authentication_key"])
    session_packet(v, name, "time_sync_request", 1, new, False, extended(hx(v, "time_sync_request"), keys.client_sequence), None, mask)
    number = extended(hx(v, "resume"), keys.client_sequence)
    resume_packet(v, name, nonce, number, new, num(split(hx(v, "resume"))[1][20:24]), mask)
    resumed = resume_keys(nonce, session_id, new)
    check(name + ".resumed_session_key", resumed.session_key, v["resumed_session_key"])
    check(name + ".resumed_authentication_key", resumed.authentication_key, v["resumed_authentication_key"])
    wire = {**v}
    session_packet(wire, name, "resumed_time_sync_request", 1, resumed, False, number + 1, None, mask)


# ---------------------------------------------------------------- emergency (14)

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
    return ciphertext + sp.xor(tag, stream[:16])


def emergency(v, name, lt, s1, keys):
    psk, session_id = hx(lt, "psk"), int(lt["session_id"])
    ends = sorted((hx(s1, "client_endpoint"), hx(s1, "server_endpoint")))
    check(name + ".connection_id", num(SHA256(ends[0] + ends[1] + psk + b"connection_id_v1")[:8]), v["connection_id"])
    facts = u64(int(v["start_utc_ms"])) + u32(v["last_good_sequence"]) + u8(v["reason"])
    context = u64(session_id) + ends[0] + ends[1] + facts + HMAC(keys.session_key, b"emergency_context_v1")
    check(name + ".context", context, v["context"])
    key = HKDF(b"emergency_recovery_salt_v1" + u64(session_id), psk, b"emergency_recovery_key" + context, 32)
    check(name + ".emergency_key", key, v["emergency_key"])
    token, recovery_id, utc = hx(v, "recovery_token"), int(v["recovery_session_id"]), int(v["utc_ms"])
    check(name + ".payload", token + u64(recovery_id) + u64(utc), v["payload"])
    day = sp.date(utc)
    session_key = sp.derive_session_key(sp.daily_key(psk, day), session_id, token + u64(recovery_id) + b"emergency_session_key_v1")
    traffic = HKDF(session_key, token, b"traffic_v1", 64)
    new = with_keys(keys, session_key, traffic[:32], traffic[32:])
    new.client_sequence = new.server_sequence = 0
    for field in ("session_key", "client_key", "server_key"):
        check(f"{name}.{field}", getattr(new, field), v[field])
    mask = sp.mask_key(session_key)
    check(name + ".mask_key", mask, v["mask_key"])
    text, challenge = b"emergency_recovery_key_test_v1", u64(int(v["challenge"]))
    check(name + ".key_check", text + HMAC128(session_key, text) + challenge, v["key_check"])
    check(name + ".key_check_reply", challenge + HMAC128(session_key, text + challenge), v["key_check_reply"])
    for item, iv, start in (("request", "iv", u64(int(v["connection_id"])) + facts), ("response", "response_iv", b"")):
        header, payload, _ = split(hx(v, item))
        text = hx(v, "payload" if item == "request" else "response_payload")
        check(f"{name}.{item} token and id", text[:40], (token + u64(recovery_id)).hex())
        sealed = hx(v, iv) + aes256_gcm(key, hx(v, iv), text, b"emergency_recovery_v1")
        check(f"{name}.{item} payload", payload, (start + sealed).hex())
        check(f"{name}.{item} tag", sp.clear_packet(header, payload, key), v[item])
        check_wire(f"{name}.on_the_wire.{item}", hx(v, item), v["on_the_wire"][item], sp.handshake_mask_key(psk, 1, day), True)
    return new, mask


def after_emergency(v, name, lt, e, r, interim, mask, secret, commitments):
    psk, session_id = hx(lt, "psk"), int(lt["session_id"])
    session_packet(v, name, "key_check", 1, interim, False, 1, hx(e, "key_check"), mask)
    session_packet(v, name, "key_check_reply", 1, interim, True, 1, hx(e, "key_check_reply"), mask)
    request = u32(r["rekey_nonce"]) + u32(v["day"]) + hx(r, "requester_public") + commitments[:32]
    session_packet(v, name, "rekey_request", 1, interim, False, 2, request, mask)
    got = rekey_keys(v, psk, session_id, interim.session_key, secret, commitments)
    for field, value in zip(("session_key", "client_key", "server_key", "confirmation"), got):
        check(f"{name}.{field}", value, v[field])
    master = sp.master_from_session_key(got[0])
    check(name + ".master", master, v["master"])
    new = sp.keys_from_master(master)
    new.client_key, new.server_key = got[1], got[2]
    for field in ("client_sequence", "server_sequence", "client_port_offset", "server_port_offset", "port_hop_seed", "time_sync_offset"):
        check(f"{name}.{field}", getattr(new, field), v[field])
    check(name + ".hop_key", new.hop_key, v["hop_key"])
    w = int(v["w"])
    check(name + ".client_port", new.port(0, w, 1024, 64512), v["client_port"])
    check(name + ".server_port", new.port(1, w, 1024, 64512), v["server_port"])
    session_packet(v, name, "first_heartbeat", 1, new, False, new.client_sequence + 1, None, sp.mask_key(got[0]))


# ---------------------------------------------------------------- discovery, clock (15, 11)

def discovery(v, name):
    psks = [bytes.fromhex(p) for p in v["psks"]]
    id_, salt = u64(int(v["discovery_id"])), u32(v["salt"])
    blinded = [HMAC128(sp.fingerprint(p), id_ + salt + b"psi_blinding_v1") for p in psks]
    for field, size in (("filter", 256), ("filter_512", 512)):
        bits = bytearray(size)
        for b in blinded:
            for i in range(3):
                bit = num(SHA256(b + u8(i) + b"bloom_hash_v1")[:4]) % (8 * size)
                bits[bit // 8] |= 0x80 >> bit % 8
        check(f"{name}.{field}", bits, v[field])
    candidates = [SHA256(b + b"candidate_v1") for b in blinded]
    for i, p in enumerate(psks):
        check(f"{name}.blinded[{i}]", blinded[i], v["blinded"][i])
        check(f"{name}.candidates[{i}]", candidates[i], v["candidates"][i])
    check(name + ".confirmation", SHA256(sp.fingerprint(psks[0]) + id_ + salt + b"psk_confirmation_v1"), v["confirmation"])
    psk_hash, nonce = SHA256(psks[0] + b"psk_proof_salt"), hx(v, "challenge_nonce")

    def proof(role): return HMAC128(psk_hash, psk_hash + SHA256(nonce + role) + id_ + b"knowledge_proof_v1")
    for role in ("initiator", "responder", "offer", "match"):
        check(f"{name}.proof_{role}", proof(role.encode()), v["proof_" + role])
    key, mask = SHA256(b"discovery_integrity_v1" + id_), sp.mask_key(sp.PUBLIC_HANDSHAKE_KEY)
    check(name + ".integrity_key", key, v["integrity_key"])
    check(name + ".mask_key", mask, v["mask_key"])
    subtypes = {"request": 1, "response": 2, "confirm": 3, "accept": 4, "proofs": 5, "proofs_match": 6, "refused": 2}
    starts = {"request": id_ + salt + u16(2) + u16(256) + u16(0) + u16(0) + hx(v, "filter"),
              "confirm": id_ + hx(v, "confirmation") + proof(b"initiator"),
              "accept": id_ + u16(0) + proof(b"responder"), "proofs_match": id_ + proof(b"match"),
              "refused": id_ + u16(0) + u16(2) + u16(0) + u16(0) + bytes(32)}
    for item, wire in v["on_the_wire"].items():
        found = sp.read_packet(bytes.fromhex(wire), mask, True)
        if not found:
            check(f"{name}.on_the_wire.{item}", "does not fit", "fits")
            continue
        header, plain = found
        payload = plain[26:-16]
        answer = subtypes[item] in (2, 4, 6)
        check(f"{name}.on_the_wire.{item} tag", "right" if sp.clear_tag_is_right(plain, key) else "wrong", "right")
        check(f"{name}.on_the_wire.{item} header", (header.type, header.subtype, header.flags, header.session_id, header.sequence, header.timestamp),
              (sp.DISCOVERY, subtypes[item], sp.F_FROM_SERVER if answer else 0, int(v["discovery_id"]), 0, 0))
        if item in starts:
            check(f"{name}.on_the_wire.{item} payload", payload, starts[item].hex())
        elif item == "response":
            check(f"{name}.on_the_wire.response start", payload[:8] + payload[10:48], (id_ + u16(0) + u16(0) + u16(0) + nonce).hex())
            offered = [payload[i:i + 32] for i in range(48, len(payload), 32)]
            check(f"{name}.on_the_wire.response count", num(payload[8:10]), len(offered))
            check(f"{name}.on_the_wire.response offers a candidate", any(c in offered for c in candidates), True)
        elif item == "proofs":
            check(f"{name}.on_the_wire.proofs start", payload[:40], (id_ + nonce).hex())
            check(f"{name}.on_the_wire.proofs length", len(payload), 41 + 16 * payload[40])
            check(f"{name}.on_the_wire.proofs first", payload[41:57], proof(b"offer").hex())


def clock(v, name):
    key = sp.clock_key(hx(v, "psk"))
    mask = sp.mask_key(key)
    check(name + ".clock_key", key, v["clock_key"])
    check(name + ".mask_key", mask, v["mask_key"])
    nonce = num(hx(v, "request")[4:12])
    for item, subtype, flags, payload in (("request", sp.CLOCK_REQUEST, 0, u64(nonce)),
                                          ("response", sp.CLOCK_RESPONSE, sp.F_FROM_SERVER, u64(nonce) + u64(int(v["utc_ms"])))):
        header = sp.pack_header(sp.DISCOVERY, subtype, flags, nonce, 0, 0, 0, len(payload))
        check(f"{name}.{item}", sp.clear_packet(header, payload, key), v[item])
        check_wire(f"{name}.{item}_on_the_wire", hx(v, item), v[item + "_on_the_wire"], mask, True)


def run(v, known):
    for section in sorted(set(v) - known):
        failures.append(f"{section}: no check for this section")
    lt = v["long_term"]
    psk, session_id = hx(lt, "psk"), int(lt["session_id"])
    primitives()
    long_term(lt, "long_term", v["suite_1"]["start_utc_ms"])
    rendezvous(v["rendezvous"], psk)
    endpoints(v["endpoints"])
    s1, _, mask1 = suite(v["suite_1"], "suite_1", 1, 2, lt)
    s1d, _, mask1d = suite(v["suite_1_diversified"], "suite_1_diversified", 1, 3, lt)
    for n in (2, 3, 4):
        suite(v[f"suite_{n}"], f"suite_{n}", n, 2, lt)
    s5, _, mask5 = suite(v["suite_5"], "suite_5", 5, 2, lt)
    h = v["hop_past_32_bits"]
    check("hop_past_32_bits.port", sp.hop_port(hx(h, "hop_key"), h["side"], int(h["w"]), h["offset"], h["port_min"], h["port_count"]), h["port"])
    secret, commitments = rekey(v["rekey"], "rekey", psk, session_id, s1, mask1)
    repair(v["repair"], "repair", session_id)
    resume(v["resume"], "resume", session_id, s1, mask1)
    rekey_and_resume_diversified(v["rekey_and_resume_diversified"], "rekey_and_resume_diversified", v["rekey"], psk, session_id,
                                 s1d, secret, commitments, hx(v["resume"], "resume_nonce"), mask1d)
    rekey_suite_5(v["rekey_suite_5"], "rekey_suite_5", v["rekey"], s5.session_key, session_id, s5, secret, commitments, mask5)
    interim, mask = emergency(v["emergency"], "emergency", lt, v["suite_1"], s1)
    after_emergency(v["after_emergency"], "after_emergency", lt, v["emergency"], v["rekey"], interim, mask, secret, commitments)
    discovery(v["discovery"], "discovery")
    clock(v["clock"], "clock")


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: test_vectors.py vectors.json")
    with open(sys.argv[1], encoding="utf-8") as f:
        v = json.load(f)
    known = {"about", "long_term", "rendezvous", "endpoints", "suite_1", "suite_1_diversified", "suite_2", "suite_3", "suite_4",
             "suite_5", "hop_past_32_bits", "rekey", "repair", "resume", "rekey_and_resume_diversified", "rekey_suite_5",
             "emergency", "after_emergency", "discovery", "clock"}
    try:
        run(v, known)
    except Exception as e:  # values so wrong that a formula cannot be computed
        failures.append(f"stopped by {type(e).__name__}: {e}\n" + "".join(traceback.format_tb(e.__traceback__)[-2:]))
    for text in failures:
        print("DIFFERS", text)
    print(f"{checks} checks, {len(failures)} differ")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
