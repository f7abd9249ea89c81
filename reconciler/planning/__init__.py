"""Thought: resolve, match, compare, decide, order, review, compile, judge. All of it pure.

May live here: functions from frozen values to frozen values.
May not: anything that reads a file, a clock, a socket or the environment.
"""
