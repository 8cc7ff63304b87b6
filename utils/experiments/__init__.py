"""What `make results` measures, one module per unit."""
