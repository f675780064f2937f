cdef class Window:
    cdef public object blob
    cdef public long long base
    cdef public bytes buffer
    cdef public bytes codes
    cdef public bint cut
    cdef long long _width
    cdef object _longest_line

    cpdef move(self, long long position)
    cpdef bytes read(self, long long offset, long long length)
