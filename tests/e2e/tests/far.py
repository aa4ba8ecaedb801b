#!/usr/bin/env python3
"""What stands far from a school: a resolver that filters nothing, and servers that take whatever comes.

    far.py serve           answers DNS on port 53 (UDP, TCP) with 198.51.100.77, greets on other ports
    far.py reach HOST KIND PORT…   says of each port: open, refused, or silent; KIND is tcp or udp
"""

from __future__ import annotations

import socket
import struct
import sys
import threading

ANSWER = socket.inet_aton("198.51.100.77")
TCP_PORTS = (443, 853, 8853, 1194, 1723, 9001)
UDP_PORTS = (80, 443, 853, 8853, 500, 1194, 51820, 3544)
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
    here = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    here.bind(("::", port))
    while True:
        data, peer = here.recvfrom(2048)
        here.sendto(answered(data) if port == 53 else b"here", peer)


def greet(there: socket.socket, port: int) -> None:
    with there:
        if port != 53:
            there.sendall(b"here")
        elif (data := there.recv(2048)):
            answer = answered(data[2:])
            there.sendall(struct.pack("!H", len(answer)) + answer)


def tcp(port: int) -> None:
    here = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    while True:
        greet(here.accept()[0], port)


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
    jobs = [(udp, port) for port in (53, *UDP_PORTS)] + [(tcp, port) for port in (53, *TCP_PORTS)]
    threads = [threading.Thread(target=job, args=(port,)) for job, port in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
