"""Stories: every panel on demo data, without a kernel."""
