"""RULES JUDGED: expressions of policies are compiled and evaluated, in a process of their own.

May live here: the language of expressions (the sole importer of the CEL library), the process that
judges, the bounds that it is put under, and the review of a plan by guards and policies together.
May not: anything about a panel. The library is never loaded into the process that holds
credentials.
"""
