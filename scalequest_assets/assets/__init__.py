"""Thin wiring, one module per group of the graph: what an asset reads, which pure function or model it uses.

Belongs here: Dagster, and no decision about a question or an answer. Those are in `recipe`.
"""
