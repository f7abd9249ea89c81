"""The panel's language, pure: calls (one constructor per sort), replies, codecs (text ⇄ value).

May live here: what turns values into parameters and bytes into values.
May not: sockets, clocks, files, knowledge of any one kind.
"""
