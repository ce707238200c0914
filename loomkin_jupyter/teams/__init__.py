"""Many agents: the team, its plan, its talk, its claims, growing and coming to rest."""
