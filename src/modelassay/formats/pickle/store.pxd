cimport cython

from modelassay.formats.pickle.ints cimport Ints

cdef long long MOST_CELLS, SMALL, MOST_SIDES, _WEIGHED


cdef class Store:
    cdef public Ints cells
    cdef public list names
    cdef public list reasons
    cdef public object heaviest
    cdef dict _weights

    cpdef long long kind(self, long long ref) except -1
    cpdef long long depth(self, long long ref) except -1
    @cython.locals(cells="long long")
    cpdef bint keeps(self, long long count) except -1
    @cython.locals(cells="Ints", ref="long long", depth="long long")
    cpdef long long made(
        self, long long callable_, long long args, long long kwargs, long long new
    ) except 0
    @cython.locals(cells="Ints", ref="long long")
    cpdef long long empty(self, long long kind) except 0
    @cython.locals(cells="Ints", index="long long", depth="long long", full="bint")
    cpdef long long group(self, long long kind, Ints stack, long long start) except 0
    cdef _weigh(self, long long ref, items)
    @cython.locals(
        cells="Ints", index="long long", count="long long",
        kept="long long", most="long long", last="long long", first="long long",
    )
    cpdef extend(self, long long ref, Ints stack, long long start, long long most_items)
    cpdef tuple name(self, long long ref)
