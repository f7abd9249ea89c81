"""Building a plan: the changes, their order and the warnings.

May live here: decisions over matched values. May not: a request, a clock.
"""
