#!/usr/bin/env python3
"""What no common client does to get round a filter: sends bytes as it likes, and says in few words what came of it.

    tricks.py hello ADDRESS NAME OPTION…   begins TLS with OpenSSL's ClientHello, changed and cut up as the options say:
        alert N, hello (a server answers), closed, refused, silent, or what came instead. Of a cut at every byte: what came
        of all. Options: port=N v6 ech esni alpn=A version=1.2 raw-name=TEXT twice type=N pad=N split=N|all record=N|all
        ccs first=HEX noname bad=length|record after=HEX
    tricks.py page ADDRESS NAME [HOST] [PORT]     a whole TLS connection: what the page says of itself
    tricks.py first ADDRESS PORT HEX|TEXT  sends this first: what came back
    tricks.py quiet ADDRESS PORT           says nothing
    tricks.py http ADDRESS PORT TEXT…      sends requests (\\r\\n and such are read): the status codes that came, and `closed`
    tricks.py tunnel PROXY TARGET THEN…    CONNECT by a proxy, then `hello NAME` or `first TEXT` in it
    tricks.py pipe PROXY TARGET            CONNECT by a proxy, then what comes and goes (for ssh)
    tricks.py udp ADDRESS PORT HEX|quic1|quic2|wireguard|openvpn|dtls|dns    a datagram: open, refused, silent
    tricks.py echo ADDRESS SIZE COUNT      so many ICMP echo requests at once with so much in them: how many came back
    tricks.py names SERVER DOMAIN COUNT    asks for so many names of a tunnel's kind: how many were answered by the Internet
    tricks.py multicast ADDRESS PORT NAME  asks the link: silent, or who answered
"""

from __future__ import annotations

import os
import socket
import ssl
import struct
import sys
import threading
import time

PATIENCE = 4
ALERT, HANDSHAKE = 21, 22


def family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def dial(address: str, port: int) -> socket.socket:
    """A scope may follow an address: fe80::1%eth0."""
    about = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
    there = socket.socket(about[0], socket.SOCK_STREAM)
    there.settimeout(PATIENCE)
    there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    there.connect(about[4])
    return there


