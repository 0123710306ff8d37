"""Tables, and questions about one table."""
