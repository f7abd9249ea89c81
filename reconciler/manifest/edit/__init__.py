"""Editing: the text of a manifest with some values changed, and every other byte as it was.

Here may live what writes into the text that an author made, and what brings it into canonical
form. Pure: text in, text out; no file is opened here, and no kind is known.
"""
