"""PULL REQUESTS: what is written to GitHub, GitLab and Gitea (or Forgejo) over their REST APIs.

May live here: reading a pipeline's variables, the exchange with an API, one file for each provider,
and keeping one comment or issue up to date.
May not: what the text says, or anything about a panel beyond its safe transport.
"""
