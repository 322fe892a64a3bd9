"""What is asked of the models about code: one module per step, its prompt and the text it should bring.

Two styles with the same final marker: `full` for capable models, `compact` for a small model that was trained on
exactly this format. The question inside is data: it is inserted last, or the instruction follows it.
"""
