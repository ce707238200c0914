"""A scripted model behind a real endpoint, a jumping clock, malformed answers: shipped, so that users can test their own tools."""
