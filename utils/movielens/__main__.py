"""Fetch a data set: `python -m utils.movielens 100k`."""

from utils.movielens import main

main()
