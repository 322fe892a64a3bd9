"""Final answers in what a model wrote, however it marks them: boxes, headings, phrases. Any subject may read them."""
