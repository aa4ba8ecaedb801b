#!/usr/bin/env python3
"""The Internet of a school whose web goes through the real proxy: it takes whatever comes, at whatever address, and
tells what it saw.

    internet.py FOLDER     FOLDER holds site.pem and site.key; what HTTP servers are asked goes to FOLDER/seen

Ports 80 and 8080 are HTTP (and a proxy), 443 and 8443 are TLS with HTTP behind it; who says anything else there first hears `raw`, who says nothing
hears the greeting of an SSH server. Ports 53, 5353 and 5053 answer DNS, always with 198.51.100.77. All others greet or echo.
"""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import struct
import sys
import threading
import time

ANSWER = socket.inet_aton("198.51.100.77")
DNS_PORTS = (53, 5353, 5053)
ECHO_PORTS = (80, 443, 500, 853, 1194, 2200, 3544, 8443, 8853, 51820)
GREETING_PORTS = (22, 853, 1080, 1194, 2200, 3128, 8118, 9001)
PAGE = "Xin chao, day la trang hoc."
# RFC 6455 §1.3.
WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PATIENCE = 10

folder = sys.argv[1]
seen_lock = threading.Lock()


def seen(line: str) -> None:
    """Notes what a server was asked."""
    with seen_lock, open(os.path.join(folder, "seen"), "a", encoding="latin-1") as file:
        file.write(line + "\n")


def dns_answer(query: bytes) -> bytes:
    """One A record, whatever was asked."""
    end = 12
    while query[end]:
        end += 1 + query[end]
    end += 5
    head = query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
    return head + query[12:end] + struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + ANSWER


def udp(port: int) -> None:
    """Answers from the address that was asked: it has all there are."""
    here = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    here.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    here.bind(("::", port))
    while True:
        data, about, _, peer = here.recvmsg(2048, 256)
        asked = [(level, kind, told[:16] + b"\0" * 4) for level, kind, told in about]
        try:
            here.sendmsg([dns_answer(data) if port in DNS_PORTS else b"here"], asked, 0, peer)
        except (OSError, IndexError) as error:
            print(port, peer, error, flush=True)


def listen(port: int, serve) -> None:
    here = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=256)

    def one(there: socket.socket) -> None:
        there.settimeout(PATIENCE)
        try:
            serve(there, port)
        except (OSError, IndexError) as error:
            print(port, error, flush=True)
        finally:
            there.close()

    while True:
        threading.Thread(target=one, args=(here.accept()[0],), daemon=True).start()


def tcp_dns(there: socket.socket, _: int) -> None:
    if data := there.recv(2048):
        answer = dns_answer(data[2:])
        there.sendall(struct.pack("!H", len(answer)) + answer)


def greet(there: socket.socket, port: int) -> None:
    there.sendall(b"SSH-2.0-far\r\n" if port == 22 else b"here")
    there.recv(64)


class Reader:
    """Reads a connection line by line."""

    def __init__(self, there: socket.socket) -> None:
        self.there, self.held = there, b""

    def more(self) -> bool:
        got = self.there.recv(16384)
        self.held += got
        return bool(got)

    def head(self) -> list[bytes] | None:
        while b"\r\n\r\n" not in self.held:
            if not self.more():
                return None
        head, self.held = self.held.split(b"\r\n\r\n", 1)
        return head.split(b"\r\n")

    def take(self, count: int) -> bytes:
        while len(self.held) < count:
            if not self.more():
                raise OSError("cut off")
        got, self.held = self.held[:count], self.held[count:]
        return got

    def line(self) -> bytes:
        while b"\r\n" not in self.held:
            if not self.more():
                raise OSError("cut off")
        line, self.held = self.held.split(b"\r\n", 1)
        return line


def field(lines: list[bytes], name: bytes) -> bytes:
    for line in lines[1:]:
        key, _, value = line.partition(b":")
        if key.lower() == name:
            return value.strip()
    return b""


def body(reader: Reader, lines: list[bytes]) -> bytes:
    if b"chunked" in field(lines, b"transfer-encoding").lower():
        whole = b""
        while size := int(reader.line().split(b";")[0], 16):
            whole += reader.take(size)
            reader.line()
        while reader.line():
            pass
        return whole
    return reader.take(int(field(lines, b"content-length") or 0))


def http(there: socket.socket, _: int, about: str = "") -> None:
    """Says which address it was reached at, for which host, and by which TLS and name."""
    address = there.getsockname()[0].removeprefix("::ffff:")
    reader = Reader(there)
    while lines := reader.head():
        host = field(lines, b"host").decode("latin-1")
        seen(f"{address} {host} {lines[0].decode('latin-1')}")
        if field(lines, b"upgrade").lower() == b"websocket":
            key = base64.b64encode(hashlib.sha1(field(lines, b"sec-websocket-key") + WEBSOCKET).digest())
            there.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          b"Sec-WebSocket-Accept: " + key + b"\r\n\r\n" + reader.held)
            while got := there.recv(4096):
                there.sendall(got)
            return
        path = lines[0].split(b" ")[1]
        if path.startswith(b"/slow"):
            slow(there)
            return
        sent = body(reader, lines)
        if sent:
            seen(f"{address} {host} body {sent.decode('latin-1')!r}")
        page = f"<!doctype html><title>Hoc</title><p>{PAGE} address {address} host {host} {about}\n".encode()
        there.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(page))
        if not lines[0].startswith(b"HEAD"):
            there.sendall(page)


def slow(there: socket.socket) -> None:
    """A download that goes on and on."""
    there.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 1000000\r\n\r\n")
    for _ in range(1000):
        there.sendall(b"x" * 1000)
        time.sleep(0.02)


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(os.path.join(folder, "site.pem"), os.path.join(folder, "site.key"))
    made.set_alpn_protocols(["http/1.1"])

    def named(connection, name, _context) -> None:
        connection.sni = name

    made.sni_callback = named
    return made


def tls(there: socket.socket, port: int) -> None:
    there.settimeout(1)
    try:
        first = there.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        greet(there, 22)
        return
    there.settimeout(PATIENCE)
    if first != b"\x16":
        if first == b"S":
            greet(there, 22)
        elif first:
            there.sendall(b"raw")
            there.recv(64)
        return
    connection = contexts.wrap_socket(there, server_side=True)
    with connection:
        http(connection, port, f"sni {getattr(connection, 'sni', None)} {connection.version()}")


contexts = context()
jobs = [(udp, port) for port in (*DNS_PORTS, *ECHO_PORTS)]
jobs += [(listen, port, tcp_dns) for port in DNS_PORTS]
jobs += [(listen, port, greet) for port in GREETING_PORTS]
jobs += [(listen, 80, http), (listen, 8080, http), (listen, 443, tls), (listen, 8443, tls)]
threads = [threading.Thread(target=job[0], args=job[1:]) for job in jobs]
for thread in threads:
    thread.start()
print("ready", flush=True)
for thread in threads:
    thread.join()
