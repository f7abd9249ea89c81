"""What a plan comes to for people: money by client and currency, and emails.

May live here: pure functions over a plan and what was read of its clients. May not: a request.
"""
