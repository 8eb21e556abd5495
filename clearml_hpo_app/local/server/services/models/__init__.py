"""Models: files that tasks read and write.

https://clear.ml/docs/latest/docs/references/api/models
"""
