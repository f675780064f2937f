cimport cython

from modelassay.formats.pickle.constants cimport Constants
from modelassay.formats.pickle.store cimport Store
from modelassay.formats.pickle.window cimport Window

cdef long long DICT, FROZENSET, GLOBAL, LIST, MADE, PERSISTENT, SET, TUPLE
cdef long long _DEEPEST, _MOST_NODES, _MOST_ITEMS, _LONGEST_WORD, _MOST_KNOWN, _FEW


cdef class Variety:
    cdef public long long told
    cdef public dict words


cdef class Shapes:
    cdef public Store store
    cdef public Constants constants
    cdef public set blurred
    cdef public bint has_bytes
    cdef dict _known
    cdef long long _left

    @cython.locals(index="long long", count="long long", item="long long")
    cpdef of_arguments(self, Variety variety, long long args)
    @cython.locals(index="long long", kind="long long")
    cdef _shape(self, long long ref, long long depth, place, Variety variety)
    @cython.locals(start="long long", count="long long", item="long long", step="bint")
    cdef _container(self, long long ref, long long kind, long long depth, place, Variety variety)
    @cython.locals(window="Window", index="long long", buffer="bytes", code="long long", length="long long")
    cdef _constant(self, long long ref)
    cdef _leaf(self, long long ref)
    cdef _blur(self, long long ref, leaf, place, Variety variety)
