cimport cython

from modelassay.formats.pickle.constants cimport Constants
from modelassay.formats.pickle.store cimport Store

cdef long long DICT, LIST, TUPLE, _MANY


cdef class StateKeys:
    cdef public Store store
    cdef public Constants constants
    cdef set _plain
    cdef dict _read

    @cython.locals(index="long long", start="long long", count="long long", ref="long long")
    cpdef bint is_plain(self, long long state) except -1
    @cython.locals(index="long long", kind="long long", start="long long", count="long long")
    cdef bint _is_flat(self, long long ref) except -1
