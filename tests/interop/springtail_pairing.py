# SPDX-License-Identifier: MIT
"""A key from a pairing (section 24 of PROTOCOL.md): the first reliable messages in each direction."""

import secrets

from springtail_crypto import HKDF, HMAC, same, u8, u64
from springtail_net import Failure, say

SHARE, STORED = b"\x01", b"\x02"


class Pairing:
    def __init__(self, session, path):
        self.session, self.path = session, path
        self.random = secrets.token_bytes(32)
        self.psk = None
        self.peer_has_stored = False
        session.send_message(SHARE + self.random)

    def proof(self, side):
        return HMAC(self.psk, b"springtail_pairing_stored_v1" + u8(side))

    def take(self, data):
        """A message of the other side: it makes a failure of whatever is not to come now."""
        own = int(self.session.server)
        if len(data) != 33:
            raise Failure(f"a pairing message of {len(data)} bytes")
        if data[:1] == SHARE and self.psk is None:
            both = data[1:] + self.random if own else self.random + data[1:]
            self.psk = HKDF(b"springtail_pairing_v1", both, u64(self.session.session_id), 32)
            with open(self.path, "w", encoding="ascii") as f:
                f.write(self.psk.hex() + "\n")
            self.session.send_message(STORED + self.proof(own))
        elif data[:1] == STORED and self.psk is not None and not self.peer_has_stored and same(data[1:], self.proof(1 - own)):
            self.peer_has_stored = True
            say("paired")
        else:
            raise Failure("a pairing message that may not come, or proves nothing")

    @property
    def done(self):
        return self.peer_has_stored and not self.session.messages.kept
