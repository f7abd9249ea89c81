"""YAML in: manifests and the project file become values, with a place for every finding.

May live here: all that reads what an author wrote (the sole importer of ruamel), JSON Schema, the
files of a new project, and the resolving of secrets' references.
May not: talking to a panel, deciding what to change, printing.
"""
