"""One command, one module, named as the command is, with the functions ``declare`` and ``run``.

May live here: the arguments of one command with the help that teaches them, and what the command
does, from its arguments to its end. The help of a command imports its module, so nothing that needs
a library is imported outside a function, and ``TYPE_CHECKING`` is not taken from ``typing``, which
costs as much as the parser. What takes several functions to do is a module of the same name in
``cli``, which ``run`` imports.
May not: exit codes, catching what it cannot answer.
"""
