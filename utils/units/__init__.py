"""What each unit teaches: one module or one folder per unit."""
