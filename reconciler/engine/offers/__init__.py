"""Offers: what a panel sells to a client, and at which price.

May live here: reads of order forms, tariffs and renewals. May not: an order.
"""
