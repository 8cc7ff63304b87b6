"""Unit 14: sharing layers, balancing losses, a simulated pair of tasks and three heads."""
