"""Checks of the exercises in the labs, one module per unit."""
