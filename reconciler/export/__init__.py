"""Export: what the panel holds, as manifests that a team keeps.

Here may live what reads clients one by one, names and writes what they have, and proves that a
plan of it changes nothing. The panel itself is only read.
"""
