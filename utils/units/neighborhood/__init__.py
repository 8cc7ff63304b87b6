"""Unit 05: baseline estimates, neighbors by similarity, neighbors with learned weights."""
