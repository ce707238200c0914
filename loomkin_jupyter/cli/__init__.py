"""The command line: ``loomkin run``, ``demo``, ``resume``, ``status`` …"""
