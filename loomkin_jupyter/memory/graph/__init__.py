"""The decision graph: why things were done, across agents and sessions."""
