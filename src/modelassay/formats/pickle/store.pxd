cimport cython

cdef long long MOST_CELLS, SMALL, MOST_SIDES, _WEIGHED


cdef class Store:
    cdef public object cells
    cdef public list names
    cdef public list reasons
    cdef public object heaviest
    cdef dict _weights

    cpdef long long kind(self, long long ref) except -1
    cpdef long long depth(self, long long ref) except -1
    @cython.locals(ref="long long", deepest="long long", below="long long")
    cdef long long _above(self, list refs) except -1
    @cython.locals(cells="long long")
    cpdef bint keeps(self, long long count) except -1
    @cython.locals(index="long long", count="long long", depth="long long")
    cpdef long long group(self, long long kind, list items) except 0
    cdef _weigh(self, long long ref, list items)
    @cython.locals(
        index="long long", head="long long", kind="long long", depth="long long",
        count="long long", segment="long long", most="long long", last="long long",
    )
    cpdef extend(self, long long ref, list items, long long most_items)
    @cython.locals(segment="long long")
    cdef _segment(self, long long index, long long last, list items, long long dropped=*)
    cpdef tuple name(self, long long ref)
