"""A run as a document that needs no widget: one model of blocks, written as Markdown, HTML and plain text."""
