"""The HTTP API (OpenAPI at ``/api/openapi.json``), one module per app."""
