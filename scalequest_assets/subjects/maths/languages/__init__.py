"""What mathematics needs of each language: how it writes numbers, units and questions. One module a language.

English has no module: all of this folder's neighbours read it. Another language is turned into English where
mathematics is read (`notation`), and nowhere else: questions, responses and answers stay as they are written.
"""
