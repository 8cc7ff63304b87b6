"""Unit 01: symbols as rows of a table, and the first models that train such tables."""
