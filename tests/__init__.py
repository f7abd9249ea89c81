"""The tests; shared doubles and builders are imported as ``tests.…``, not through a path."""
