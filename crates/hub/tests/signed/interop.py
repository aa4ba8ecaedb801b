"""python-tuf, the reference implementation, at the other end of interop.rs.

    interop.py follow WWW ROOT PATH     its client updates from our repository; prints what it trusts
    interop.py make WWW                 its library writes a repository for our client
"""

import datetime
import hashlib
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlparse

from securesystemslib.signer import CryptoSigner
from tuf.api.exceptions import DownloadHTTPError
from tuf.api.metadata import (
    DelegatedRole, Delegations, Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp,
)
from tuf.ngclient import FetcherInterface, Updater

END = datetime.datetime(2040, 1, 1, tzinfo=datetime.timezone.utc)


class Files(FetcherInterface):
    """Files of a folder instead of HTTP."""

    def _fetch(self, url):
        path = Path(unquote(urlparse(url).path))
        if not path.is_file():
            raise DownloadHTTPError("missing", 404)
        yield path.read_bytes()


def follow(www, root, path):
    with tempfile.TemporaryDirectory() as folder:
        updater = Updater(
            folder, f"file://{www}/metadata/", folder, f"file://{www}/targets/", Files(),
            bootstrap=Path(root).read_bytes(),
        )
        updater.refresh()
        info = updater.get_targetinfo(path)
        content = Path(updater.download_target(info)).read_bytes()
        trusted = {
            role: Metadata.from_file(f"{folder}/{role}.json").signed.version
            for role in ("root", "timestamp", "snapshot", "targets")
        }
        print(*trusted.values(), hashlib.sha256(content).hexdigest())


def make(www):
    metadata, targets = Path(www, "metadata"), Path(www, "targets")
    metadata.mkdir(parents=True)
    targets.mkdir()
    signers = {
        "root": CryptoSigner.generate_rsa(),
        "timestamp": CryptoSigner.generate_ed25519(),
        "snapshot": CryptoSigner.generate_ecdsa(),
        "targets": CryptoSigner.generate_ecdsa(),
        "lists": CryptoSigner.generate_ed25519(),
    }
    root = Root(expires=END, consistent_snapshot=True)
    for role in ("root", "timestamp", "snapshot", "targets"):
        root.add_key(signers[role].public_key, role)
    key = signers["lists"].public_key
    role = DelegatedRole("lists", [key.keyid], 1, True, ["*.list.zst"])
    top = Targets(expires=END, delegations=Delegations({key.keyid: key}, {"lists": role}))
    content = "cờ bạc\n".encode()
    info = TargetFile.from_data("a.list.zst", content, ["sha256", "sha512"])
    info.unrecognized_fields["custom"] = {"tên": "Cờ bạc", "n": [1, None, True]}
    lists = Targets(expires=END, targets={"a.list.zst": info})
    for digest in info.hashes.values():
        (targets / f"{digest}.a.list.zst").write_bytes(content)
    files = {}
    for name, signed in (("lists", lists), ("targets", top)):
        files[name] = write(metadata / f"1.{name}.json", signed, signers[name])
    meta = {
        f"{name}.json": MetaFile(1, len(data), {"sha256": hashlib.sha256(data).hexdigest()})
        for name, data in files.items()
    }
    write(metadata / "1.snapshot.json", Snapshot(expires=END, meta=meta), signers["snapshot"])
    write(metadata / "timestamp.json", Timestamp(expires=END), signers["timestamp"])
    write(metadata / "1.root.json", root, signers["root"])
    # A second root, with an additional key of another kind.
    more = CryptoSigner.generate_ecdsa()
    root.add_key(more.public_key, "root")
    root.version = 2
    root.roles["root"].threshold = 2
    write(metadata / "2.root.json", root, signers["root"], more)


def write(path, signed, *signers):
    document = Metadata(signed)
    for signer in signers:
        document.sign(signer, append=True)
    data = document.to_bytes()
    path.write_bytes(data)
    return data


if __name__ == "__main__":
    {"follow": follow, "make": make}[sys.argv[1]](*sys.argv[2:])
