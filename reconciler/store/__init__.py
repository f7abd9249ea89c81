"""Disk: the inventory, plan files, the lock of a target, the cache of parsed manifests.

May live here: what is written beside a project and read again by a later run.
May not: reading manifests, talking to a panel, anything secret.
"""
