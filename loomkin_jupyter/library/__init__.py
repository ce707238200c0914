"""What ships with the package to try it on: playbooks and a real, flawed, freely usable data set. No network."""
