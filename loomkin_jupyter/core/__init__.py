"""The words everybody shares: ids, messages, signals, errors, settings, usage, ports. No I/O, no threads."""
