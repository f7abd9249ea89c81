"""YAML text: decoded, parsed with positions, and written.

Here may live what is true of any YAML file. No kind and no key of a manifest.
"""
