cimport cython

from modelassay.formats.pickle.ints cimport Ints
from modelassay.formats.pickle.memo cimport Memo
from modelassay.formats.pickle.recorder cimport Recorder
from modelassay.formats.pickle.store cimport Store
from modelassay.formats.pickle.window cimport Window

cdef bytes FIXED
cdef list HANDLERS
cdef long long DICT, LIST, MADE, TUPLE


cdef class Machine:
    cdef public Window window
    cdef public object budget
    cdef public tuple dialects
    cdef public Recorder recorder
    cdef public Store store
    cdef public long long position, ops, most_ops
    cdef public bint keeps_result, stopped
    cdef public object protocol
    cdef public long long frame_end, frames_from
    cdef public object lost, error
    cdef public long long result, empty, most_items
    cdef public Ints stack
    cdef public list marks
    cdef public Memo memo
    cdef long long _start, _straddles, _tried

    @cython.locals(
        i="long long", base="long long", ops="long long", fused="long long", known="long long",
        fence="long long", first="long long", last="long long", most_items="long long",
        code="long long", width="long long", index="long long", word="long long",
        start="long long", ref="long long", args="long long", callable_="long long",
        depth="long long", kind="long long", target="long long", outer="long long",
        end="long long", state="long long",
        whole="bint", dense="bint", plain="bint", new="bint",
        buffer="bytes", codes="bytes", stack="Ints", marks="list", cells="Ints", entries="Ints",
        recorder="Recorder", store="Store", memo="Memo",
    )
    cdef long long _stretch(self, long long position) except -1
    cpdef need(self, long long count, long long offset)
    cpdef long long pop(self, long long offset) except? -1
    cpdef long long pop_mark(self, long long offset) except -1
    cpdef remember(self, index, long long offset)
    cpdef long long recall(self, index, long long offset) except? -1
