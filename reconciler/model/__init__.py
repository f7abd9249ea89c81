"""The values that every package uses: frozen, slotted, without behaviour that touches the world.

May live here: dataclasses and the pure rules that make them valid.
May not: parsing of files, the panel's parameters, anything asynchronous.
"""
