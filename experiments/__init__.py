"""Full-size training, to measure what the book's small runs cannot: see `train_images`."""
