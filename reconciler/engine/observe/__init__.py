"""Observation: what the panel holds of what was declared and of what is managed.

Here may live reads of lists and forms. No write and no decision.
"""
