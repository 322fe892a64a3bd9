"""The LoRA adapter that makes the role model out of SmolLM2-135M-Instruct, and the command that made it.

`python -m scalequest_assets.adapters` trains it again, from the problem families alone, as profile `embedded` says;
`--learning-curve` measures how many examples it takes.
"""
