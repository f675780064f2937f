"""Models of gradient boosting libraries: trees as numbers, which nothing runs."""
