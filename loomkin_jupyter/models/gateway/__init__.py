"""The gateway: a process of its own that alone loads LiteLLM, holds the keys, and speaks frames to its parent.

It owns no policy: retries, money and time limits of runs are the client's.
"""
