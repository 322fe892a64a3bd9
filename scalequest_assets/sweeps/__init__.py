"""`scalequest sweep`: one profile at several values of some keys, made side by side and compared.

`command` is the command itself, `axes` says which points there are, `running` makes them, `figures` reads what came
out, `presenting` and `chart` show it. How figures are put beside each other is in `recipe.comparison`, how points lie
on disk in `storage.points`.
"""
