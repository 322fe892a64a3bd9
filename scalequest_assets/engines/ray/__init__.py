"""Models on a Ray cluster: workers on its nodes each hold one engine, and rows are handed out to them."""
