"""Everything one project has open: ask, stop, approve, resume, undo; ``build.py`` alone picks concrete classes."""
