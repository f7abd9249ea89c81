"""Lint: what is allowed in a manifest and is still likely a mistake, by the rules of the trade.

Here may live rules, the table of them and what runs them. A rule is a pure function over what is
declared; it may name kinds and fields, which no other package above the kinds may. No panel, no
inventory, no clock.
"""
