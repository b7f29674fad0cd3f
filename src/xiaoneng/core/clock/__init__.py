"""The statutory clock: start, stops, extension, deemed acceptance, due date, light."""
