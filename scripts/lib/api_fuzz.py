#!/usr/bin/env python3
"""Asks a real box whatever its OpenAPI file allows and does not allow, by schemathesis.

    api_fuzz.py LACHAN SCHEMATHESIS [EXAMPLES]

The box is the built program in a folder of its own; an administrator asks everything, a counsellor what only she may. No
answer may be an error of the server, of another type than the file names, or of another shape, and the log must name no
panic. What ends the session that asks comes last. Exit code 1 says that something did not hold.
"""
import http.client
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "crates/api/openapi.json"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
# Below the 30 a second that the box allows an address: what it refuses unread tells nothing.
RATE = "25/s"
PASSWORDS = {"admin": "nước chảy đá mòn 77", "counsellor": "lá lành đùm lá rách 88"}
# A stream ends with its reader; tests/api reads it.
STREAM = ["--exclude-path", "/live"]
ENDS_SESSION = ["/session", "/account/password", "/account/totp", "/account/totp/confirm"]
COUNSELLOR = "^/(reports|alerts|counsellor)"


def free_port():
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return door.getsockname()[1]


class Box:
    """The built program, until it is closed."""

    def __init__(self, program, folder):
        self.port = free_port()
        self.data = folder / "data"
        self.log = folder / "log"
        self.data.mkdir()
        settings = folder / "lachan.toml"
        settings.write_text(
            f"""version = "v1"
[paths]
data = "{self.data}"
rules = "{ROOT}/rules"
[resolver]
listen = ["127.0.0.1:0"]
upstreams = ["127.0.0.1:9"]
[web]
listen = ["127.0.0.1:{self.port}"]
management = ["127.0.0.1/32"]
"""
        )
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, "run", "--config", str(settings)], stdout=log, stderr=log
            )
        for _ in range(600):
            try:
                self.ask("GET", "/session")
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"the box does not answer:\n{self.log.read_text()}")

    def ask(self, method, path, body=None, cookie=None):
        """The status, the headers and the document of an answer."""
        plain = ssl._create_unverified_context()  # the box made its certificate itself
        line = http.client.HTTPSConnection("127.0.0.1", self.port, context=plain, timeout=60)
        text = None if body is None else json.dumps(body).encode()
        line.request(method, "/api/v1" + path, text, self.headers(cookie))
        answer = line.getresponse()
        read = answer.read()
        return answer.status, answer.headers, json.loads(read) if read else None

    def headers(self, cookie):
        all = {"Origin": f"https://127.0.0.1:{self.port}", "X-Lachan": "1", "Content-Type": "application/json"}
        return all | ({"Cookie": cookie} if cookie else {})

    def must(self, method, path, body, cookie=None):
        """Its answer's headers; it has to be a good one."""
        status, headers, document = self.ask(method, path, body, cookie)
        if status >= 300:
            sys.exit(f"{method} {path}: {status} {document}")
        return headers

    def sign_in(self, name, password):
        """The session's cookie."""
        return cookie_of(self.must("POST", "/session", {"name": name, "password": password}))

    def people(self):
        """Sessions of an administrator and a counsellor."""
        code = (self.data / "state/first-run-code").read_text().strip()
        first = {"code": code, "name": "quan-tri", "display_name": "Quản trị", "password": PASSWORDS["admin"]}
        admin = cookie_of(self.must("POST", "/setup/account", first))
        second = {"name": "tu-van", "display_name": "Cô Tư vấn", "role": "counsellor", "groups": []}
        _, _, made = self.ask("POST", "/accounts", second, admin)
        once = made["password"]
        counsellor = self.sign_in("tu-van", once)
        change = {"old": once, "new": PASSWORDS["counsellor"]}
        counsellor = cookie_of(self.must("POST", "/account/password", change, counsellor)) or counsellor
        return admin, counsellor

    def close(self):
        self.process.terminate()
        return self.process.wait(timeout=60)


def cookie_of(headers):
    given = headers.get("Set-Cookie")
    return given.split(";")[0] if given else None


def fuzz(tool, box, cookie, examples, choice):
    """Whether all held."""
    words = [tool, "run", str(SCHEMA), "--url", f"https://127.0.0.1:{box.port}/api/v1", "--tls-verify=false"]
    for name, value in box.headers(cookie).items():
        if name != "Content-Type":
            words += ["-H", f"{name}: {value}"]
    words += ["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "-n", str(examples), "--seed", "1"]
    words += ["--rate-limit", RATE, "--continue-on-failure", "--no-color", "--generation-database", "none"]
    with tempfile.TemporaryDirectory() as where:
        return subprocess.call(words + choice, cwd=where) == 0


def main():
    program, tool = sys.argv[1:3]
    examples = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    with tempfile.TemporaryDirectory() as folder:
        box = Box(program, pathlib.Path(folder))
        admin, counsellor = box.people()
        others = [word for path in ENDS_SESSION for word in ("--exclude-path", path)]
        held = [
            fuzz(tool, box, admin, examples, STREAM + others),
            fuzz(tool, box, counsellor, examples, ["--include-path-regex", COUNSELLOR]),
            fuzz(tool, box, admin, examples, [word for path in ENDS_SESSION for word in ("--include-path", path)]),
        ]
        status, _, _ = box.ask("GET", "/session")
        code = box.close()
        log = box.log.read_text()
        if "panicked" in log or code != 0 or status != 200:
            print(f"the box ended with {code}, answered {status} before, and said:\n{log[-4000:]}")
            held.append(False)
        print(f"api: {sum(held)} of {len(held)} held")
        sys.exit(0 if all(held) else 1)


main()
