#!/usr/bin/env python3
"""Makes the wheel of a program, which pip installs: wheel.py SYSTEM PROGRAM DOCUMENTS VERSION GLIBC.

The format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import base64
import hashlib
import os
import pathlib
import sys
import time
import zipfile

SUMMARIES = {
    "rd": "Downloads big files over bad networks from an rd-api, and proves every byte",
    "rd-api": "Serves a folder over HTTP, and beside each file the digests of its blocks",
}
PROCESSORS = {"linux-x64": "x86_64", "linux-arm64": "aarch64"}

system, program, documents, version, glibc = sys.argv[1:]
tag = f"py3-none-manylinux_{glibc.replace('.', '_')}_{PROCESSORS[system]}"
name = f"{program.replace('-', '_')}-{version}"
share = pathlib.Path(documents)

metadata = f"""Metadata-Version: 2.4
Name: {program}
Version: {version}
Summary: {SUMMARIES[program]}
License-Expression: MIT
License-File: LICENSE
License-File: copyright
Keywords: download,http,resume,digest,file-server
Classifier: Environment :: Console
Classifier: Operating System :: POSIX :: Linux
Requires-Python: >=3.8
Description-Content-Type: text/markdown

{pathlib.Path("README.md").read_text()}"""

wheel = f"""Wheel-Version: 1.0
Generator: Reliable Download
Root-Is-Purelib: false
Tag: {tag}
"""

files = {
    f"{name}.data/scripts/{program}": pathlib.Path("dist", system, program).read_bytes(),
    f"{name}.data/data/share/man/man1/{program}.1": (share / "man/man1" / f"{program}.1").read_bytes(),
    f"{name}.data/data/share/bash-completion/completions/{program}": (share / "bash-completion/completions" / program).read_bytes(),
    f"{name}.data/data/share/zsh/site-functions/_{program}": (share / "zsh/vendor-completions" / f"_{program}").read_bytes(),
    f"{name}.data/data/share/fish/vendor_completions.d/{program}.fish": (share / "fish/vendor_completions.d" / f"{program}.fish").read_bytes(),
    f"{name}.dist-info/licenses/LICENSE": pathlib.Path("LICENSE").read_bytes(),
    f"{name}.dist-info/licenses/copyright": pathlib.Path("packaging/debian/copyright").read_bytes(),
    f"{name}.dist-info/METADATA": metadata.encode(),
    f"{name}.dist-info/WHEEL": wheel.encode(),
}


def line_of_record(path: str, content: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(content)}\n"


record = "".join(line_of_record(path, content) for path, content in files.items())
files[f"{name}.dist-info/RECORD"] = f"{record}{name}.dist-info/RECORD,,\n".encode()

modified = time.gmtime(int(os.environ["SOURCE_DATE_EPOCH"]))[:6]
with zipfile.ZipFile(f"dist/{name}-{tag}.whl", "w") as archive:
    for path, content in files.items():
        entry = zipfile.ZipInfo(path, modified)
        entry.external_attr = (0o100755 if "/scripts/" in path else 0o100644) << 16
        archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
