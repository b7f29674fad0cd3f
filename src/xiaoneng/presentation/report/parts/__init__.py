"""The sections of the report, a function each: from the analysis and the words to a fragment of HTML."""
