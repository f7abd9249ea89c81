"""Disk: the inventory, plan files, the lock of a target.

May live here: what is written beside a project and read again by a later run.
May not: manifests, talking to a panel, anything secret.
"""
