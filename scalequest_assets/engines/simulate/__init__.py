"""Engine `simulate`: texts, scores and latencies drawn from distributions. No model is loaded.

It takes a profile whole through the graph, to measure everything that is no model. What it writes is nonsense in the
form of the real thing, the same for the same row seed, and marked as simulated wherever a model is named.
"""
