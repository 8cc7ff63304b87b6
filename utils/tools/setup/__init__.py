"""The steps of `utils/tools/bootstrap.py`; like it they need nothing but the standard library."""
