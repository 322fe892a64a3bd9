"""Mathematics: its prompts, answers, normal form, rules, topics and problem families."""
