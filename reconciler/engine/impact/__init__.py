"""What is read of the clients whose money a plan moves, once its changes are known.

May live here: reads, for plans that people review. May not: a decision about a change.
"""
