"""Xiaoneng 效能: cases handled, measured, redesigned and proven, on one platform."""

__version__ = "0.1.0"
