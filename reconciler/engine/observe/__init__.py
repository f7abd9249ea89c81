"""Observation: read the objects of declared and managed resources.

May live here: reads of lists and forms. May not: a write, a decision.
"""
