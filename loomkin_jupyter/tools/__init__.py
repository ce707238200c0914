"""What an agent can do: one file per subject, declared through one decorator, run through one pipeline."""
