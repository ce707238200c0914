# pyright: basic
"""The kernel's side: magics, the host of the team, live variables, what a cell shows."""
