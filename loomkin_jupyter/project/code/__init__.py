"""What the project's code defines and refers to: parsed by tree-sitter, cached, ranked into a map. Runs no code."""
