"""What came over the line of relay.py, what of it came twice, and what was on the disk already.

Usage: account.py disk TREE COPY FILE     writes to FILE which blocks of the copy are on the disk: under their names, or in rd's hidden folder
       account.py sum WORK                reads what relay.py and `disk` wrote below WORK; prints a line for each run, with tabs between its fields:
         run, bytes that came, of them bytes of files; of those the ones that a killed run had got, too: bytes, how many seconds before that run's end the oldest of them had
         come, and of how many files or blocks they are: these three for files of one block, for blocks of larger ones, and for blocks of larger ones that changed on the
         server; bytes that came twice within the run; and bytes of what was whole on the disk when the run began, which is named on standard error

A block is a path, a number, and the SHA-256 of its bytes: one that is the same in two versions of a file is one block. All this is read from the bytes on the line and
on the disk: neither rd nor rd-api is asked.
"""
import bisect
import hashlib
import json
import os
import sys
import urllib.parse

BLOCK = 2 << 20
STAGING = ".rd-tree"


def blocks_of(path):
    with open(path, "rb") as file:
        while data := file.read(BLOCK):
            yield hashlib.sha256(data).hexdigest()


def files_in(folder):
    for above, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(above, name)
            yield os.path.relpath(path, folder), path


def disk(tree, copy, result):
    # In the hidden folder names begin with a hash of the path.
    paths = {hashlib.sha256(os.fsencode(path)).hexdigest()[:32]: path for path, _ in files_in(tree)}
    found = []
    for path, place in files_in(copy):
        parts = path.split("/")
        if parts[0] != STAGING:
            name = path
        elif parts[1] == "parts":
            name = paths.get(parts[2].removeprefix("large-")) if parts[3] == "data" else None
        else:
            name = paths.get(parts[-1].removeprefix("large-")[:32])
        if name is not None:
            found += ((name, number, digest) for number, digest in enumerate(blocks_of(place)))
    with open(result, "w") as file:
        json.dump(found, file)


class Line:
    """What came down one connection."""

    def __init__(self, name):
        with open(name + ".down", "rb") as file:
            self.data = file.read()
        with open(name + ".times") as file:
            lines = [line.split() for line in file]
        self.times = [float(when) for when, _ in lines]
        self.starts = [int(start) for _, start in lines]

    def pieces(self, begin, end):
        """(begin, end, time) of the pieces in which these bytes came."""
        at = bisect.bisect_right(self.starts, begin) - 1
        while begin < end:
            stop = self.starts[at + 1] if at + 1 < len(self.starts) else len(self.data)
            yield begin, min(stop, end), self.times[at]
            begin, at = stop, at + 1


def head_of(data, at):
    """(first line, headers, where the body begins); None where it was cut."""
    end = data.find(b"\r\n\r\n", at)
    if end < 0:
        return None
    first, *lines = data[at:end].decode("latin-1").split("\r\n")
    return first, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}, end + 4


def spans_of(data, at, headers):
    """Where the bytes of a body are, as far as it came, and where it ends (None: it was cut)."""
    if headers.get("transfer-encoding") != "chunked":
        end = at + int(headers.get("content-length", "0"))
        return [(at, min(end, len(data)))], end if end <= len(data) else None
    spans = []
    while (line := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:line].split(b";")[0], 16)
        at = line + 2
        spans.append((at, min(at + size, len(data))))
        if at + size + 2 > len(data):
            break
        at += size + 2
        if size == 0:
            return spans, at
    return spans, None


class Body:
    """Bytes in several spans, read as one."""

    def __init__(self, data, spans):
        self.spans = spans
        self.data = b"".join(data[begin:end] for begin, end in spans)
        self.starts, start = [], 0
        for begin, end in spans:
            self.starts.append(start)
            start += end - begin

    def places(self, begin, end):
        """Where these bytes are on the line, piece by piece: (place in the body, begin, end)."""
        at = bisect.bisect_right(self.starts, begin) - 1
        while begin < end:
            low, high = self.spans[at]
            count = min(end - begin, high - low - (begin - self.starts[at]))
            if count > 0:
                place = low + begin - self.starts[at]
                yield begin, place, place + count
            begin, at = begin + max(0, count), at + 1


