"""Where everything lies: tables, completions, models, the SQL catalog. The only package that knows a path.

Belongs here: what reads and writes the home. Does not: the method (`recipe`), running models (`engines`), wiring.
"""
