"""See `ints.py`. Every index is held against the size, every item against the width."""

from cpython.slice cimport PySlice_AdjustIndices, PySlice_Check, PySlice_Unpack
from libc.limits cimport INT_MAX, INT_MIN
from libc.stdlib cimport free, realloc

DEEPEST = 1 << 26
cdef long long _DEEPEST = DEEPEST
cdef Py_ssize_t _FEW = 16


cdef class Ints:
    def __cinit__(self, str typecode="q", items=()):
        if typecode not in ("i", "q"):
            raise ValueError("the type code is neither i nor q")
        self.typecode = typecode
        self.extend(items)

    def __dealloc__(self):
        free(self.narrow)
        free(self.wide)

    cdef int grow(self, Py_ssize_t more) except -1:
        """Make room for so many more: an eighth of what there is, and what was not there yet."""
        cdef Py_ssize_t room = self.size + more
        cdef void* memory
        if room <= self.room:
            return 0
        room += (room >> 3) + _FEW
        if self.typecode == "i":
            memory = realloc(self.narrow, <size_t>room * sizeof(int))
        else:
            memory = realloc(self.wide, <size_t>room * sizeof(long long))
        if memory is NULL:
            raise MemoryError
        if self.typecode == "i":
            self.narrow = <int*>memory
        else:
            self.wide = <long long*>memory
        self.room = room
        return 0

    cdef long long at(self, Py_ssize_t index) except? -2:
        if index < 0 or index >= self.size:
            raise IndexError("index out of range")
        return self.wide[index] if self.narrow is NULL else self.narrow[index]

    cdef int put(self, Py_ssize_t index, long long item) except -1:
        if index < 0 or index >= self.size:
            raise IndexError("index out of range")
        if self.narrow is NULL:
            self.wide[index] = item
        elif INT_MIN <= item <= INT_MAX:
            self.narrow[index] = <int>item
        else:
            raise OverflowError("an integer does not fit")
        return 0

    cpdef append(self, long long item):
        if self.size == self.room:
            self.grow(1)
        if self.narrow is NULL:
            self.wide[self.size] = item
        elif INT_MIN <= item <= INT_MAX:
            self.narrow[self.size] = <int>item
        else:
            raise OverflowError("an integer does not fit")
        self.size += 1

    cpdef long long pop(self) except? -2:
        if not self.size:
            raise IndexError("pop from an empty array")
        cdef long long item = self.at(self.size - 1)
        self.size -= 1
        return item

    cpdef fromlist(self, list items):
        self.grow(len(items))
        for item in items:
            self.append(item)

    def extend(self, items):
        for item in items:
            self.append(item)

    cdef long long above(self, Ints stack, Py_ssize_t start) except -1:
        """Return the depth of a node that holds what stands on `stack` from `start` on."""
        cdef long long item, head, most = 0
        cdef Py_ssize_t index
        for index in range(start, stack.size):
            item = stack.at(index)
            if item < 0:
                head = self.at(~item)
                most = head if head > most else most
        return min((most >> 4) + 1, _DEEPEST)

    cdef int move(self, Ints stack, Py_ssize_t start) except -1:
        cdef Py_ssize_t index
        if start < 0 or start > stack.size or stack is self:
            raise IndexError("index out of range")
        self.grow(stack.size - start)
        for index in range(start, stack.size):
            self.append(stack.at(index))
        stack.cut(start)
        return 0

    cpdef long long gather(self, long long kind, Ints stack, Py_ssize_t start) except -1:
        cdef long long depth = self.above(stack, start)
        self.append(kind | depth << 4)
        self.append(stack.size - start)
        self.move(stack, start)
        return depth

    cpdef fill(self, Py_ssize_t index, Ints stack, Py_ssize_t start):
        self.put(index, self.at(index) | self.above(stack, start) << 4)
        self.link(index, stack.size - start)
        self.move(stack, start)

    cpdef take(self, Py_ssize_t index, Ints stack, Py_ssize_t start):
        cdef long long head = self.at(index)
        self.put(index, head & 15 | max(head >> 4, self.above(stack, start)) << 4)
        self.move(stack, start)

    cpdef link(self, Py_ssize_t index, long long count):
        cdef Py_ssize_t segment = self.size
        cdef Py_ssize_t last = self.at(index + 2)
        self.append(count)
        self.append(0)
        self.put(last + 1 if last else index + 1, segment)
        self.put(index + 2, segment)

    cpdef cut(self, Py_ssize_t size):
        if size < 0:
            raise IndexError("index out of range")
        if size < self.size:
            self.size = size

    def __len__(self):
        return self.size

    def __getitem__(self, key):
        cdef Py_ssize_t index, start, stop, step
        if not PySlice_Check(key):
            index = key
            return self.at(index + self.size if index < 0 else index)
        PySlice_Unpack(key, &start, &stop, &step)
        PySlice_AdjustIndices(self.size, &start, &stop, step)
        if step <= 0:
            raise ValueError("only forwards")
        cdef list items = []
        while start < stop:
            items.append(self.at(start))
            start += step
        return items

    def __setitem__(self, Py_ssize_t index, long long item):
        self.put(index + self.size if index < 0 else index, item)

    def __delitem__(self, key):
        """Cut the end off: what a stack is asked for."""
        start, stop, step = key.indices(self.size)
        if stop != self.size or step != 1:
            raise IndexError("only the end can be cut off")
        self.cut(start)
