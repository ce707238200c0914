# pyright: basic
"""The Jupyter server's side: static files, finding runtimes, commands to a busy kernel, reading a project's store."""
