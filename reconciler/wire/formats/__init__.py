"""Parsers of the panel's formats: bytes to elements.

Here may live what turns one ``out=`` format into nodes. No meaning of any element.
"""
