"""Read manifests: YAML becomes values, and every finding has file, line and column.

May live here: reading, checking and writing of manifests (the sole importer of ruamel).
May not: requests to a panel, decisions about changes, printing.
"""
