#!/usr/bin/env python3
"""What stands far from a school: a resolver that filters nothing, and servers that take whatever comes.

    far.py serve           answers DNS on port 53 (UDP, TCP) with 198.51.100.77, greets on other ports
    far.py reach HOST KIND PORT…   says of each port: open, refused, or silent; KIND is tcp or udp
    far.py says HOST PORT…         says of each TCP port what its server greets with, or refused, or silent
    far.py many HOST PORT COUNT    begins so many connections and keeps them: how many are open, how many were refused
    far.py frame CARD              sends a frame of a kind that nobody knows
    far.py frames CARD             waits for such a frame: came, or none
    far.py proxy HTTP TLS          takes transparently what was sent to others, and greets with `proxy` and their port
"""

from __future__ import annotations

import socket
import struct
import sys
import threading

ANSWER = socket.inet_aton("198.51.100.77")
TCP_PORTS = (22, 80, 443, 853, 8853, 1194, 1723, 2200, 5228, 9001)
UDP_PORTS = (80, 123, 443, 853, 2200, 8853, 500, 1194, 51820, 3544)
KEPT_PORT = 2300
PATIENCE = 3


def answered(query: bytes) -> bytes:
    """One A record, whatever was asked."""
    end = 12
    while query[end]:
        end += 1 + query[end]
    end += 5
    head = query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
    return head + query[12:end] + struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + ANSWER


def udp(port: int) -> None:
    """Answers from the address that was asked: it has several."""
    here = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    here.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    here.bind(("::", port))
    while True:
        data, about, _, peer = here.recvmsg(2048, 256)
        asked = [(level, kind, told[:16] + b"\0" * 4) for level, kind, told in about]
        try:
            here.sendmsg([answered(data) if port == 53 else b"here"], asked, 0, peer)
        except (OSError, IndexError) as error:
            # Who sent under an address that nobody knows the way to, or no question.
            print(port, peer, error, flush=True)


def greet(there: socket.socket, port: int) -> None:
    with there:
        if port != 53:
            there.sendall(f"here {there.getpeername()[0].removeprefix('::ffff:')}".encode())
        elif (data := there.recv(2048)):
            answer = answered(data[2:])
            there.sendall(struct.pack("!H", len(answer)) + answer)


def tcp(port: int) -> None:
    here = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    while True:
        try:
            greet(here.accept()[0], port)
        except OSError as error:
            print(port, error, flush=True)


IPV6_TRANSPARENT = 75
IP_TRANSPARENT = 19


def proxy(port: int) -> None:
    """Greets on connections that were sent to others."""
    here = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    here.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    here.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    here.setsockopt(socket.IPPROTO_IP, IP_TRANSPARENT, 1)
    here.setsockopt(socket.IPPROTO_IPV6, IPV6_TRANSPARENT, 1)
    here.bind(("::", port))
    here.listen(64)
    while True:
        there, _ = here.accept()
        try:
            there.sendall(f"proxy {there.getsockname()[1]}".encode())
        except OSError as error:
            print(port, error, flush=True)
        there.close()


def keep(port: int) -> None:
    """Holds what comes until its client ends it."""

    def hold(there: socket.socket) -> None:
        with there:
            there.recv(1)

    here = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256)
    while True:
        threading.Thread(target=hold, args=(here.accept()[0],)).start()


def many(host: str, port: int, count: int) -> str:
    opened, refused = [], 0
    for _ in range(count):
        there = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        there.settimeout(PATIENCE)
        try:
            there.connect((host, port))
            opened.append(there)
        except OSError:
            refused += 1
            there.close()
    return f"{len(opened)} {refused}"


# Local experimental (IEEE 802).
KIND = 0x88B5


def frame(card: str) -> None:
    there = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(KIND))
    there.bind((card, KIND))
    there.send(b"\xff" * 6 + there.getsockname()[4] + struct.pack("!H", KIND) + b"\0" * 46)


def frames(card: str) -> str:
    here = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(KIND))
    here.bind((card, KIND))
    here.settimeout(PATIENCE)
    try:
        here.recv(64)
        return "came"
    except TimeoutError:
        return "none"


def says(host: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as there:
        there.settimeout(PATIENCE)
        try:
            there.connect((host, port))
            return there.recv(64).decode() or "closed"
        except (ConnectionRefusedError, ConnectionResetError, PermissionError):
            return "refused"
        except OSError as error:
            return "refused" if error.errno in (101, 113) else "silent"


def reach(host: str, kind: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as there:
        there.settimeout(PATIENCE)
        try:
            there.connect((host, port))
            if kind == "udp":
                there.send(b"hello")
            return "open" if there.recv(16) else "closed"
        except (ConnectionRefusedError, ConnectionResetError, PermissionError):
            return "refused"
        except OSError as error:
            return "refused" if error.errno in (101, 113) else "silent"


def main() -> None:
    if sys.argv[1] == "reach":
        host, kind, ports = sys.argv[2], sys.argv[3], sys.argv[4:]
        print(*(reach(host, kind, int(port)) for port in ports))
        return
    if sys.argv[1] == "says":
        print(*(says(sys.argv[2], int(port)) for port in sys.argv[3:]), sep=", ")
        return
    if sys.argv[1] == "frame":
        frame(sys.argv[2])
        return
    if sys.argv[1] == "frames":
        print(frames(sys.argv[2]))
        return
    if sys.argv[1] == "many":
        print(many(sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
        return
    if sys.argv[1] == "proxy":
        jobs = [(proxy, int(port)) for port in sys.argv[2:]]
    else:
        jobs = [(udp, port) for port in (53, *UDP_PORTS)] + [(tcp, port) for port in (53, *TCP_PORTS)]
        jobs.append((keep, KEPT_PORT))
    threads = [threading.Thread(target=job, args=(port,)) for job, port in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
