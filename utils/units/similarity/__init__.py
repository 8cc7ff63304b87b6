"""Unit 02: measures of likeness, and the item vectors that they compare."""
