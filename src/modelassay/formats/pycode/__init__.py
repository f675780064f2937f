"""Python code objects of any CPython version, read without the interpreter that wrote them."""
