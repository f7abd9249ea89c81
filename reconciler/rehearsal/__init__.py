"""Rehearsal: a plan on a copy of the live state, in the embedded panel.

May live here: reading the clients that a plan touches, copying them, applying the plan to the copy.
May not: a write to the panel itself.
"""
