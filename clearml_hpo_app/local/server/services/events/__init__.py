"""Events: scalars, logs, plots, samples.

https://clear.ml/docs/latest/docs/references/api/events
"""
