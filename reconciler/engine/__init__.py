"""Deeds: observe, plan, apply, find drift. Asynchronous and small; thought lives in planning.

May live here: the order in which the panel is asked and told things.
May not: decisions about what should be, words for people, knowledge of one kind.
"""
