"""Codes and their checks: unified social credit code, ID number, item code, licence identifier."""
