"""Unit 07: factorization machines, one model for any set of columns, on stars and on likes."""
