"""Pure projections: signals become a snapshot, deltas, status words, a graph layout, static documents. No I/O."""
