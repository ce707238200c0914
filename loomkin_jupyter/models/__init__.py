"""Everything that answers as a model: the gateway to real providers, the playbook, and the router in front of both."""
