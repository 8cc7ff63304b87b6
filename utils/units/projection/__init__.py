"""Unit 03: PCA, t-SNE by hand, what a map keeps, and the data it is drawn from."""
