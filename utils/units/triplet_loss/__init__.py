"""Unit 10: losses that compare films, negatives to compare with, models and their training."""
