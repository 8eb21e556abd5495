"""Projects: a tree of names.

https://clear.ml/docs/latest/docs/references/api/projects
"""
