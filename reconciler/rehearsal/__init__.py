"""Rehearsal: a plan on a copy of the live state, in the embedded panel.

Here may live what reads the clients that a plan touches, copies them and applies the plan to the
copy. The panel itself is only read.
"""
