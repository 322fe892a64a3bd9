"""Runs programs that models wrote, and returns values: nothing of a program reaches this process but data.

A worker process (`child`) imports what programs may use, gives up its rights, and forks a process for each program.
That process calls functions and sends back what they return. It knows what to call, never what is expected: comparing
is left to who asks (`pool.Sandbox`). What contains it comes in layers (`limits.Layer`), of which a machine has all or
some: decision 42.

Importing this package alone costs nothing: workers do.
"""
