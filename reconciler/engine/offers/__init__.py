"""Offers: what a panel sells to a client, and at which price.

Here may live reads of order forms, tariffs and renewals. No order is placed here.
"""
