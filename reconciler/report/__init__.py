"""Reports: turn values into text for people.

May live here: pure functions from values to strings; the layout and the colours of reports.
May not: reading, deciding, printing, or asking about the terminal.
Invariant: every foreign text passes ``inert`` (text) or ``canonical_json`` (JSON) on its way out.
"""
