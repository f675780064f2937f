from modelassay.formats.pickle.ints cimport Ints


cdef class Memo:
    cdef public Ints entries
    cdef public bint dense
    cdef public bint plain
    cdef object _holes
    cdef dict _far

    cpdef put(self, index, long long ref)
    cpdef memoize(self, long long ref)
    cpdef get(self, index)
