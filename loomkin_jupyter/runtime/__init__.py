"""Actors and nothing about models: the loop's thread, mailboxes, supervision, the bus, timers, limits."""
