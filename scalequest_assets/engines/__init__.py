"""Running and training models.

Belongs here: everything that touches a model. Does not: the recipe, Dagster, Polars, where things lie on disk.
Heavy libraries are imported inside functions, so that importing the package stays cheap.
"""
