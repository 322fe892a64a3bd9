"""What is released: the data set, its card, and the report."""
