"""Event logs that someone brings: uploaded, columns confirmed, imported, analysed, explored."""
