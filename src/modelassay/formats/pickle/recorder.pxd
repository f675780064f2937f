cimport cython

from modelassay.formats.pickle.constants cimport Constants
from modelassay.formats.pickle.shapes cimport Shapes, Variety
from modelassay.formats.pickle.states cimport StateKeys
from modelassay.formats.pickle.store cimport Store

cdef long long DICT, GLOBAL, MADE, MOST_TOLD, _CALLS, _STATES, _FILLINGS, _LOOKUPS


cdef class Recorder:
    cdef public object machine
    cdef public Store store
    cdef public Constants constants
    cdef public object values
    cdef public Shapes shapes
    cdef public list events
    cdef public dict imports
    cdef public long long calls
    cdef StateKeys _keys
    cdef object _payloads
    cdef str _prefix
    cdef object _most_facts
    cdef dict _facts, _bare, _plain_states, _archives, _decoded
    cdef set _encoders
    cdef dict _varieties, _watched
    cdef long long _offset, _op

    cpdef place(self, long long offset, long long ops)
    @cython.locals(bare="bint", understood="bint", is_global="bint", variety="Variety")
    cpdef called(self, long long made, long long callable_, long long args, long long kwargs, bint new)
    @cython.locals(maker="long long", variety="Variety", plain="bint")
    cpdef long long built(self, long long target, long long state, long long position) except -1
    cdef _watching(self, long long maker)
    cdef Variety _variety(self, long long owner, long long use)
    cdef bint _again(self, key) except -1
    cdef bint _is_global(self, long long ref) except -1
    @cython.locals(maker="long long")
    cdef long long _maker(self, long long target) except? -1
