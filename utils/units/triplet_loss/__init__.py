"""Unit 10: losses that compare items, negatives to compare with, models and their training.

A row of training is a user, an item the user likes (the positive) and one or more items without a
like (the negatives). A model scores the positive and its negatives side by side, shape
(batch, 1 + num_negatives), the positive first; a loss wants the first column to be the largest.
"""
