"""One module for each command, with the command's name and the functions ``declare`` and ``run``.

May live here: the arguments and the help of one command, and its work. The help of a command
imports its module, so libraries are imported only inside functions, and ``TYPE_CHECKING`` is not
imported from ``typing``, which is as slow as the parser. A command of several functions has a
module of the same name in ``cli``, which ``run`` imports.
May not: exit codes, catching errors that it cannot handle.
"""
