"""The command line: parse, wire the packages, run one event loop, return an exit code.

May live here: arguments, wiring, printing, questions, progress.
May not: decisions about resources, or the text of a report (it is in ``report``).
Invariant: until a command is chosen nothing but the interpreter's own parser is imported.
"""
