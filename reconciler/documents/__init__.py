"""The JSON documents that commands print and files hold: their shapes, their makers, their readers.

May live here: one typed shape a document, what builds it from values, what reads older versions of
it, and values as JSON. May not: decisions, words for people, anything that touches the world.
"""
