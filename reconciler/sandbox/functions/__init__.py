"""The panel's functions: one module a family, each with its lists, forms and actions.

Here may live what the panel does for one ``func=``. No formats, no HTTP, no sessions.
"""

from __future__ import annotations
