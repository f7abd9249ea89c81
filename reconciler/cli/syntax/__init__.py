"""What may be typed: commands, options and the help that teaches them.

May live here: argparse declarations, and nothing that needs a library or ``typing``: asking for
help costs little more than starting the interpreter.
"""
