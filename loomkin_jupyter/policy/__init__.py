"""May it, and can we pay for it: permissions, paths, commands, sandbox, sharing, budgets, audit."""
