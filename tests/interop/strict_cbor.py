# SPDX-License-Identifier: MIT
"""A strict reader of deterministic CBOR (RFC 8949 4.2.1), written from the RFC.

It refuses what the contract does not allow: longer heads than needed, indefinite
lengths, floats, undefined, keys that fall or repeat, bad UTF-8, nesting over 8,
bytes behind the item. python3-cbor2 accepts most of these, so it is used only to
cross-check: what it reads and writes canonically must be the same bytes.
"""

import cbor2

DEPTH_MAX = 8


class NotDeterministic(Exception):
    pass


class Tag:
    def __init__(self, number, value):
        self.number = number
        self.value = value


class _Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count > len(self.data) - self.at:
            raise NotDeterministic("a length passes the end")
        self.at += count
        return self.data[self.at - count:self.at]

    def head(self):
        initial = self.take(1)[0]
        major, info = initial >> 5, initial & 31
        if info < 24 or major == 7:
            return major, info
        if info > 27:
            raise NotDeterministic("indefinite or reserved length")
        width = 1 << (info - 24)
        value = int.from_bytes(self.take(width), "big")
        least = 24 if width == 1 else 1 << (width * 4)
        if value < least:
            raise NotDeterministic("a head longer than needed")
        return major, value

    def item(self, depth):
        major, value = self.head()
        if major == 0:
            return value
        if major == 1:
            return -1 - value
        if major == 2:
            return self.take(value)
        if major == 3:
            try:
                return self.take(value).decode("utf-8", "strict")
            except UnicodeDecodeError:
                raise NotDeterministic("bad UTF-8") from None
        if major == 7:
            simple = {20: False, 21: True, 22: None}
            if value not in simple:
                raise NotDeterministic("a float or a simple value we do not use")
            return simple[value]
        if depth == DEPTH_MAX and (value > 0 or major == 6):
            raise NotDeterministic("nested too deep")
        if major == 4:
            if value > len(self.data) - self.at:
                raise NotDeterministic("a count passes the end")
            return [self.item(depth + 1) for _ in range(value)]
        if major == 6:
            return Tag(value, self.item(depth + 1))
        return self.map(value, depth)

    def map(self, pairs, depth):
        result = {}
        before = b""
        for _ in range(pairs):
            start = self.at
            key = self.item(depth + 1)
            encoded = self.data[start:self.at]
            if encoded <= before:
                raise NotDeterministic("map keys fall or repeat")
            before = encoded
            if not isinstance(key, (int, str, bytes)):
                raise NotDeterministic("a key of a kind we do not use")
            result[key] = self.item(depth + 1)
        return result


def read_first(data, at=0):
    """One item from `at`; gives it and where it ends."""
    reader = _Reader(data)
    reader.at = at
    value = reader.item(0)
    return value, reader.at


def read(data):
    """The one item that fills `data`."""
    value, end = read_first(data)
    if end != len(data):
        raise NotDeterministic("bytes behind the item")
    if cbor2.dumps(cbor2.loads(data), canonical=True) != data:
        raise NotDeterministic("another encoder writes it otherwise")
    return value
