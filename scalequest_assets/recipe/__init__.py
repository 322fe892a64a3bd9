"""The method as pure functions on Polars frames and strings.

Belongs here: what decides about a question or an answer. Does not: Dagster, models, disk, the clock, the environment.
"""
