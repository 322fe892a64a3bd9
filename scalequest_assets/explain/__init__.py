"""`scalequest why`: the story of one question."""
