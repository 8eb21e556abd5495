"""Queues: tasks that wait for a worker.

https://clear.ml/docs/latest/docs/references/api/queues
"""
