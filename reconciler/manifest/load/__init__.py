"""Loading: files to resources, with a finding for each mistake.

May live here: reading and checking manifests offline. May not: the panel, the inventory.
"""
