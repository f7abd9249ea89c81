"""Infrastructure-as-code for a billing panel: manifests in Git, a plan, a proven apply, drift."""

__version__ = "0.1.0"
