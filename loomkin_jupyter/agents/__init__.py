"""One agent: its loop, state, steering, guards, prompt, role and history. Start reading at ``loop.py``."""
