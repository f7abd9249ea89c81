"""YAML text: decoded, parsed with positions, and written.

May live here: rules of any YAML file. May not: a kind, or a key of a manifest.
"""
