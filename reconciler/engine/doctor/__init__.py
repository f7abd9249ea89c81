"""Doctor: whether the program can work with one installation; it only reads, and clears filters.

May live here: checks and the probes that they use.
"""
