"""A Dagster asset pipeline that turns open language models into a reasoning data set (ScaleQuest, arXiv 2410.18693)."""

__version__ = "0.1.0"
