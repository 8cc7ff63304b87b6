"""Helper modules of the course: one per unit, and a few that all units share."""
