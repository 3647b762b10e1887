"""What leaves for a reader: protected results, tables, figures and the report."""
