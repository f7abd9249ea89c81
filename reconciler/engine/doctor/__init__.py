"""Doctor: whether one installation can be worked with; reads only, but for saved filters.

Here may live checks and the probes they rest on.
"""
