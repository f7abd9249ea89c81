"""One command, one module, named as the command is, with a function ``run``.

May live here: what one command does, from its arguments to its end; imported when it is run.
May not: parsing of arguments, exit codes, catching what it cannot answer.
"""
