"""How the course is set up, built, measured and tested in a browser."""
