"""What a workspace remembers: the decision graph, keepers of conversation, the window a model sees. No tools, no models."""
