"""What is asked of the models about mathematics: one module per step, its prompt and the text it should bring.

The texts are in `english`, `german` and `spanish`, one module a language; `maths.languages` chooses among them.

Each step has two styles with the same final marker, so that one parser serves both: `full` for capable models (the
paper's content in our words) and `compact` for a small model that was trained on exactly this format. A prompt is the
user's message; no step needs a system message. The question inside it is data: it is inserted last or fenced by the
text around it, never formatted, and parsers read only what the model wrote, from its end.
"""
