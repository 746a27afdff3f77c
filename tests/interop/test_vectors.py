#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks a vectors.json against PROTOCOL.md as springtail_protocol.py reads it, both ways: each value is made anew from the inputs of
make_vectors.py, and each packet on the wire is opened as its receiver does.

    test_vectors.py vectors.json
"""

import json
import os
import sys
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_vectors  # noqa: E402
import springtail_protocol as sp  # noqa: E402
from springtail_crypto import HKDF, P, SHA256, aead_seal, aes256_gcm, chacha20, p256_point, p256_public, u8, x25519  # noqa: E402

checks = 0
failures = []


def check(name, got, want):
    global checks
    checks += 1
    if isinstance(got, (bytes, bytearray)):
        got = bytes(got).hex()
    if str(got) != str(want):
        failures.append(f"{name}\n  computed {got}\n  expected {want}")


# ---------------------------------------------------------------- primitives, by their RFCs

def primitives():
    key = bytes(range(32))
    check("ChaCha20, RFC 8439 2.4.2", chacha20(key, bytes.fromhex("000000000000004a00000000"), 1,
          b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."),
          "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
          "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf74a35be6b40b8eedf2785e42874d")
    ciphertext, tag = aead_seal(bytes(range(0x80, 0xA0)), bytes.fromhex("070000004041424344454647"),
          b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.",
          bytes.fromhex("50515253c0c1c2c3c4c5c6c7"))
    check("ChaCha20-Poly1305, RFC 8439 2.8.2: tag", tag, "1ae10b594f09e26a7e902ecbd0600691")
    check("ChaCha20-Poly1305, RFC 8439 2.8.2: start", ciphertext[:16], "d31a8d34648e60db7b86afbc53ef7ec2")
    check("X25519, RFC 7748 5.2", x25519(bytes.fromhex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
          bytes.fromhex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")),
          "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    check("HKDF, RFC 5869 A.1", HKDF(bytes(range(13)), b"\x0b" * 22, bytes(range(0xF0, 0xFA)), 42),
          "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
    for name, bad in (("off the curve", sp.bad_public_key(1, p256_public(u8(7).rjust(32, b"\0")))), ("(0, 0)", bytes(64)),
                      ("X = p", P.to_bytes(32, "big") + bytes(32))):
        try:
            p256_point(bad)
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


# ---------------------------------------------------------------- what version 2 did not change

SUITE = ("client_public server_public shared_secret shared_secret_hash master parameters.client_sequence parameters.server_sequence "
         "parameters.session_key parameters.port_hop_seed parameters.time_sync_offset parameters.congestion_seed handshake_mask_key "
         "session_mask_key hop_key hop_interval_ms ports.*.w ports.*.server_40000_1000 ports.*.client_1024_64512 ports.*.server_1024_64512")
OFFSETS = " parameters.client_port_offset parameters.server_port_offset"
EPOCH = "session_key client_key server_key"

# Section, fields, and the start of the SHA-256 of their values in the file of version 1.
UNCHANGED = (
    ("long_term", "fingerprint daily_key daily_key_truncated_hkdf session_key session_key_truncated_hkdf", "3d6fd6bbe5a9507f"),
    ("rendezvous", "*.date *.port_40000_1000 *.port_1024_64512", "a8643d3f93714c71"),
    ("endpoints", "*", "dae9f1f17e13ce2b"),
    ("suite_1", SUITE + OFFSETS, "2d542f5beab43a11"),
    ("suite_1_diversified", SUITE + " parameters.hop_interval_variance parameters.hop_sequence_seed parameters.authentication_key", "1281db08d4b1b71e"),
    ("suite_2", "client_public server_public shared_secret shared_secret_hash handshake_mask_key hop_interval_ms", "9a35c32337073150"),
    ("suite_3", SUITE + OFFSETS, "de788e9e243d9980"),
    ("suite_4", SUITE + OFFSETS, "9a1c7df7560dd84d"),
    ("suite_5", SUITE + OFFSETS + " w", "dedb65ebd50d6389"),
    ("hop_past_32_bits", "port", "ac7ab7628561e957"),
    ("rekey", "requester_public responder_public shared_secret requester_commitment responder_commitment confirmation " + EPOCH, "f5bf8a60faa931cd"),
    ("repair", "requester_commitment responder_commitment responder_proof requester_proof confirmation_proof", "6f73b86890d60cc8"),
    ("rekey_and_resume_diversified", "session_key authentication_key resumed_session_key resumed_authentication_key", "54d58d10f5b7d0b3"),
    ("rekey_suite_5", "confirmation " + EPOCH, "7984ddb3766fc5d3"),
    ("emergency", "connection_id context emergency_key payload response_payload mask_key key_check key_check_reply " + EPOCH, "df277c6d846ea759"),
    ("after_emergency", "confirmation master client_sequence server_sequence client_port_offset server_port_offset port_hop_seed "
                        "time_sync_offset hop_key w client_port_1024_64512 server_port_1024_64512 " + EPOCH, "a46532845e923ee6"),
    ("discovery", "blinded.* filter filter_512 confirmation proof_initiator proof_responder proof_offer integrity_key mask_key", "80a3f9a2755a7d6d"),
)


def values(node, path):
    """The values at a path, in which * stands for each member."""
    if not path:
        return [str(node)]
    first, *rest = path
    if first != "*":
        return values(node[int(first)] if isinstance(node, list) else node[first], rest)
    return [x for member in (node if isinstance(node, list) else node.values()) for x in values(member, rest)]


def digest_of(section, fields):
    return SHA256("\n".join(x for f in fields.split() for x in values(section, f.split("."))).encode()).hex()[:16]


# ---------------------------------------------------------------- the file

def compare(path, got, want):
    if isinstance(got, dict) and isinstance(want, dict):
        for k in sorted(got.keys() | want.keys()):
            if k in got and k in want:
                compare(f"{path}.{k}" if path else k, got[k], want[k])
            else:
                failures.append(f"{path}.{k}: " + ("the file has it not" if k in got else "no check for it"))
    elif isinstance(got, list) and isinstance(want, list) and len(got) == len(want):
        for i, (a, b) in enumerate(zip(got, want)):
            compare(f"{path}.{i}", a, b)
    else:
        check(path, got, want)


def at(v, path):
    for name in path.split("."):
        v = v[name]
    return v


def open_packet(v, p):
    """As a receiver does: unmask, look at the header, check the tag, decrypt, take the fields and let the padding be."""
    found = sp.read_packet(bytes.fromhex(at(v, p.path)), p.mask, p.clear)
    check(p.path + " fits", bool(found), True)
    if not found:
        return
    header, plain = found
    check(p.path + " header", (header.type, header.subtype, header.sequence), (p.type, p.subtype, p.number % (1 << 32)))
    if p.clear:
        check(p.path + " tag", sp.clear_tag_is_right(plain, *p.opening), True)
        payload = plain[26:-16]
    else:
        suite, keys, from_server, near = p.opening
        check(p.path + " number", sp.extend(header.sequence, near), p.number)
        check(p.path + " epoch", header.epoch, keys.epoch)
        check(p.path + " direction", bool(header.flags & sp.F_FROM_SERVER), from_server)
        payload = sp.unprotect(suite, keys, from_server, p.number, plain)
        check(p.path + " tag", payload is not None, True)
        payload = payload or b""
        check(p.path + " under a tag of one bit less", sp.unprotect(suite, keys, from_server, p.number, plain[:-1] + u8(plain[-1] ^ 1)), None)
    check(p.path + " fields", payload[:len(p.fields)], p.fields.hex())
    check(p.path + " padding", payload[len(p.fields):], bytes(p.padding).hex())


def parse_handshake(v, section):
    """What SYN and SYN_ACK say, by the layouts of section 5."""
    s = v[section]
    syn, answer = (sp.Syn, sp.parse_syn, "syn", "client"), (sp.SynAck, sp.parse_syn_ack, "syn_ack", "server")
    for kind, parse, item, side in (syn, answer):
        f = parse(bytes.fromhex(s[item])[26:-16])
        where = f"{section}.{item} "
        check(where + "suite", f.suite, section[6] if section != "continued" else 2)
        check(where + "key_exchange_id", f.key_exchange_id, s.get("key_exchange_id", v["long_term"]["key_exchange_id"]))
        check(where + "range", (f.port_min, f.port_count), (s["port_min"], s["port_count"]))
        check(where + "largest_message", f.largest_message, s[side + "_largest_message"])
        check(where + "mark", f.mark, s[side + "_mark"])
        check(where + "public key", f.public, s[side + "_public"])
        if kind is sp.Syn:
            check(where + "start_utc_ms", f.start_utc_ms, s["start_utc_ms"])
            check(where + "endpoint", f.server, s["server_endpoint"])
        else:
            check(where + "endpoint", f.client, s["client_endpoint"])
            check(where + "hash", f.hash, s["shared_secret_hash"])


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: test_vectors.py vectors.json")
    with open(sys.argv[1], encoding="utf-8") as f:
        v = json.load(f)
    try:
        primitives()
        made, packets = make_vectors.build()
        compare("", made, v)
        for p in packets:
            open_packet(v, p)
        for section in [s for s in v if s.startswith("suite_") or s == "continued"]:
            parse_handshake(v, section)
        for section, fields, digest in UNCHANGED:
            check(f"{section}: {fields} of version 1", digest_of(v[section], fields), digest)
    except Exception as e:  # values so wrong that a formula cannot be computed
        failures.append(f"stopped by {type(e).__name__}: {e}\n" + "".join(traceback.format_tb(e.__traceback__)[-2:]))
    for text in failures:
        print("DIFFERS", text)
    print(f"{checks} checks, {len(failures)} differ")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
