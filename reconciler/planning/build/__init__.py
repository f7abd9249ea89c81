"""Building a plan: what is to be done, in which order, with which warnings.

Here may live decisions over matched values. No request, no clock.
"""
