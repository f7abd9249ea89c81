"""The front door: parse, wire, one event loop, an exit code.

May live here: what the command line means, the wiring of the rooms, printing, asking, progress.
May not: decisions about resources, or words of a report (they are in ``report``).
Invariant: until a command is chosen nothing but the interpreter's own parser is imported.
"""
