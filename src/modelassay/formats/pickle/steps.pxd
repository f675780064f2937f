cimport cython

cdef bytes _WIDTH, _LENGTH, _KIND, _TAKES
cdef long long _PUSH, _MEMO, _OPEN, _CLOSE, _GET, _PROTOCOLS


@cython.locals(
    size="long long", i="long long", end="long long", code="unsigned char", width="unsigned char",
    count="unsigned char", kind="unsigned char", opens="long long", closes="long long",
    pushes="long long", gets="long long", high="long long", widths="bytes", lengths="bytes", kinds="bytes",
    takes="bytes",
)
cpdef tuple step(bytes data)
cdef long long _line(bytes data, long long start) except -1
