"""What each unit draws, one module per unit, and the drawings of data that several use."""
