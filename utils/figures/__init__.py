"""What each unit draws, one module per unit."""
