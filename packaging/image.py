#!/usr/bin/env python3
"""Makes the image of rd-api from nothing but the program and the libraries that it loads: image.py SYSTEM VERSION.

The file is an OCI image layout and an archive of `docker save` in one, which docker and podman both load.
The format: https://github.com/opencontainers/image-spec/blob/main/spec.md
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import time

system, version = sys.argv[1:]
epoch = int(os.environ["SOURCE_DATE_EPOCH"])
program = pathlib.Path("dist", system, "rd-api")
architecture = {"linux-x64": "amd64", "linux-arm64": "arm64"}[system]
reference = f"rd-api:{version}"
USER = 65532


def libraries() -> dict[str, pathlib.Path]:
    """What the loader needs, by its path in the image: what the program names, and OpenSSL, which it opens by name."""
    found = {}
    cache = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    openssl = [pathlib.Path(re.search(rf"{name}\S* .*=> (\S+)", cache)[1]) for name in (r"libssl\.so\.3", r"libcrypto\.so\.3")]
    for file in [program, *openssl]:
        named = subprocess.run(["ldd", file], capture_output=True, text=True, check=True).stdout
        found |= {path.lstrip("/"): pathlib.Path(path) for path in re.findall(r"(/\S+) \(0x", named)}
    found |= {str(path).lstrip("/"): path for path in openssl}
    # The directories of the default search path, without links between them.
    return {path if path.startswith("lib64/ld-") else re.sub("^lib/", "usr/lib/", path): file for path, file in found.items()}


def notices(paths) -> dict[str, pathlib.Path]:
    """The licences of the libraries' packages."""
    owners = subprocess.run(["dpkg", "-S", *{f"*/{path.name}" for path in paths}], capture_output=True, text=True, check=False).stdout
    packages = sorted({line.split(":")[0] for line in owners.splitlines() if not line.startswith("diversion")})
    files = [pathlib.Path("/usr/share/doc", package, "copyright") for package in packages]
    return {str(file).lstrip("/"): file for file in files if file.exists()}


def layer() -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.USTAR_FORMAT) as archive:

        def add(path: str, data: bytes | None, mode: int, owner: int = 0) -> None:
            entry = tarfile.TarInfo(path)
            entry.mtime, entry.mode, entry.uid, entry.gid = epoch, mode, owner, owner
            if data is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))

        needed = libraries()
        files = {path: (file.read_bytes(), 0o755) for path, file in needed.items()}
        files |= {path: (file.read_bytes(), 0o644) for path, file in notices(needed.values()).items()}
        files["usr/bin/rd-api"] = (program.read_bytes(), 0o755)
        files["usr/share/doc/rd-api/copyright"] = (pathlib.Path("packaging/debian/copyright").read_bytes(), 0o644)
        files["etc/passwd"] = (f"root:x:0:0::/:/sbin/nologin\nrd-api:x:{USER}:{USER}::/:/sbin/nologin\n".encode(), 0o644)
        files["etc/group"] = (f"root:x:0:\nrd-api:x:{USER}:\n".encode(), 0o644)
        folders = {str(parent) for path in files for parent in pathlib.PurePath(path).parents} | {"srv", "srv/files", "var", "var/cache"}
        for folder in sorted(folders - {"."}):
            add(folder, None, 0o755)
        add("tmp", None, 0o1777)
        add("var/cache/rd-api", None, 0o750, USER)
        for path in sorted(files):
            add(path, *files[path])
    return content.getvalue()


blobs: dict[str, bytes] = {}


def blob(content: bytes, media_type: str) -> dict:
    digest = hashlib.sha256(content).hexdigest()
    blobs[f"blobs/sha256/{digest}"] = content
    return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}


def as_json(value) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


plain = layer()
packed = blob(gzip.compress(plain, 9, mtime=0), "application/vnd.oci.image.layer.v1.tar+gzip")
created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))
config = blob(as_json({
    "architecture": architecture,
    "os": "linux",
    "created": created,
    "config": {
        "User": f"{USER}:{USER}",
        "Entrypoint": ["/usr/bin/rd-api"],
        "Env": ["PATH=/usr/bin", "WEB_ROOT=/srv/files", "RD_API_CACHE=/var/cache/rd-api/digests.db"],
        "ExposedPorts": {"8082/tcp": {}},
        "Volumes": {"/var/cache/rd-api": {}},
        "WorkingDir": "/",
        "StopSignal": "SIGTERM",
        "Labels": {
            "org.opencontainers.image.title": "rd-api",
            "org.opencontainers.image.description": "Serves a folder over HTTP, with the digests of each file's blocks.",
            "org.opencontainers.image.version": version,
            "org.opencontainers.image.licenses": "MIT",
        },
    },
    "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(plain).hexdigest()}"]},
    "history": [{"created": created, "created_by": "packaging/image.py"}],
}), "application/vnd.oci.image.config.v1+json")
manifest = blob(as_json({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config, "layers": [packed],
}), "application/vnd.oci.image.manifest.v1+json")


def path_of(descriptor: dict) -> str:
    return "blobs/" + descriptor["digest"].replace(":", "/")


archived = blobs | {
    "oci-layout": as_json({"imageLayoutVersion": "1.0.0"}),
    "index.json": as_json({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest | {"annotations": {"org.opencontainers.image.ref.name": version, "io.containerd.image.name": reference}}],
    }),
    "manifest.json": as_json([{"Config": path_of(config), "RepoTags": [reference], "Layers": [path_of(packed)]}]),
}
with tarfile.open(f"dist/rd-api-{version}-{system}-image.tar", "w", format=tarfile.USTAR_FORMAT) as image:
    for path in sorted(archived):
        member = tarfile.TarInfo(path)
        member.size, member.mtime, member.mode = len(archived[path]), epoch, 0o644
        image.addfile(member, io.BytesIO(archived[path]))
