"""Matching: which live object is which declared resource.

Here may live what pairs, and what proves that a resource does not exist. No decision.
"""
