"""Tasks: everything that runs.

https://clear.ml/docs/latest/docs/references/api/tasks
"""
