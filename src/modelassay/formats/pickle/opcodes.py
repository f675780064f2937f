"""The 68 opcodes of pickle protocols 0 to 5.

Source: `Modules/_pickle.c` (enum opcode) and `Lib/pickletools.py` of CPython 3.13; PEP 307, 3154
and 574. Names are those of `pickletools`.
"""

from __future__ import annotations

from typing import Final

MARK: Final = 0x28  # (
STOP: Final = 0x2E  # .
POP: Final = 0x30  # 0
POP_MARK: Final = 0x31  # 1
DUP: Final = 0x32  # 2
FLOAT: Final = 0x46  # F
INT: Final = 0x49  # I
BININT: Final = 0x4A  # J
BININT1: Final = 0x4B  # K
LONG: Final = 0x4C  # L
BININT2: Final = 0x4D  # M
NONE: Final = 0x4E  # N
PERSID: Final = 0x50  # P
BINPERSID: Final = 0x51  # Q
REDUCE: Final = 0x52  # R
STRING: Final = 0x53  # S
BINSTRING: Final = 0x54  # T
SHORT_BINSTRING: Final = 0x55  # U
UNICODE: Final = 0x56  # V
BINUNICODE: Final = 0x58  # X
APPEND: Final = 0x61  # a
BUILD: Final = 0x62  # b
GLOBAL: Final = 0x63  # c
DICT: Final = 0x64  # d
EMPTY_DICT: Final = 0x7D  # }
APPENDS: Final = 0x65  # e
GET: Final = 0x67  # g
BINGET: Final = 0x68  # h
INST: Final = 0x69  # i
LONG_BINGET: Final = 0x6A  # j
LIST: Final = 0x6C  # l
EMPTY_LIST: Final = 0x5D  # ]
OBJ: Final = 0x6F  # o
PUT: Final = 0x70  # p
BINPUT: Final = 0x71  # q
LONG_BINPUT: Final = 0x72  # r
SETITEM: Final = 0x73  # s
TUPLE: Final = 0x74  # t
EMPTY_TUPLE: Final = 0x29  # )
SETITEMS: Final = 0x75  # u
BINFLOAT: Final = 0x47  # G
BINBYTES: Final = 0x42  # B
SHORT_BINBYTES: Final = 0x43  # C
PROTO: Final = 0x80
NEWOBJ: Final = 0x81
EXT1: Final = 0x82
EXT2: Final = 0x83
EXT4: Final = 0x84
TUPLE1: Final = 0x85
TUPLE2: Final = 0x86
TUPLE3: Final = 0x87
NEWTRUE: Final = 0x88
NEWFALSE: Final = 0x89
LONG1: Final = 0x8A
LONG4: Final = 0x8B
SHORT_BINUNICODE: Final = 0x8C
BINUNICODE8: Final = 0x8D
BINBYTES8: Final = 0x8E
EMPTY_SET: Final = 0x8F
ADDITEMS: Final = 0x90
FROZENSET: Final = 0x91
NEWOBJ_EX: Final = 0x92
STACK_GLOBAL: Final = 0x93
MEMOIZE: Final = 0x94
FRAME: Final = 0x95
BYTEARRAY8: Final = 0x96
NEXT_BUFFER: Final = 0x97
READONLY_BUFFER: Final = 0x98

#: Opcodes that push a constant of fixed width -> bytes they take, opcode included; 0 for others.
FIXED: Final = bytes(
    {
        NONE: 1,
        NEWTRUE: 1,
        NEWFALSE: 1,
        BININT1: 2,
        BININT2: 3,
        BININT: 5,
        BINFLOAT: 9,
    }.get(code, 0)
    for code in range(256)
)

#: Opcodes that push a constant behind a length -> bytes of that length; only LONG4's is signed.
COUNTED: Final[dict[int, int]] = {
    SHORT_BINUNICODE: 1,
    BINUNICODE: 4,
    BINUNICODE8: 8,
    SHORT_BINBYTES: 1,
    BINBYTES: 4,
    BINBYTES8: 8,
    BYTEARRAY8: 8,
    SHORT_BINSTRING: 1,
    BINSTRING: 4,
    LONG1: 1,
    LONG4: 4,
}

#: `COUNTED` by opcode, 0 for others.
WIDTHS: Final = bytes(COUNTED.get(code, 0) for code in range(256))

#: Opcodes that push a constant written as a line.
LINES: Final = frozenset({INT, LONG, FLOAT, STRING, UNICODE})

#: 8-bit strings of Python 2, which a loader decodes with the encoding it is given.
STRINGS: Final = frozenset({STRING, BINSTRING, SHORT_BINSTRING})
COUNTED_STRINGS: Final = frozenset({BINSTRING, SHORT_BINSTRING})
TEXT: Final = STRINGS | {SHORT_BINUNICODE, BINUNICODE, BINUNICODE8, UNICODE}
BYTES: Final = frozenset({SHORT_BINBYTES, BINBYTES, BINBYTES8, BYTEARRAY8})
