#!/usr/bin/env python3
"""Prints the first port from FIRST on that is free for UDP and TCP on 127.0.0.1.

    free_port.py FIRST
"""

from __future__ import annotations

import socket
import sys

TRIES = 100


def is_free(port: int) -> bool:
    """Whether both transports can be bound."""
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as probe:
                if kind == socket.SOCK_STREAM:
                    # As the box binds: a connection that ended a moment ago does not count.
                    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def main() -> int:
    first = int(sys.argv[1])
    for port in range(first, min(first + TRIES, 65536)):
        if is_free(port):
            print(port)
            return 0
    print(f"no free port from {first} on", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
