"""BPMN files of processes: checked for the pages, and a first one to begin from; no database is needed."""
