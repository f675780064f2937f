cimport cython

from modelassay.formats.pickle.window cimport Window


cdef class Constants:
    cdef public Window window

    @cython.locals(window="Window", index="long long", head="bytes", code="long long", width="long long")
    cpdef tuple raw(self, long long ref, long long most=*)
