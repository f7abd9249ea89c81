"""Words: values become text and JSON for people and programs to read.

May live here: pure functions from values to strings; how a report is laid out and coloured.
May not: reading, deciding, printing, or knowing whether anybody looks.
Invariant: every foreign text passes ``inert`` (text) or ``canonical_json`` (JSON) on its way out.
"""
