"""Matching: which live object is which declared resource.

May live here: pairing, and the proof that a resource does not exist. May not: a decision.
"""
