"""B-trees of both versions, walked without recursion (specification, III.A)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from modelassay.formats.hdf5.file import Fields, File, FormatError

GROUP_NODES, CHUNK_NODES = 0, 1
_NODE_2: Final = 10  # signature, version, type and checksum of a version 2 node
_DEEPEST: Final = 64


class ChunkKey(msgspec.Struct, frozen=True):
    """A chunk: its bytes as stored, the filters it skipped, and its address."""

    size: int
    mask: int
    address: int


def group_nodes(file: File, address: int) -> Iterator[int]:
    """Yield the addresses of the symbol table nodes below a version 1 tree."""
    for block, count in _leaves_1(file, address, GROUP_NODES, file.length_size):
        for _ in range(count):
            block.length()
            child = block.address()
            if child is not None:
                yield child


def chunk_keys(file: File, address: int, rank: int) -> Iterator[ChunkKey]:
    """Yield the chunks of a version 1 tree; `rank` counts the element size as a dimension."""
    width = 8 + 8 * rank
    for block, count in _leaves_1(file, address, CHUNK_NODES, width):
        for _ in range(count):
            size, mask = block.unpack("<II")
            block.skip(width - 8)
            child = block.address()
            if child is not None:
                yield ChunkKey(size, mask, child)


def _leaves_1(file: File, root: int, kind: int, key: int) -> Iterator[tuple[Fields, int]]:
    """Yield every leaf, as its fields and the count of its entries."""
    pending, seen = [(root, _DEEPEST)], {root}
    while pending:
        address, above = pending.pop()
        head = file.signed(address, b"TREE", 8 + 2 * file.offset_size)
        found, level, count = head.unpack("<BBH")
        if found != kind or level >= above:
            raise FormatError("a tree node is of another kind or level", file.base + address)
        size = count * (key + file.offset_size)
        block = file.fields(address + 8 + 2 * file.offset_size, size)
        file.work(count)
        if level == 0:
            yield block, count
            continue
        for _ in range(count):
            block.skip(key)
            child = block.address()
            if child is None:
                continue
            if child in seen:
                raise FormatError("a tree leads back into itself", block.position, "hdf5-loop")
            seen.add(child)
            pending.append((child, level))


class _Tree(msgspec.Struct):
    """The header of a version 2 tree; `counts` and `totals` are widths by depth."""

    type: int
    record: int
    depth: int
    root: int | None
    count: int
    width: int
    most: list[int]
    totals: list[int]


def records(file: File, address: int) -> Iterator[tuple[int, Fields]]:
    """Yield the type and the fields of every record of a version 2 tree."""
    tree = _read_tree(file, address)
    if tree.root is None:
        return
    pending, seen = [(tree.root, tree.count, tree.depth)], {tree.root}
    while pending:
        node, count, depth = pending.pop()
        if count > tree.most[depth]:
            raise FormatError(f"a tree node claims {count} records", file.base + node)
        block = _node(file, tree, node, count, depth)
        file.work(count)
        for _ in range(count):
            yield tree.type, block.sub(tree.record)
        for _ in range(count + 1 if depth else 0):
            child, inner = block.address(), block.uint(tree.width)
            block.skip(tree.totals[depth - 1] if depth > 1 else 0)
            if child is None:
                continue
            if child in seen:
                raise FormatError("a tree leads back into itself", block.position, "hdf5-loop")
            seen.add(child)
            pending.append((child, inner, depth - 1))


def _node(file: File, tree: _Tree, address: int, count: int, depth: int) -> Fields:
    pointer = file.offset_size + tree.width + (tree.totals[depth - 1] if depth > 1 else 0)
    size = count * tree.record + ((count + 1) * pointer if depth else 0)
    block = file.signed(address, b"BTIN" if depth else b"BTLF", 6 + size)
    block.skip(2)
    return block


def _read_tree(file: File, address: int) -> _Tree:
    block = file.signed(address, b"BTHD", 22 + file.offset_size + file.length_size)
    version, kind, node, record, depth, _, _ = block.unpack("<BBIHHBB")
    root, count = block.address(), block.u16()
    if version or not record or node <= _NODE_2 or depth > _DEEPEST:
        raise FormatError("the header of a tree makes no sense", file.base + address)
    most, totals = [(node - _NODE_2) // record], [0]
    width, sum_ = _width(most[0]), most[0]
    for _ in range(depth):
        pointer = file.offset_size + width + totals[-1]
        most.append(max(node - _NODE_2 - pointer, 0) // (record + pointer))
        sum_ = (most[-1] + 1) * sum_ + most[-1]
        totals.append(_width(sum_))
    return _Tree(kind, record, depth, root, count, width, most, totals)


def _width(most: int) -> int:
    """Return the bytes it takes to write numbers up to `most`."""
    return max(most.bit_length() + 7, 8) // 8
