"""``python -m loomkin_jupyter.cli`` is the ``loomkin`` command."""

from loomkin_jupyter.cli.main import main

main()
