#!/usr/bin/env python3
"""A stand-in for the Internet's DNS, for scripts/run without a network.

Answers every A question with an address of 192.0.2.0/24 and every AAAA question with one of
2001:db8::/32 (the ranges for documentation, RFC 5737 and RFC 3849), the same for the same name,
and everything else with "no data". Speaks UDP and TCP on one loopback port, which it prints.

    demo_upstream.py [PORT]      PORT 0, the default, takes a free one
"""

from __future__ import annotations

import hashlib
import ipaddress
import socketserver
import struct
import sys
import threading

HEADER = struct.Struct("!6H")
QUESTION_TAIL = struct.Struct("!HH")
RECORD = struct.Struct("!HHHIH")

TYPE_A, TYPE_AAAA, CLASS_IN = 1, 28, 1
# QR and RA; RD is copied from the question.
FLAGS, RECURSION_DESIRED = 0x8080, 0x0100
OPCODE = 0x7800
NOT_IMPLEMENTED = 4
POINTER_TO_QUESTION = 0xC00C
TTL = 60
LONGEST_LABEL = 63


def question_end(message: bytes) -> int | None:
    """Where the first question ends; None when it is cut or compressed."""
    at = HEADER.size
    while at < len(message) and message[at] != 0:
        if message[at] > LONGEST_LABEL:
            return None
        at += 1 + message[at]
    end = at + 1 + QUESTION_TAIL.size
    return end if end <= len(message) else None


def address(name: bytes, qtype: int) -> bytes | None:
    """The address a name gets: always the same, and nobody's."""
    digest = hashlib.sha256(name.lower()).digest()
    if qtype == TYPE_A:
        return ipaddress.IPv4Address(f"192.0.2.{1 + digest[0] % 254}").packed
    if qtype == TYPE_AAAA:
        return ipaddress.IPv6Address("2001:db8::").packed[:12] + digest[:4]
    return None


def answer(message: bytes) -> bytes | None:
    """The answer to a message; None when it is no question."""
    if len(message) < HEADER.size:
        return None
    ident, flags, questions, *_ = HEADER.unpack_from(message)
    end = question_end(message)
    if flags & 0x8000 or questions != 1 or end is None:
        return None
    flags_out = FLAGS | flags & RECURSION_DESIRED
    if flags & OPCODE:
        return HEADER.pack(ident, flags_out | flags & OPCODE | NOT_IMPLEMENTED, 0, 0, 0, 0)
    qtype, qclass = QUESTION_TAIL.unpack_from(message, end - QUESTION_TAIL.size)
    data = address(message[HEADER.size : end - QUESTION_TAIL.size], qtype)
    record = b""
    if data is not None and qclass == CLASS_IN:
        record = RECORD.pack(POINTER_TO_QUESTION, qtype, CLASS_IN, TTL, len(data)) + data
    header = HEADER.pack(ident, flags_out, 1, 1 if record else 0, 0, 0)
    return header + message[HEADER.size : end] + record


class Udp(socketserver.BaseRequestHandler):
    """One datagram."""

    def handle(self) -> None:
        message, socket = self.request
        if (reply := answer(message)) is not None:
            socket.sendto(reply, self.client_address)


class Tcp(socketserver.StreamRequestHandler):
    """One connection; each message follows its length (RFC 1035 §4.2.2)."""

    timeout = 10

    def handle(self) -> None:
        try:
            while len(length := self.rfile.read(2)) == 2:
                message = self.rfile.read(struct.unpack("!H", length)[0])
                if (reply := answer(message)) is None:
                    return
                self.wfile.write(struct.pack("!H", len(reply)) + reply)
        except OSError:
            pass  # the client went away, or is idle


class TcpServer(socketserver.ThreadingTCPServer):
    """Ends with the program, whoever is still connected."""

    allow_reuse_address = True
    daemon_threads = True


def serve(port: int) -> None:
    """Serves both transports until the program is ended."""
    with TcpServer(("127.0.0.1", port), Tcp) as tcp:
        taken = tcp.server_address[1]
        with socketserver.UDPServer(("127.0.0.1", taken), Udp) as udp:
            print(taken, flush=True)
            threading.Thread(target=tcp.serve_forever, daemon=True).start()
            udp.serve_forever()


if __name__ == "__main__":
    try:
        serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    except KeyboardInterrupt:
        pass
