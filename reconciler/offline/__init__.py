"""Offline: the live state as a file, and plans against that file.

Here may live what records the panel's answers, what it asks beyond one plan, what replaces people's
data in them, and the reader that answers from them. The panel itself is only read.
"""
