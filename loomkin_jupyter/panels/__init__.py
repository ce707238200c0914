# pyright: basic
"""Widgets for a page: thin classes over the views, their front end comes from the server extension."""
