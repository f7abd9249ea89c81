"""Apply: changes executed one by one, each sent, read back and classified.

May live here: everything that writes to the panel, and the journal around it.
May not: what only reads or plans, words for people beyond the message of an outcome.
"""
