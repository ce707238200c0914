"""The code on disk: where the project is, its settings and rules, its version control, its symbols."""
