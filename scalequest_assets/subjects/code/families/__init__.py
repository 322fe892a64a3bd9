"""Families of programming tasks of our own, each with a reference program: seeds without a file or a network.

A family draws its words, numbers and inputs; the reference says what every call returns. Expected values come from it
alone, and tests hold it against an oracle written another way.
"""