class Account:
    def __init__(self, work):
        self.work = work
        self.versions = {}
        for folder in (os.path.join(work, "root", "tree"), *sorted(entry.path for entry in os.scandir(os.path.join(work, "old")))):
            for path, place in files_in(folder):
                status = os.stat(place)
                self.versions.setdefault((path, f"{status.st_size:x}-{status.st_mtime_ns:x}"), place)
        self.digests = {}

    def block(self, path, version, number):
        key = path, version
        if key not in self.digests:
            self.digests[key] = list(blocks_of(self.versions[key]))
        return path, number, self.digests[key][number]

    def content(self, name):
        """(block, where in it, how many bytes, when, whether of a large file) for all bytes of files that came down a connection."""
        with open(name + ".up", "rb") as file:
            up = file.read()
        line = Line(name)
        asked = answered = 0
        while asked is not None and (request := head_of(up, asked)) and (answer := head_of(line.data, answered)):
            _, asked = spans_of(up, request[2], request[1])
            spans, answered = spans_of(line.data, answer[2], answer[1])
            body = Body(line.data, spans)
            method, target, _ = request[0].split(" ", 2)
            status, headers = answer[0].split(" ")[1], answer[1]
            path = urllib.parse.unquote(urllib.parse.urlsplit(target).path)
            if method == "POST" and status == "200":
                files, large = self.small(body), False
            elif method == "GET" and status in ("200", "206") and path.startswith("/tree/") and not path.endswith("/"):
                files, large = self.large(path.removeprefix("/tree/"), headers, body), True
            else:
                files, large = (), False
            for block, offset, begin, end in files:
                for start, low, high in body.places(begin, end):
                    for first, last, when in line.pieces(low, high):
                        yield block, offset + start - begin + first - low, last - first, when, large
            if answered is None:
                break

    @staticmethod
    def small(body):
        """(block, where in it, from, to) of the files in a batch."""
        at = 0
        while (end := body.data.find(b"\n", at)) >= 0:
            told = json.loads(body.data[at:end])
            at = end + 1
            if told["type"] == "content":
                yield (urllib.parse.unquote(told["path"]), 0, told["digest"]), 0, at, min(at + told["size"], len(body.data))
                at += told["size"]

    def large(self, path, headers, body):
        """The same of one file, block by block."""
        version = headers["etag"].removeprefix("W/").strip('"').rstrip("~")
        start = int(headers["content-range"].split()[1].split("-")[0]) if "content-range" in headers else 0
        at = 0
        while at < len(body.data):
            number, offset = divmod(start + at, BLOCK)
            count = min(BLOCK - offset, len(body.data) - at)
            yield self.block(path, version, number), offset, at, at + count
            at += count

    def changed(self):
        """Which blocks of large files have had other bytes."""
        seen, result = {}, set()
        for path, version in self.versions:
            digests = list(blocks_of(self.versions[path, version]))
            for number, digest in enumerate(digests if len(digests) > 1 else ()):
                if seen.setdefault((path, number), digest) != digest:
                    result.add((path, number))
        return result

    def sum(self):
        records = os.path.join(self.work, "records")
        names = sorted({name.rsplit(".", 1)[0] for name in os.listdir(records)}, key=lambda name: [int(part) for part in name.split("-")])
        with open(os.path.join(self.work, "ends")) as file:
            ends = {int(run): float(when) for run, when in (line.split() for line in file)}
        changed = self.changed()
        came = {}  # of a block: (from, to, when, run)
        proven = set()
        for run in sorted(ends):
            total = content = known = 0
            within, pieces = 0, []
            again, oldest, concerned = [0, 0, 0], [0.0, 0.0, 0.0], [set(), set(), set()]
            for name in (name for name in names if int(name.split("-")[0]) == run):
                total += os.path.getsize(os.path.join(records, name + ".down"))
                pieces += self.content(os.path.join(records, name))
            pieces.sort(key=lambda piece: piece[3])
            for block, offset, count, when, large in pieces:
                content += count
                if block in proven:
                    known += count
                    print(f"run {run}: was on the disk: {block[0]}, block {block[1]}, {count} bytes from {offset} on", file=sys.stderr)
                kind = 2 if block[:2] in changed else 1 if large else 0
                fresh = [(offset, offset + count)]
                # The last time tells why it had to come again.
                for begin, end, earlier, its_run in reversed(came.setdefault(block, [])):
                    left = []
                    for low, high in fresh:
                        both = min(high, end) - max(low, begin)
                        if both > 0 and its_run == run:
                            within += both
                        elif both > 0:
                            again[kind] += both
                            oldest[kind] = max(oldest[kind], ends[its_run] - earlier)
                            concerned[kind].add(block)
                        left += [part for part in ((low, min(high, begin)), (max(low, end), high)) if part[1] > part[0]]
                    fresh = left
                came[block].append((offset, offset + count, when, run))
            kinds = [field for kind in range(3) for field in (again[kind], f"{oldest[kind]:.3f}", len(concerned[kind]))]
            print(run, total, content, *kinds, within, known, sep="\t")
            disk_file = os.path.join(self.work, f"disk-{run}")
            proven = set()
            if os.path.exists(disk_file):
                with open(disk_file) as file:
                    proven = {tuple(block) for block in json.load(file)}


if sys.argv[1] == "disk":
    disk(*sys.argv[2:])
else:
    Account(sys.argv[2]).sum()
