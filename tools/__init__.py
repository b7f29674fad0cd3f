"""Developer tools that the bootstrap calls; nothing here is part of the product."""
