"""The use cases: observe, plan, apply, find drift. Asynchronous; the decisions are in planning.

May live here: the order of requests to the panel.
May not: decisions about what should be, text of reports, knowledge of one kind.
"""
