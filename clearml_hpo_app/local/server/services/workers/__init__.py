"""Workers: the agents that serve queues.

https://clear.ml/docs/latest/docs/references/api/workers
"""
