"""Planning: resolve, match, compare, decide, order and review. All of it pure.

May live here: functions from frozen values to frozen values.
May not: anything that reads a file, a clock, a socket or the environment.
"""
