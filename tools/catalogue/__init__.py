"""Makes the catalogue of callables from the source of packages; a development tool."""
