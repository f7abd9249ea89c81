"""The catalogue: one module, one kind or family of kinds.

May live here: a pydantic spec whose fields carry their wire facets, and one frozen descriptor.
May not: reading, writing or comparing anything; a kind describes, it does not act.
To add a kind, add a module with a ``KINDS`` tuple; nothing else is edited.
"""
