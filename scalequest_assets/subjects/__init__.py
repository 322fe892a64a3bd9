"""What a data set is about. Each subject is a folder; `base` says what one must give."""
