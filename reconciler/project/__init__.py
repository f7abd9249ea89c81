"""Settings: the project file, its targets and secrets, and what `init` writes.

Here may live what is read from ``reconciler.yaml``. No manifest of a resource, no request.
"""
