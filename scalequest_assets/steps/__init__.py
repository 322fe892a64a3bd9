"""What asset groups share: asking a model, training one, measuring it, showing it. No asset is defined here."""
