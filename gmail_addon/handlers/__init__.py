"""What the add-on does when it is asked: one question, one call into the product, one card."""
