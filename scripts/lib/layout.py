#!/usr/bin/env python3
"""Checks what no compiler checks: where things lie and how files begin (STYLE.md, Layout).

    layout.py ROOT      prints every breach and fails, or prints nothing
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TOP_LEVEL = {
    "Cargo.toml", "Cargo.lock", "README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE",
    "crates", "rules", "image", "web-ui", "scripts", "tests",
}  # fmt: skip
CRATES = {
    "policy", "lists", "config", "sys", "resolver", "proxy", "firewall",
    "store", "wire", "sync", "web", "api", "daemon", "hub",
}  # fmt: skip
# Who may use whom: the table of DESIGN.md, Shape. The daemon sees all but the hub.
USES = {
    "policy": set(),
    "sys": set(),
    "lists": {"policy", "sys"},
    "config": {"policy"},
    "resolver": {"policy", "sys"},
    "proxy": {"policy", "sys", "web"},
    "firewall": {"policy"},
    "store": {"policy"},
    "web": {"policy"},
    "wire": {"policy"},
    "sync": {"lists", "wire"},
    "api": {"policy", "config", "store", "web"},
    "daemon": CRATES - {"hub", "daemon"},
    "hub": {"policy", "lists", "wire", "web"},
}
LONGEST_FILE = 900
# What a finished file does not hold.
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b|\btodo!\(|\bunimplemented!\(|#\[ignore\b")
PREFIX = "lachan-"


def tracked(root: Path) -> list[str]:
    """All files of the project: those in Git, and those that would be with the next commit."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted({name for name in names.split("\0") if name and (root / name).is_file()})


def misplaced(files: list[str]) -> Iterator[str]:
    """Visible files and folders that the top level does not have, and unknown crates."""
    for top in sorted({name.split("/")[0] for name in files}):
        if not top.startswith(".") and top not in TOP_LEVEL:
            yield f"{top}: the top level is fixed; see STYLE.md, Layout"
    for crate in sorted({name.split("/")[1] for name in files if name.startswith("crates/")}):
        if crate not in CRATES:
            yield f"crates/{crate}: DESIGN.md knows no such crate"


def own_dependencies(root: Path) -> dict[str, set[str]]:
    """By crate of ours: those of ours it uses, its tests apart."""
    command = ["cargo", "metadata", "--no-deps", "--format-version=1"]
    text = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    uses: dict[str, set[str]] = {}
    for package in json.loads(text)["packages"]:
        names = {entry["name"] for entry in package["dependencies"] if entry["kind"] is None}
        own = {name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}
        uses[package["name"].removeprefix(PREFIX)] = own
    return uses


def wrong_dependencies(root: Path) -> Iterator[str]:
    """Crates that use one they must not know."""
    for crate, uses in own_dependencies(root).items():
        for other in sorted(uses - USES.get(crate, CRATES)):
            yield f"crates/{crate}: must not use {other}; see DESIGN.md, Shape"


def flawed_rust(root: Path, name: str) -> Iterator[str]:
    """A Rust file without its head, too long, or unfinished."""
    lines = (root / name).read_text().splitlines()
    head = next((line for line in lines if line and not line.startswith("#!")), "")
    # A `mod tests` in a file of its own belongs to the file it tests.
    if not head.startswith("//!") and not name.endswith("/tests.rs"):
        yield f"{name}:1: begin with //! what the file is for and what it leaves to others"
    if len(lines) > LONGEST_FILE:
        yield f"{name}: {len(lines)} lines; split it (at most {LONGEST_FILE})"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield f"{name}:{number}: unfinished: {line.strip()}"


def breaches(root: Path) -> Iterator[str]:
    """Everything that is wrong."""
    files = tracked(root)
    yield from misplaced(files)
    yield from wrong_dependencies(root)
    for name in files:
        if name.endswith(".rs"):
            yield from flawed_rust(root, name)


def main() -> int:
    found = list(breaches(Path(sys.argv[1])))
    for breach in found:
        print(breach)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