def bytes_of(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return text.encode().decode("unicode_escape").encode("latin-1")


def told(there: socket.socket) -> str:
    """What a server says to what was sent."""
    try:
        got = there.recv(4096)
    except TimeoutError:
        return "silent"
    except OSError:
        return "closed"
    if not got:
        return "closed"
    if got[0] == ALERT and len(got) >= 7:
        return f"alert {got[6]}"
    if got[0] == HANDSHAKE:
        return "hello"
    if got.startswith(b"HTTP/"):
        return got[9:12].decode()
    return got[:24].decode("latin-1").strip().split("\r\n")[0]


def attempt(job) -> str:
    try:
        return job()
    except (ConnectionRefusedError, PermissionError):
        return "refused"
    except TimeoutError:
        return "silent"
    except OSError as error:
        return "refused" if error.errno in (101, 113) else "closed"


class Hello:
    """A ClientHello of OpenSSL's, in its parts."""

    def __init__(self, name: str | None, options: dict[str, str]) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if options.get("version") == "1.2":
            context.maximum_version = ssl.TLSVersion.TLSv1_2
        if alpn := options.get("alpn"):
            context.set_alpn_protocols([alpn])
        out = ssl.MemoryBIO()
        try:
            context.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
        except ssl.SSLWantReadError:
            pass
        body = out.read()[9:]
        at = 34
        at += 1 + body[at]
        at += 2 + int.from_bytes(body[at : at + 2], "big")
        at += 1 + body[at]
        self.start, self.extensions = body[:at], []
        at += 2
        while at < len(body):
            kind, size = struct.unpack_from("!HH", body, at)
            self.extensions.append((kind, body[at + 4 : at + 4 + size]))
            at += 4 + size

    def name(self, raw: bytes, kind: int = 0) -> None:
        """Names a server, in place of the one before."""
        entry = struct.pack("!BH", kind, len(raw)) + raw
        self.extensions = [one for one in self.extensions if one[0]]
        self.extensions.insert(0, (0, struct.pack("!H", len(entry)) + entry))

    def message(self) -> bytes:
        extensions = b"".join(struct.pack("!HH", kind, len(data)) + data for kind, data in self.extensions)
        body = self.start + struct.pack("!H", len(extensions)) + extensions
        return b"\x01" + len(body).to_bytes(3, "big") + body


def record(payload: bytes, kind: int = HANDSHAKE) -> bytes:
    return struct.pack("!BHH", kind, 0x0301, len(payload)) + payload


def records(message: bytes, cuts: list[int]) -> bytes:
    ends = [0, *cuts, len(message)]
    return b"".join(record(message[a:b]) for a, b in zip(ends, ends[1:]) if a < b)


def made(name: str, options: dict[str, str]) -> Hello:
    hello = Hello(None if "noname" in options else name, options)
    if "raw-name" in options:
        hello.name(bytes_of(options["raw-name"]), int(options.get("type", "0")))
    if "twice" in options:
        hello.extensions.append(hello.extensions[0])
    if "ech" in options:
        # RFC 9849 §5: an outer ClientHello with a key of somebody's and a payload; GREASE looks the same (§6.2).
        outer = b"\x00" + struct.pack("!HHB", 1, 1, 7) + struct.pack("!H", 32) + os.urandom(32)
        hello.extensions.append((0xFE0D, outer + struct.pack("!H", 144) + os.urandom(144)))
    if "esni" in options:
        hello.extensions.append((0xFFCE, os.urandom(200)))
    if "pad" in options:
        hello.extensions.append((0x5A5A, bytes(int(options["pad"]))))
    return hello


def hello_once(address: str, message: bytes, options: dict[str, str], split: int | None, cut: int | None) -> str:
    wire = records(message, [cut] if cut else [])
    if "record" in options and options["record"] not in ("all", "") and cut is None:
        size = int(options["record"])
        wire = records(message, list(range(size, len(message), size)))
    if "ccs" in options:
        wire = record(b"\x01", 20) + wire
    if "bad" in options:
        wire = wire[:3] + (b"\x00\x00" if options["bad"] == "length" else b"\x7f\xff") + wire[5:]
    wire = bytes_of(options.get("first", "")) + wire + bytes_of(options.get("after", ""))

    def go() -> str:
        with dial(address, int(options.get("port", "443"))) as there:
            if split is None:
                there.sendall(wire)
            elif split == 0:
                # Byte by byte.
                for at in range(len(wire)):
                    there.send(wire[at : at + 1])
            else:
                there.sendall(wire[:split])
                time.sleep(0.004)
                there.sendall(wire[split:])
            return told(there)

    return attempt(go)


def hello(address: str, name: str, *texts: str) -> str:
    options = dict((text.split("=", 1) + [""])[:2] for text in texts)
    if "legacy" in options:
        return attempt(lambda: first(address, options.get("port", "443"), legacy_hello(name)))
    message = made(name, options).message()
    if options.get("split") == "all":
        outcomes = {hello_once(address, message, options, at, None) for at in range(1, len(message) + 5)}
    elif options.get("record") == "all":
        outcomes = {hello_once(address, message, options, None, at) for at in range(1, len(message))}
    else:
        split = int(options["split"]) if "split" in options else None
        outcomes = {hello_once(address, message, options, split, None)}
    return " or ".join(sorted(outcomes))


def legacy_hello(_: str) -> str:
    """SSLv2's CLIENT-HELLO (RFC 5246 E.2)."""
    body = b"\x01\x03\x01" + struct.pack("!HHH", 3, 0, 16) + b"\x00\x00\x2f" + os.urandom(16)
    return (struct.pack("!H", 0x8000 | len(body)) + body).hex()


def page(address: str, name: str, host: str = "", port: str = "443") -> str:
    def go() -> str:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(dial(address, int(port)), server_hostname=name or None) as there:
            there.sendall(f"GET / HTTP/1.1\r\nHost: {host or name}\r\nConnection: close\r\n\r\n".encode())
            got = b""
            while more := there.recv(4096):
                got += more
                if b"address " in got and got.endswith(b"\n"):
                    break
        words = got.decode("latin-1").split("address ", 1)[-1].split()
        return f"at {words[0]} host {words[2]}"

    try:
        return attempt(go)
    except (ssl.SSLError, IndexError) as error:
        return str(error)


def first(address: str, port: str, text: str) -> str:
    def go() -> str:
        with dial(address, int(port)) as there:
            there.sendall(bytes_of(text))
            return told(there)

    return attempt(go)


def quiet(address: str, port: str) -> str:
    def go() -> str:
        with dial(address, int(port)) as there:
            there.settimeout(2 * PATIENCE)
            return told(there)

    return attempt(go)


def http(address: str, port: str, *texts: str) -> str:
    """The status codes of all answers; bodies are passed over by their length."""

    def go() -> str:
        codes, held = [], b""
        with dial(address, int(port)) as there:
            there.sendall(b"".join(bytes_of(text) for text in texts))
            while True:
                try:
                    got = there.recv(65536)
                except TimeoutError:
                    break
                except OSError:
                    got = b""
                if not got:
                    codes.append("closed")
                    break
                held += got
                while b"\r\n\r\n" in held:
                    head, rest = held.split(b"\r\n\r\n", 1)
                    size = 0
                    for line in head.split(b"\r\n"):
                        if line.lower().startswith(b"content-length:"):
                            size = int(line.split(b":")[1])
                    if len(rest) < size:
                        break
                    codes.append(head[9:12].decode("latin-1"))
                    held = rest[size:]
                    if codes[-1] == "101":
                        return " ".join(codes) + websocket(there)
                there.settimeout(1.5)
        return " ".join(codes) or "silent"

    return attempt(go)


def websocket(there: socket.socket) -> str:
    there.sendall(b"\x82\x84abcd1234")
    try:
        return " echo" if there.recv(64) else " closed"
    except OSError:
        return " silent"


def tunnel(proxy: str, target: str, *then: str) -> str:
    def go() -> str:
        with dial(proxy, 3128) as there:
            there.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
            got = there.recv(4096)
            code = got[9:12].decode("latin-1")
            if code != "200" or not then:
                return code
            if then[0] == "hello":
                there.sendall(record(made(then[1], {"noname": ""} if then[1] == "-" else {}).message()))
            else:
                there.sendall(bytes_of(then[1]))
            return told(there)

    return attempt(go)


def pipe(proxy: str, target: str) -> str:
    there = dial(proxy, 3128)
    there.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    there.recv(4096)

    def up() -> None:
        while got := os.read(0, 4096):
            there.sendall(got)

    threading.Thread(target=up, daemon=True).start()
    try:
        while got := there.recv(4096):
            os.write(1, got)
    except OSError:
        pass
    os._exit(0)


def quic(version: int) -> bytes:
    """What begins like an Initial of QUIC v1 (RFC 9000 §17.2.2) or v2 (RFC 9369 §3.2)."""
    kind = 0xC3 if version == 1 else 0xD3
    number = b"\x00\x00\x00\x01" if version == 1 else b"\x6b\x33\x43\xcf"
    head = bytes([kind]) + number + b"\x08" + os.urandom(8) + b"\x08" + os.urandom(8) + b"\x00" + struct.pack("!H", 0x4000 | 1160)
    return head + os.urandom(1160)


DATAGRAMS = {
    "quic1": lambda: quic(1),
    "quic2": lambda: quic(2),
    "wireguard": lambda: b"\x01\x00\x00\x00" + os.urandom(144),
    "openvpn": lambda: b"\x38" + os.urandom(8) + b"\x00\x00\x00\x00\x00",
    "dtls": lambda: b"\x16\xfe\xff" + bytes(8) + b"\x00\x40" + os.urandom(64),
    "dns": lambda: question(CLOSED),
}
CLOSED = "fb88.com"


def question(name: str, qtype: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return os.urandom(2) + struct.pack("!5H", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", qtype, 1)


def udp(address: str, port: str, what: str) -> str:
    def go() -> str:
        data = DATAGRAMS[what]() if what in DATAGRAMS else bytes_of(what)
        with socket.socket(family(address), socket.SOCK_DGRAM) as there:
            there.settimeout(PATIENCE)
            there.connect((address, int(port)))
            there.send(data)
            return "open" if there.recv(64) else "closed"

    return attempt(go)


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


def echo(address: str, size: str, count: str, kind: str = "8") -> str:
    is_v6 = ":" in address
    protocol = socket.IPPROTO_ICMPV6 if is_v6 else socket.IPPROTO_ICMP
    back = 0
    with socket.socket(family(address), socket.SOCK_RAW, protocol) as there:
        there.settimeout(1.5)
        there.connect((address, 0))
        ident = os.getpid() & 0xFFFF
        for number in range(int(count)):
            data = os.urandom(int(size) // 2 * 2)
            of = 128 if is_v6 else int(kind)
            blank = struct.pack("!BBHHH", of, 0, 0, ident, number) + data
            there.send(struct.pack("!BBHHH", of, 0, 0 if is_v6 else checksum(blank), ident, number) + data)
        try:
            while back < int(count):
                got = there.recv(4096)
                at = 0 if is_v6 else (got[0] & 15) * 4
                if got[at] in (0, 129, 14) and got[at + 4 : at + 6] == struct.pack("!H", ident):
                    back += 1
        except OSError:
            pass
    return str(back)


def names(server: str, domain: str, count: str) -> str:
    """Asks what a tunnel asks: long names of letters at random, each once."""
    answered = 0
    with socket.socket(family(server), socket.SOCK_DGRAM) as there:
        there.settimeout(2)
        there.connect((server, 53))
        for _ in range(int(count)):
            name = ".".join(os.urandom(24).hex() for _ in range(3)) + "." + domain
            asked = question(name, 16)
            there.send(asked)
            try:
                got = there.recv(4096)
                answered += got[3] & 15 == 0
            except OSError:
                pass
    return str(answered)


def multicast(address: str, port: str, name: str) -> str:
    def go() -> str:
        with socket.socket(family(address), socket.SOCK_DGRAM) as there:
            there.settimeout(1.5)
            there.sendto(question(name), (address, int(port)))
            return f"answered by {there.recvfrom(1024)[1][0]}"

    return attempt(go)


if __name__ == "__main__":
    print(globals()[sys.argv[1]](*sys.argv[2:]))
