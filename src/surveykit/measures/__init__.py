"""Statistics for anyone: arrays in, numbers out."""
