"""Tables, one writer, and repositories: the only place where a database connection is opened. Rows never leave it."""
