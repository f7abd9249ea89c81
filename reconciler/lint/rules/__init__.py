"""The rules, one module for each subject; each module ends with its part of the table.

Here may live functions that look at resources and say where a rule is not kept. Levels, waivers and
findings are the business of ``check``.
"""
