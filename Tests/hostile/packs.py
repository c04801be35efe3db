#!/usr/bin/env python3
"""Writes what a hostile server sends into the current folder. Arguments: the kinds.

Everything is a whole conversation's answer (NAK, then a pack in side-band packets), beside the references that go with it.
"""
import hashlib, struct, sys, zlib

COMMIT, TREE, BLOB, REFERENCE_DELTA = 1, 2, 3, 7
NAMES = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob"}


def line(data):
    return b"%04x" % (len(data) + 4) + data


def banded(data, band=1):
    return b"".join(line(bytes([band]) + data[at:at + 65000]) for at in range(0, len(data), 65000))


def oid(kind, data):
    return hashlib.sha1(NAMES[kind] + b" %d\0" % len(data) + data).digest()


def number(size):
    out = bytearray()
    while True:
        out.append(size & 0x7F | (0x80 if size > 0x7F else 0))
        size >>= 7
        if not size:
            return bytes(out)


def header(kind, size):
    first, size = kind << 4 | size & 15, size >> 4
    out = bytearray([first | (0x80 if size else 0)])
    return bytes(out) + (number(size) if size else b"")


def entry(kind, data, base=b"", level=1):
    return header(kind, len(data)) + base + zlib.compress(data, level)


def pack(entries, count=None):
    data = b"PACK" + struct.pack(">II", 2, len(entries) if count is None else count) + b"".join(entries)
    return data + hashlib.sha1(data).digest()


def copies(base, size, times):
    """A delta that makes `times` copies of its base, which has `size` bytes (below 16 MiB)."""
    copy = b"\xf0" + struct.pack("<I", size)[:3]
    return number(size) + number(size * times) + copy * times


def zeros(size):
    """The id and the entry of a blob of zeros, without ever holding it."""
    digest, squeeze, chunk = hashlib.sha1(b"blob %d\0" % size), zlib.compressobj(1), bytes(1 << 20)
    out = []
    for _ in range(size >> 20):
        digest.update(chunk)
        out.append(squeeze.compress(chunk))
    return digest.digest(), header(BLOB, size) + b"".join(out) + squeeze.flush()


def history(blob):
    tree = b"100644 a\0" + blob
    who = b"A <a@example.com> 1700000000 +0000"
    commit = b"tree %s\nauthor %s\ncommitter %s\n\nx\n" % (oid(TREE, tree).hex().encode(), who, who)
    return oid(COMMIT, commit), [entry(COMMIT, commit), entry(TREE, tree)]


def advertisement(commit, more=0):
    names = [b"refs/heads/main"] + [b"refs/heads/x%06d" % index for index in range(more)]
    out = []
    for index, name in enumerate(names):
        tail = b"\0side-band-64k ofs-delta agent=git/2.39" if index == 0 else b""
        out.append(line(commit.hex().encode() + b" " + name + tail + b"\n"))
    return b"".join(out) + b"0000"


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def answer(name, commit, data):
    write(name + ".references", advertisement(commit))
    write(name + ".answer", line(b"NAK\n") + banded(data) + b"0000")


small = b"x" * 1000
commit, basis = history(oid(BLOB, small))
whole = pack(basis + [entry(BLOB, small)])
for kind in sys.argv[1:]:
    if kind == "plain":
        answer(kind, commit, whole)
        write("half.answer", line(b"NAK\n") + line(b"\1" + whole[:len(whole) // 2]))
    elif kind == "inflating":
        blob, data = zeros(1 << 30)
        bomb, start = history(blob)
        answer(kind, bomb, pack(start + [data]))
    elif kind == "delta":
        base = bytes(15 << 20)
        delta = entry(REFERENCE_DELTA, copies(base, len(base), 80), base=oid(BLOB, base))
        answer(kind, commit, pack(basis + [entry(BLOB, small), entry(BLOB, base), delta]))
    elif kind == "slow":
        # Within the memory, but work without end.
        base = bytes(15 << 20)
        place = oid(BLOB, base)
        copy = number(len(base)) + number(len(base) * 10 + 2) + (b"\xf0" + struct.pack("<I", len(base))[:3]) * 10
        many = [entry(REFERENCE_DELTA, copy + b"\2" + struct.pack(">H", n), base=place) for n in range(2000)]
        answer(kind, commit, pack(basis + [entry(BLOB, small), entry(BLOB, base)] + many))
    elif kind == "claims":
        answer(kind, commit, pack(basis, count=0xFFFFFFFF))
    elif kind == "endless":
        # One file that is said to have a terabyte; a packet holds one block of it, and may be sent again and again.
        write("endless.references", advertisement(commit))
        start = b"PACK" + struct.pack(">II", 2, 3) + b"".join(basis) + header(BLOB, 1 << 40) + b"\x78\x01"
        write("endless.start", line(b"NAK\n") + banded(start))
        block = bytes(range(250)) * 256
        write("endless.more", banded(b"\0" + struct.pack("<HH", len(block), len(block) ^ 0xFFFF) + block))
        write("endless.progress", line(b"\2working\r"))
        write("endless.empty", line(b"\1"))
    elif kind == "references":
        write("references.most", advertisement(commit, more=99_999))
        write("references.toomany", advertisement(commit, more=100_000))
        write("references.start", advertisement(commit)[:-4])
        write("references.more", line(commit.hex().encode() + b" refs/heads/x\n"))
    else:
        sys.exit("unknown kind " + kind)
