"""Decision tables as data: read from and written into DMN files, compared, checked cell by cell, rehearsed.

Nothing here reads or writes the database.
"""
