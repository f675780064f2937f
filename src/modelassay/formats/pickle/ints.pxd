cdef class Ints:
    cdef readonly str typecode
    cdef int* narrow
    cdef long long* wide
    cdef Py_ssize_t size, room

    cdef int grow(self, Py_ssize_t more) except -1
    cdef int put(self, Py_ssize_t index, long long item) except -1
    cdef long long at(self, Py_ssize_t index) except? -2
    cpdef append(self, long long item)
    cpdef long long pop(self) except? -2
    cpdef fromlist(self, list items)
    cdef long long above(self, Ints stack, Py_ssize_t start) except -1
    cdef int move(self, Ints stack, Py_ssize_t start) except -1
    cpdef long long gather(self, long long kind, Ints stack, Py_ssize_t start) except -1
    cpdef fill(self, Py_ssize_t index, Ints stack, Py_ssize_t start)
    cpdef take(self, Py_ssize_t index, Ints stack, Py_ssize_t start)
    cpdef link(self, Py_ssize_t index, long long count)
    cpdef cut(self, Py_ssize_t size)
