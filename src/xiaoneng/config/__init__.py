"""The only place that joins all parts: settings, routes, who may use which route, background handlers."""
