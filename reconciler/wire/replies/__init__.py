"""The meaning of replies: elements to lists, forms, confirmations and errors.

Here may live what reads values out of nodes. No bytes and no format.
"""
