"""Apply: changes executed one by one, each sent, read back and classified.

May live here: everything that writes to the panel, and the journal around it.
May not: code that only reads or plans, text for people beyond the message of an outcome.
"""
